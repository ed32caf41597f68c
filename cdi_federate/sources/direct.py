"""Small answers by a server's own driver: one round trip where the engine's reader takes six to nine.

Connections are kept for it; where one that was kept turns out to be lost before it gave anything, a new one is tried.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from cdi_federate.errors import LostError, OverdueError
from cdi_federate.sources.side import Driver

Row = tuple[bytes | str | None, ...]

MOST_ROWS = 20_000
MOST_BYTES = 16 << 20
"""A statement that gives more than expected is broken off: its rows go the way on which they stream."""


class Unsuited(Exception):  # noqa: N818 - no error: the other way is taken
    """The statement cannot go this way, or its server refuses it; the engine's reader will say what there is to say."""


class Words(Protocol):
    """How a driver reads what a server writes; a module of a kind."""

    EXACT: frozenset[str]
    ONE_MOMENT: bool

    def prepared(self, connection: Any) -> Any:
        """Return a new connection as it must be before it is asked."""

    def read(self, connection: Any, texts: Sequence[str]) -> list[list[Row]]:
        """Return the rows of each text, as the server writes them."""


class Reader(Driver, Protocol):
    """A driver whose connections are counted."""

    @property
    def pool(self) -> int:
        """How many statements the server is sent at the same time."""


class Direct:
    """The connections kept for small answers; may be used by several threads, each connection by one at a time."""

    def __init__(self, reader: Reader, words: Words) -> None:
        self._reader, self._words = reader, words
        self._kept: list[Any] = []
        self._guard = threading.Lock()

    def fetch(self, texts: Sequence[str], wanted: Callable[[], bool]) -> list[list[Row]]:
        """Return the rows of each text, as the server writes their values; several texts see one moment.

        `wanted` says whether the query still runs. Raises a `SourceError` where the server is not reached or the
        connection was lost, `Unsuited` for all else.
        """
        with self._guard:
            kept = self._kept.pop() if self._kept else None
        if kept is not None:
            try:
                return self._read(kept, texts, wanted)
            except LostError:
                self.close()  # those that were kept as long most likely are lost as well
                if not wanted():
                    raise
        try:
            connection = self._words.prepared(self._reader.open(self._reader.connect_timeout))
        except self._reader.errors() as error:
            raise self._reader.fault(error) from None
        return self._read(connection, texts, wanted)

    def _read(self, connection: Any, texts: Sequence[str], wanted: Callable[[], bool]) -> list[list[Row]]:
        whole = False
        try:
            found = self._words.read(connection, texts)
            whole = True
        except self._reader.errors() as error:
            if self._reader.lost(connection, error) or not wanted():
                raise LostError("the connection to the server broke", source=self._reader.name) from None
            fault = self._reader.fault(error)
            if isinstance(fault, OverdueError) and "timeout" in str(error):
                raise fault from None
            raise Unsuited from None
        finally:
            if not whole:
                self._end(connection)
        with self._guard:
            if len(self._kept) < self._reader.pool:
                self._kept.append(connection)
                return found
        self._end(connection)
        return found

    def _end(self, connection: Any) -> None:
        with suppress(Exception):
            self._reader.shut(connection)

    def close(self) -> None:
        """End the connections that nobody uses."""
        with self._guard:
            idle, self._kept = self._kept, []
        for each in idle:
            self._end(each)


class Tally:
    """Counts what came; raises `Unsuited` once it is too much."""

    def __init__(self) -> None:
        self._rows = self._bytes = 0

    def add(self, row: Row) -> None:
        """Count one row."""
        self._rows += 1
        self._bytes += sum(len(cell) for cell in row if cell is not None)
        if self._rows > MOST_ROWS or self._bytes > MOST_BYTES:
            raise Unsuited
