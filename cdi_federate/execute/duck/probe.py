"""What sources may ask of the engine while they learn their facts.

The texts here are the engine's own, over relations of the catalog, so this instance is not locked: it attaches what
it is asked for and lets go at once, for an attached DuckDB file keeps its department from writing.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import duckdb

from cdi_federate.errors import OverdueError
from cdi_federate.execute.duck import faults
from cdi_federate.execute.duck.ahead import Ahead
from cdi_federate.execute.duck.fingerprint import fingerprint
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.execute.duck.spell import scan
from cdi_federate.stages.ports import Attachment, Source
from cdi_federate.stages.relations import Relation, RemoteTable

T = TypeVar("T")


class DuckProbe:
    """Unlocked instances, taken or made when first asked; may be used by several threads."""

    def __init__(self, root: Ahead) -> None:
        self._root = root
        self._made: dict[str, tuple[tuple[object, ...], duckdb.DuckDBPyConnection]] = {}
        self._lock = threading.Lock()

    def columns(self, source: Source, relation: Relation) -> tuple[tuple[str, str], ...]:
        """Return (name, DuckDB type) of a relation; raises a `SourceError`."""
        rows = self._ask(source, relation, lambda cursor, text: cursor.execute(f"DESCRIBE FROM {text}").fetchall())
        return tuple((row[0], row[1]) for row in rows)

    def rows(self, source: Source, relation: Relation, limit: int, *, seconds: float = 0.0) -> list[tuple[Any, ...]]:
        """Return the first rows of a relation; `seconds` is how long a small answer may take (0: any time).

        Raises a `SourceError`, an `OverdueError` where the time is over.
        """

        def question(cursor: duckdb.DuckDBPyConnection, text: str) -> list[tuple[Any, ...]]:
            if seconds:
                cursor.execute(f"SET SESSION http_timeout = {int(seconds)}; SET SESSION http_retries = 1")
            return cursor.execute(f"FROM {text} LIMIT {int(limit)}").fetchall()

        if not seconds:
            return self._ask(source, relation, question)
        return _within(2 * seconds + 2, lambda: self._ask(source, relation, question), source)

    def close(self) -> None:
        """Free the instances."""
        with self._lock:
            for _, made in self._made.values():
                made.close()
            self._made.clear()
        self._root.close()

    def _ask(self, source: Source, relation: Relation, question: Callable[[duckdb.DuckDBPyConnection, str], T]) -> T:
        if isinstance(relation, RemoteTable):
            raise AssertionError("a source reads the facts of its own tables")
        attachment = source.attachment()
        try:
            with self._connected(attachment) as connection:
                return question(connection, scan(relation, {}))
        except Exception as error:
            reading = faults.Reading(source, (), marks(attachment))
            raise faults.owned(faults.of_running(error, [reading]), source) from None

    @contextmanager
    def _connected(self, attachment: Attachment) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection that reaches a source; one that is attached has it for this question only."""
        if attachment.type or attachment.tables:
            root = instance(threads=1)
            try:
                attach(root, attachment)
                yield root
            finally:
                root.close()
            return
        cursor = self._kept(attachment).cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _kept(self, attachment: Attachment) -> duckdb.DuckDBPyConnection:
        """Return the instance of a source; the same one for all that need neither a key nor a mount of their own."""
        apart = attachment.credential is not None or attachment.filesystems
        name, wanted = (attachment.source, fingerprint(attachment)) if apart else ("", ())
        with self._lock:
            known = self._made.get(name)
            if known is not None and known[0] == wanted:
                root = known[1]
            else:
                root = instance(threads=2) if apart else self._root.take()
            if not apart or known is None or known[1] is not root:
                attach(root, attachment)
            self._made[name] = (wanted, root)
            return root


def marks(attachment: Attachment) -> tuple[str, ...]:
    """Return the texts by which an error shows that it is of this source; of a server none does."""
    target = "" if attachment.credential is not None else attachment.target
    return tuple(dict.fromkeys(part for part in (target, *attachment.paths) if part))


def _within(seconds: float, ask: Callable[[], T], source: Source) -> T:
    """Return the answer to a question, or give it up: not every extension lets itself be interrupted."""
    done: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(ask())
        except BaseException as error:  # told to the thread that waits, which raises it
            done.put(error)

    threading.Thread(target=work, name="cdi-look", daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except queue.Empty:
        raise OverdueError(f"it did not answer within {seconds:g} s", source=source.name) from None
    if isinstance(found, BaseException):
        raise found
    return found
