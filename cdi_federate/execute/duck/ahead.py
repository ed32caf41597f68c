"""Instances made before they are asked for: each takes 10 to 30 ms, in which Python is free to read the catalog."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from threading import Lock

import duckdb


class Ahead:
    """One way to make instances, whose first is made at once by a thread of `makers`. May be used by several threads.

    No source is touched: what an instance may reach is said to it when it is taken.
    """

    def __init__(self, makers: Executor, make: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._make, self._lock = make, Lock()
        self._first: Future[duckdb.DuckDBPyConnection] | None = makers.submit(make)

    def take(self) -> duckdb.DuckDBPyConnection:
        """Return an instance that nobody else has; raises what making it raised."""
        with self._lock:
            first, self._first = self._first, None
        return first.result() if first is not None else self._make()

    def close(self) -> None:
        """Free the first instance if nobody took it."""
        with self._lock:
            first, self._first = self._first, None
        if first is not None and not first.cancel():
            with suppress(duckdb.Error):  # one that could not be made needs no closing, and nobody wanted it
                first.result().close()
