"""What every database server has in common: its settings, one connection kept for questions about it, cancelling.

Most rows do not come this way: the engine fetches them by connections of its own. The driver (psycopg, pymysql) is for
facts, health, small answers (`direct`) and to stop statements, and is imported when it is first needed.
"""

from __future__ import annotations

import importlib
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, ClassVar, TypeVar

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DriftError, LostError, MissingExtraError, SourceError, UsageError
from cdi_federate.sources.base import BaseSource
from cdi_federate.sources.direct import Direct, Row, Words
from cdi_federate.sources.drift import difference
from cdi_federate.sources.side import Side, watched
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Health, Probe
from cdi_federate.stages.relations import RemoteTable

T = TypeVar("T")

CONNECT_SECONDS = 5
"""How long a server may take to let us in, unless `connect_timeout` says otherwise."""

POOL = 8
"""How many connections the engine may hold to one server, unless `pool` says otherwise."""

CANCEL_SECONDS = 1.5
"""How long `cancel` makes its caller wait, whatever the server does."""

_LOOKS = (0.0, 0.05, 0.1, 0.2, 0.4)
"""Pauses before each look for the statements of a cancelled query: one may be on its way while the first is taken."""


class ServerSource(BaseSource):
    """A database server.

    A kind says how to open a connection of its driver (`open`), to cut one that hangs (`cut`), to end one (`shut`),
    what an error means (`fault`, `lost`), what the server says of itself (`examine`) and how a statement is stopped
    (`stop`). Connections are the driver's own, so they are `Any` here.
    """

    title: ClassVar[str]
    """The server's name for people (`Postgres`)."""
    driver: ClassVar[str]
    """The module of the Python driver."""
    extra: ClassVar[str]
    """The extra that brings the driver and the engine's extension."""

    rows: Words
    """How the driver reads small answers."""

    def __init__(self, model: catalog.Source) -> None:
        super().__init__(model)
        self._side, self._direct = Side(self), Direct(self, self.rows)
        self._told: dict[str, tuple[catalog.Mapping, Probe, TableFacts]] = {}
        self.looks = 0
        """How often what was known of the tables was forgotten; part of the token of facts."""

    @property
    def exact(self) -> frozenset[str]:
        """Types whose values small answers give exactly."""
        return self.rows.EXACT

    @property
    def one_moment(self) -> bool:
        """Whether texts that are fetched together see one moment."""
        return self.rows.ONE_MOMENT

    # --- settings ----------------------------------------------------------------------------------------------------

    @property
    def connect_timeout(self) -> int:
        """Whole seconds that a connection may take to open; at least 1."""
        return max(1, round(self._seconds("connect_timeout", CONNECT_SECONDS)))

    @property
    def timeout(self) -> float:
        """Seconds that one statement may run at the server; 0 means as long as the query may."""
        return self._seconds("timeout", 0.0)

    @property
    def pool(self) -> int:
        """How many connections the engine may hold to this server; at least 1."""
        return max(1, int(self._seconds("pool", POOL)))

    def _seconds(self, key: str, default: float) -> float:
        written = self.connection(key)
        try:
            value = float(written) if written else default
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e6:
            raise UsageError(f"source '{self.name}': `{key}` of its connection is no number of its kind")
        return value

    def module(self) -> ModuleType:
        """Return the driver; raises `MissingExtraError` naming what to install."""
        try:
            return importlib.import_module(self.driver)
        except ImportError:
            raise MissingExtraError(
                f"the Python driver '{self.driver}' is not installed",
                source=self.name,
                help=f"pip install 'cdi-federate[{self.extra}]'",
            ) from None

    # --- what a kind says --------------------------------------------------------------------------------------------

    @abstractmethod
    def open(self, seconds: int) -> Any:
        """Return a new connection, read-only and committing by itself; raises what the driver raises."""

    @abstractmethod
    def cut(self, connection: Any) -> None:
        """Shut the socket of a connection that another thread waits on: that thread gets an error at once."""

    @abstractmethod
    def shut(self, connection: Any) -> None:
        """End a connection without waiting for the server."""

    @abstractmethod
    def errors(self) -> tuple[type[Exception], ...]:
        """Return the classes of what the driver raises."""

    @abstractmethod
    def lost(self, connection: Any, error: Exception) -> bool:
        """Whether an error means that a connection which was open is no more, so that a new one may do."""

    @abstractmethod
    def fault(self, error: Exception) -> SourceError:
        """Return what an error of the driver means, in our words: its own may hold host, user or values."""

    @abstractmethod
    def examine(self, connection: Any) -> tuple[str, str]:
        """Return the server's version, and what makes sure that nothing is written."""

    @abstractmethod
    def ping(self, connection: Any) -> None:
        """Read something trivial."""

    @abstractmethod
    def stop(self, connection: Any, mark: str) -> int:
        """Stop the running statements whose text holds `mark`, this one not; return how many there were."""

    # --- asking ------------------------------------------------------------------------------------------------------

    def ask(self, question: Callable[[Any], T]) -> T:
        """Ask the server by the kept connection, opened or opened anew where needed; one question at a time.

        The question must only read: after a lost connection it is asked once more. Raises a `SourceError`.
        """
        self.module()
        return self._side.ask(question)

    def fetch(self, texts: Sequence[str], wanted: Callable[[], bool]) -> list[list[Row]]:
        """Return the few rows of each text; raises `Unsuited` where they must come the engine's way."""
        return self._direct.fetch(texts, wanted)

    # --- the port ----------------------------------------------------------------------------------------------------

    def version(self, probe: Probe) -> str:
        """Return the server's name and version; raises a `SourceError`."""
        return self.ask(self.examine)[0]

    def health(self, probe: Probe) -> Health:
        """Reach the server, measure, and report instead of raising."""
        given = ", ".join(self.given()) or "none given"
        try:
            version, read_only = self.ask(self.examine)
            began = time.perf_counter()
            self.ask(self.ping)
            milliseconds = (time.perf_counter() - began) * 1000
        except SourceError as error:
            return Health(False, credentials=given, error=self.whose(error))
        return Health(True, milliseconds, version, given, read_only)

    def given(self) -> tuple[str, ...]:
        """Return which credentials the connection names, without their values."""
        return tuple(key for key in ("dsn", "user", "password") if self.connection(key))

    def facts(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read the facts of a mapping's table, and remember them for a later look."""
        found = super().facts(mapping, probe)
        self._told[mapping.qualified] = (mapping, probe, found)
        return found

    def look_again(self, error: DriftError) -> SourceError:
        """Forget the facts, and find the column that is no longer what they said.

        Where every table is what it was, it was altered just when the statement began: asked again, it may do.
        """
        self.looks += 1

        def is_named(known: TableFacts) -> bool:
            name = ".".join(known.relation.name) if isinstance(known.relation, RemoteTable) else ""
            return bool(name) and name in error.message

        told = sorted(self._told.values(), key=lambda each: not is_named(each[2]))
        for mapping, probe, known in told:
            try:
                differs = difference(known, self.read(mapping, probe))
            except SourceError as another:
                return self.whose(another, mapping)
            if differs:
                what = f"{differs} since the query was planned"
                drifted = DriftError(what, source=self.name, help="ask again; the query is then planned anew")
                return self.whose(drifted, mapping)
        return self.whose(LostError("a table was altered while the query began to read it", source=self.name))

    def cancel(self, tag: str) -> None:
        """Stop the statements that carry the tag, by a connection of its own; never raises, never waits long.

        It returns once the first look is done and goes on looking for a moment, for a statement may be on its way.
        """
        done = threading.Event()
        mark = f"/* cdi:{tag} */"
        thread = threading.Thread(target=self._stop_all, args=(mark, done), name="cdi-cancel", daemon=True)
        thread.start()
        done.wait(CANCEL_SECONDS)

    def _stop_all(self, mark: str, done: threading.Event) -> None:
        connection = None
        try:
            connection = self.open(max(1, int(CANCEL_SECONDS)))
            for pause in _LOOKS:
                time.sleep(pause)
                with watched(lambda: self.cut(connection), CANCEL_SECONDS):
                    self.stop(connection, mark)
                done.set()
        except Exception:
            pass  # a server that cannot be asked to stop is left to the statement's own limits
        finally:
            done.set()
            if connection is not None:
                with suppress(Exception):
                    self.shut(connection)

    def close(self) -> None:
        """End the kept connection; a question that is being asked is waited for."""
        self._direct.close()
        self._side.close()
