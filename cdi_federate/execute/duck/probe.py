"""What sources may ask of the engine while they learn their facts.

The texts here are the engine's own, over relations of the catalog, so this instance is not locked: it attaches what
it is asked for and lets go at once, for an attached DuckDB file keeps its department from writing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import duckdb

from cdi_federate.execute.duck import faults
from cdi_federate.execute.duck.ahead import Ahead
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.execute.duck.spell import scan
from cdi_federate.stages.ports import Attachment, Source
from cdi_federate.stages.relations import Relation, RemoteTable

T = TypeVar("T")


class DuckProbe:
    """One unlocked instance, taken when first asked; may be used by several threads."""

    def __init__(self, root: Ahead) -> None:
        self._root = root
        self._made: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def columns(self, source: Source, relation: Relation) -> tuple[tuple[str, str], ...]:
        """Return (name, DuckDB type) of a relation; raises a `SourceError`."""
        rows = self._ask(source, relation, lambda cursor, text: cursor.execute(f"DESCRIBE FROM {text}").fetchall())
        return tuple((row[0], row[1]) for row in rows)

    def rows(self, source: Source, relation: Relation, limit: int) -> list[tuple[Any, ...]]:
        """Return the first rows of a relation; raises a `SourceError`."""
        return self._ask(
            source, relation, lambda cursor, text: cursor.execute(f"FROM {text} LIMIT {int(limit)}").fetchall()
        )

    def close(self) -> None:
        """Free the instance."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None
        self._root.close()

    def _ask(self, source: Source, relation: Relation, question: Callable[[duckdb.DuckDBPyConnection, str], T]) -> T:
        if isinstance(relation, RemoteTable):
            raise AssertionError("a source reads the facts of its own tables")
        attachment = source.attachment()
        if attachment.type or attachment.tables:
            root = instance(threads=1)
            try:
                return self._answer(root, source, attachment, relation, question)
            finally:
                root.close()
        with self._lock:
            if self._made is None:
                self._made = self._root.take()
            root = self._made
        cursor = root.cursor()
        try:
            return self._answer(cursor, source, attachment, relation, question)
        finally:
            cursor.close()

    def _answer(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        attachment: Attachment,
        relation: Relation,
        question: Callable[[duckdb.DuckDBPyConnection, str], T],
    ) -> T:
        reading = faults.Reading(source, (), marks(attachment))
        try:
            attach(connection, attachment)
            return question(connection, scan(relation, {}))
        except Exception as error:
            raise faults.owned(faults.of_running(error, [reading]), source) from None


def marks(attachment: Attachment) -> tuple[str, ...]:
    """Return the texts by which an error shows that it is of this source."""
    return tuple(dict.fromkeys(part for part in (attachment.target, *attachment.paths) if part))
