"""Tables of SQLite that the engine reads itself, by the declared types of their columns (decision 050).

Its scan gives cells as numbers, by several threads, and fails at a cell of another type, which reads as NULL here. Each
of its threads opens the file by itself. While one reads, nobody can write into a file that has a journal; of one with a
log of late writes (WAL) they might see several moments. So a table is read this way only where there is no such log,
and only if the file is the same when all was read as it was before; whatever else happens, SQLite is asked as ever.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from cdi_federate.errors import UndeclaredError
from cdi_federate.execute.duck import faults
from cdi_federate.execute.duck.literal import name
from cdi_federate.stages.ports import Attachment
from cdi_federate.stages.steps import Fragment

Table = tuple[str, tuple[str, ...]]
"""The file, and the table's name."""

SETTLED_SECONDS = 0.05
"""How old the last change must be: within one tick of the clock of file times, a second change would not be seen."""


_NOT_SO = frozenset({"Mismatch Type", "Parser", "Binder", "Catalog", "Not implemented"})
"""Kinds of errors of a table that cannot be read so. All but the first are of the engine's reading of the table's
definition: the statement itself was bound when it was planned."""


class Doubts:
    """The tables of which it was seen that they cannot be read so; of one engine, for as long as it lives."""

    def __init__(self) -> None:
        self._tables: set[Table] = set()
        self._guard = Lock()

    def __contains__(self, table: Table) -> bool:
        with self._guard:
            return table in self._tables

    def add(self, tables: set[Table]) -> None:
        """Have these tables never read so again."""
        with self._guard:
            self._tables |= tables


class Declared:
    """What one run reads by declared types; of no attachments: nothing."""

    def __init__(self, attachments: Mapping[str, Attachment], doubts: Doubts) -> None:
        self._attachments, self._doubts = attachments, doubts
        self._read: set[Table] = set()
        self._states: dict[str, tuple[int, ...]] = {}

    def scan(self, fragment: Fragment) -> str:
        """Return what stands in FROM for a fragment that is read so; empty for any other."""
        attachment = self._attachments.get(fragment.source)
        if attachment is None or attachment.type != "sqlite" or not fragment.table:
            return ""
        table = (attachment.target, fragment.table)
        if table in self._doubts:
            return ""
        state = self._states.get(attachment.target) or _state(attachment.target)
        if not state:
            return ""
        self._states[attachment.target] = state
        self._read.add(table)
        columns = ", ".join(name(column) for column, _ in fragment.wire)
        return f"(SELECT {columns} FROM {'.'.join(map(name, (attachment.alias, 'main', *fragment.table)))})"

    def hold(self) -> None:
        """Raise `UndeclaredError` unless what was read so was of one moment; asked once all of it was read."""
        states, self._states = self._states, {}
        if any(_state(path) != state for path, state in states.items()):
            raise self._doubted()

    def fault(self, error: Exception) -> UndeclaredError | None:
        """Return the error of a table that is not as its columns declare, if this may be one."""
        if not self._read or faults.details(error).get("exception_type") not in _NOT_SO:
            return None
        return self._doubted()

    def _doubted(self) -> UndeclaredError:
        self._doubts.add(self._read)
        return UndeclaredError("a table cannot be read by the declared types of its columns")


def _state(path: str) -> tuple[int, ...]:
    """Return what changes with each write into a file that has a journal; empty where it may not show."""
    try:
        stat = Path(path).stat()
    except OSError:
        return ()
    if Path(f"{path}-wal").exists() or time.time() - stat.st_mtime < SETTLED_SECONDS:
        return ()
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
