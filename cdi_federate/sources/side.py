"""The connection by which a server is asked about itself: opened when needed, kept, opened anew when it is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from cdi_federate.errors import SourceError, UnavailableError

T = TypeVar("T")

ANSWER_SECONDS = 10.0
"""How long a server may take to answer one question of ours about itself; then the connection is cut."""

CLOSE_SECONDS = 0.3
"""How long `close` waits for a question that is being asked."""


class Driver(Protocol):
    """What a kind of server says of its connections; see `ServerSource`."""

    name: str

    @property
    def connect_timeout(self) -> int:
        """Seconds that opening a connection may take."""

    def open(self, seconds: int) -> Any:
        """Open a connection that reads only."""

    def cut(self, connection: Any) -> None:
        """Shut the socket of a connection that another thread waits on."""

    def shut(self, connection: Any) -> None:
        """End a connection without waiting for the server."""

    def errors(self) -> tuple[type[Exception], ...]:
        """Return the classes of what the driver raises."""

    def lost(self, connection: Any, error: Exception) -> bool:
        """Whether an error means that a connection which was open is no more."""

    def fault(self, error: Exception) -> SourceError:
        """Return what an error of the driver means, in our words."""


class Side:
    """One connection, for one question at a time; may be used by several threads."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._kept: Any = None
        self._guard = threading.Lock()

    def ask(self, question: Callable[[Any], T]) -> T:
        """Return the answer to a question that only reads: it is asked again where a kept connection was lost.

        Raises a `SourceError`.
        """
        errors = self._driver.errors()
        with self._guard:
            kept = self._kept is not None
            try:
                return self._asked(question)
            except errors as error:
                broken = self._kept is None or self._driver.lost(self._kept, error)
                if broken:
                    self._drop()
                if not (kept and broken):
                    raise self._driver.fault(error) from None
            try:
                return self._asked(question)
            except errors as error:
                self._drop()
                raise self._driver.fault(error) from None

    def close(self) -> None:
        """End the connection; a question that is being asked is cut short, for its server may never answer."""
        if self._guard.acquire(timeout=CLOSE_SECONDS):
            try:
                self._drop()
            finally:
                self._guard.release()
        elif (kept := self._kept) is not None:
            with suppress(Exception):
                self._driver.cut(kept)

    def _asked(self, question: Callable[[Any], T]) -> T:
        if self._kept is None:
            self._kept = self._driver.open(self._driver.connect_timeout)
        connection = self._kept
        with watched(lambda: self._driver.cut(connection), ANSWER_SECONDS) as overdue:
            try:
                return question(connection)
            except self._driver.errors():
                if overdue.is_set():
                    self._drop()
                    what = f"the server did not answer within {ANSWER_SECONDS:g} s"
                    raise UnavailableError(what, source=self._driver.name) from None
                raise

    def _drop(self) -> None:
        if self._kept is not None:
            with suppress(Exception):
                self._driver.shut(self._kept)
            self._kept = None


@contextmanager
def watched(cut: Callable[[], None], seconds: float) -> Iterator[threading.Event]:
    """Cut a connection, from another thread, when the time is over; the event then is set."""
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        with suppress(Exception):
            cut()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield overdue
    finally:
        timer.cancel()
