"""DuckDB instances, locked: each may read what the sources of its queries need, and nothing else.

Nothing can be attached after the lock, so an instance is made for a set of attachments and used again by every query
whose sources it covers.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

import duckdb

from cdi_federate.execute.duck.ahead import Ahead
from cdi_federate.execute.duck.cleaning import Cleaning
from cdi_federate.execute.duck.fingerprint import fingerprint
from cdi_federate.execute.duck.instance import attach, lock, own_keys
from cdi_federate.stages.ports import Attachment

KEPT = 6
"""How many instances are kept for later queries."""

IDLE_SECONDS = 10.0
"""How long an instance keeps a DuckDB file attached after its last query: its department cannot write meanwhile."""

LEAST_THREADS = 4
"""Fragments run as tasks of DuckDB's own threads, so there are enough for several even on a small machine."""


class Lease:
    """A query's own connection, until it is closed; `interrupt` may come from any thread and at any time."""

    def __init__(self, session: Session, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._session = session
        self._open = True
        self._guard = threading.Lock()

    def interrupt(self) -> None:
        """Stop what the connection does; nothing where it is closed."""
        with self._guard:
            if self._open:
                self.connection.interrupt()

    def percent(self) -> float:
        """Return how far the engine believes its statement to be; negative where it cannot tell."""
        with self._guard:
            return self.connection.query_progress() if self._open else -1.0

    def ready(self, *texts: str) -> None:
        """Have the cleaning functions that texts call."""
        self._session.cleaning.ready(self.connection, *texts)

    def spoil(self) -> None:
        """Let nobody have the instance any more.

        After a fatal or an internal error DuckDB answers nothing there; where one connection to a server was lost,
        others that it keeps most likely are as well.
        """
        self._session.retire()

    def close(self) -> None:
        """Give the connection back."""
        with self._guard:
            if self._open:
                self._open = False
                self._session.give_back(self.connection)


class Session:
    """One locked instance. `lease()` gives a connection of a query's own; a connection is never shared."""

    def __init__(
        self,
        attachments: Iterable[Attachment],
        root: duckdb.DuckDBPyConnection,
        when_idle: Callable[[Session], None],
    ) -> None:
        self.parts = {fingerprint(attachment): attachment for attachment in attachments}
        """Keeps the in-memory tables alive, whose identity is part of the fingerprint."""
        self._guard = threading.Lock()
        self._leased, self._retired = 0, False
        self._when_idle, self._idle_since, self._watched = when_idle, 0.0, False
        self.blocks = any(attachment.type == "duckdb" for attachment in self.parts.values())
        self._root = root
        self.cleaning = Cleaning()
        try:
            own_keys(self.parts.values())
            root.execute(f"SET GLOBAL threads = greatest(current_setting('threads'), {len(self.parts)})")
            for attachment in self.parts.values():
                attach(self._root, attachment)
            lock(self._root, self.parts.values())
        except BaseException:
            self._root.close()
            raise

    def covers(self, wanted: Iterable[tuple[object, ...]]) -> bool:
        """Whether every attachment of those fingerprints is here, and the instance was not given up."""
        return not self._retired and all(fingerprint in self.parts for fingerprint in wanted)

    def lease(self) -> Lease:
        """Return a new connection to this instance."""
        with self._guard:
            self._leased += 1
            return Lease(self, self._root.cursor())

    def give_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Close a connection; the last one ends an instance that was given up."""
        with self._guard:
            connection.close()
            self._leased -= 1
            if self._retired and not self._leased:
                self._root.close()
            elif not self._leased and self.blocks:
                self._idle_since = time.monotonic()
                if not self._watched:
                    self._look_again(IDLE_SECONDS)

    def _look_again(self, seconds: float) -> None:
        self._watched = True
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        """Tell that it is idle once it was so for long enough; one timer for all the queries that end meanwhile."""
        with self._guard:
            left = self._idle_since + IDLE_SECONDS - time.monotonic()
            if self._leased or self._retired:
                self._watched = False  # the end of the last query begins anew
                return
            if left > 0:
                self._look_again(left)
                return
            self._watched = False
        self._when_idle(self)

    @property
    def is_idle(self) -> bool:
        """Whether it has no query, and has had none for a while."""
        with self._guard:
            return not self._leased and time.monotonic() - self._idle_since >= IDLE_SECONDS

    def retire(self) -> None:
        """Give the instance up: closed with its last connection, for DuckDB closes connections with their root."""
        with self._guard:
            self._retired = True
            if not self._leased:
                self._root.close()


_OPEN: weakref.WeakSet[Sessions] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Close what nobody closed before the interpreter ends: a timer's thread must not be inside the engine then."""
    for sessions in list(_OPEN):
        sessions.close()


class Sessions:
    """The instances of one engine, the most recently used last."""

    def __init__(self, roots: Ahead) -> None:
        self._roots = roots
        self._kept: OrderedDict[int, Session] = OrderedDict()
        self._making: dict[frozenset[tuple[object, ...]], threading.Lock] = {}
        self._lock = threading.Lock()
        _OPEN.add(self)

    def lease(self, attachments: Iterable[Attachment]) -> Lease:
        """Return a connection to an instance that covers the attachments; makes one where there is none.

        Raises the `SourceError` of the attachment that failed.
        """
        wanted = {fingerprint(attachment): attachment for attachment in attachments}
        with self._lock:
            known = self._covering(wanted)
            if known is not None:
                return known.lease()
            making = self._making.setdefault(frozenset(wanted), threading.Lock())
        # A server may take its time to let us in: who needs the same waits for it, and nobody else.
        with making:
            with self._lock:
                known = self._covering(wanted)
                if known is not None:
                    return known.lease()
            session = Session(wanted.values(), self._roots.take(), self._let_go)
            with self._lock:
                self._making.pop(frozenset(wanted), None)
                self._forget_stale(wanted)
                self._kept[id(session)] = session
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)[1].retire()
                return session.lease()

    def _covering(self, wanted: Mapping[tuple[object, ...], Attachment]) -> Session | None:
        for key, session in reversed(self._kept.items()):
            if session.covers(wanted):
                self._kept.move_to_end(key)
                return session
        return None

    def _let_go(self, session: Session) -> None:
        """Give up an instance that is idle still: who leases it holds the lock meanwhile."""
        with self._lock:
            if session.is_idle and self._kept.pop(id(session), None) is not None:
                session.retire()

    def _forget_stale(self, wanted: Mapping[tuple[object, ...], Attachment]) -> None:
        """Give up instances that hold another state of a source that was just attached anew (a replaced file)."""
        new = {(attachment.source, attachment.alias): fingerprint for fingerprint, attachment in wanted.items()}
        for key, session in list(self._kept.items()):
            if any(
                new.get((a.source, a.alias), fingerprint) != fingerprint for fingerprint, a in session.parts.items()
            ):
                self._kept.pop(key).retire()

    def close(self) -> None:
        """Give every instance up."""
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].retire()
        self._roots.close()
