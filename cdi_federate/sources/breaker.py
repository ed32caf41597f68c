"""Leaves a source alone that fails again and again: asking it would cost every query its time, and the source more.

After five failures in a row to reach it, a source is not asked for 30 seconds; who needs it is told so at once. Then
one query may try. If it gets an answer, all is as before; if not, another 30 seconds pass.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from cdi_federate.errors import LostError, OverdueError, SourceError, UnavailableError

FAILURES = 5
"""Failures in a row after which a source is left alone."""

OPEN_SECONDS = 30.0
"""How long it is left alone."""


class Breakers:
    """What is known of each source's recent failures; may be used by several threads. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def admit(self, source: str) -> None:
        """Let a query ask a source, or raise `UnavailableError` while it is left alone."""
        with self._lock:
            if source not in self._until:
                return
            left = self._until[source] - self._clock()
            if left <= 0:
                # This one tries; until it has been answered, nobody else does.
                self._until[source] = self._clock() + OPEN_SECONDS
                return
            count = self._failures.get(source, FAILURES)
        when = datetime.now(UTC) + timedelta(seconds=left)
        raise UnavailableError(
            f"not asked: it failed {count} times in a row and is left alone until {when:%H:%M:%S} UTC",
            source=source,
            help="`cdi doctor` shows whether it answers again",
        )

    def failed(self, error: SourceError) -> None:
        """Note a failure; only those count that say that the source did not answer."""
        if not isinstance(error, LostError | OverdueError):
            return
        with self._lock:
            count = self._failures.get(error.source, 0) + 1
            self._failures[error.source] = count
            if count >= FAILURES:
                self._until[error.source] = self._clock() + OPEN_SECONDS

    def answered(self, sources: Iterable[str]) -> None:
        """Note that sources answered."""
        with self._lock:
            for source in sources:
                self._failures.pop(source, None)
                self._until.pop(source, None)
