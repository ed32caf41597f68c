"""DuckDB instances, locked: each may read what the sources of its queries need, and nothing else.

Nothing can be attached after the lock, so an instance is made for a set of attachments and used again by every query
whose sources it covers.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate.execute.duck import extensions, faults
from cdi_federate.execute.duck.literal import name, text
from cdi_federate.execute.duck.spell import MEMORY
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
        when_idle: Callable[[Session, int], None],
        *,
        threads: int,
        memory_limit: str,
        spill: Path,
    ) -> None:
        self.parts = {_fingerprint(attachment): attachment for attachment in attachments}
        """Keeps the in-memory tables alive, whose identity is part of the fingerprint."""
        self._guard = threading.Lock()
        self._leased, self._retired = 0, False
        self._when_idle, self.leases = when_idle, 0
        self.blocks = any(attachment.type == "duckdb" for attachment in self.parts.values())
        self._root = instance(threads=threads, memory_limit=memory_limit, spill=spill)
        try:
            for attachment in self.parts.values():
                attach(self._root, attachment)
            _lock(self._root, self.parts.values())
        except BaseException:
            self._root.close()
            raise

    def covers(self, wanted: Iterable[tuple[object, ...]]) -> bool:
        """Whether every attachment of those fingerprints is here."""
        return all(fingerprint in self.parts for fingerprint in wanted)

    def lease(self) -> Lease:
        """Return a new connection to this instance."""
        with self._guard:
            self._leased += 1
            self.leases += 1
            return Lease(self, self._root.cursor())

    def give_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Close a connection; the last one ends an instance that was given up."""
        with self._guard:
            connection.close()
            self._leased -= 1
            if self._retired and not self._leased:
                self._root.close()
            elif not self._leased and self.blocks:
                timer = threading.Timer(IDLE_SECONDS, self._when_idle, (self, self.leases))
                timer.daemon = True
                timer.start()

    def retire(self) -> None:
        """Give the instance up: closed with its last connection, for DuckDB closes connections with their root."""
        with self._guard:
            self._retired = True
            if not self._leased:
                self._root.close()


class Sessions:
    """The instances of one engine, the most recently used last."""

    def __init__(self, *, threads: int, memory_limit: str, spill: Path) -> None:
        self._settings: dict[str, Any] = {"memory_limit": memory_limit, "spill": spill}
        self._threads = threads
        self._kept: OrderedDict[int, Session] = OrderedDict()
        self._lock = threading.Lock()

    def lease(self, attachments: Iterable[Attachment]) -> Lease:
        """Return a connection to an instance that covers the attachments; makes one where there is none.

        Raises the `SourceError` of the attachment that failed.
        """
        wanted = {_fingerprint(attachment): attachment for attachment in attachments}
        with self._lock:
            for key, session in reversed(self._kept.items()):
                if session.covers(wanted):
                    self._kept.move_to_end(key)
                    return session.lease()
            threads = max(self._threads, len(wanted))
            session = Session(wanted.values(), self._let_go, threads=threads, **self._settings)
            self._forget_stale(wanted)
            self._kept[id(session)] = session
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1].retire()
            return session.lease()

    def _let_go(self, session: Session, leases: int) -> None:
        """Give up an instance that was not used since."""
        with self._lock:
            if session.leases == leases and self._kept.pop(id(session), None) is not None:
                session.retire()

    def _forget_stale(self, wanted: Mapping[tuple[object, ...], Attachment]) -> None:
        """Give up instances that hold another state of a source that was just attached anew (a replaced file)."""
        new = {attachment.source: fingerprint for fingerprint, attachment in wanted.items()}
        for key, session in list(self._kept.items()):
            if any(new.get(a.source, fingerprint) != fingerprint for fingerprint, a in session.parts.items()):
                self._kept.pop(key).retire()

    def close(self) -> None:
        """Give every instance up."""
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].retire()


def instance(*, threads: int, memory_limit: str = "", spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return the connection of a new in-memory instance with the house's settings; it is not locked yet.

    It spills to `spill`, encrypted. DuckDB encrypts only with the OpenSSL that its httpfs extension brings; without it
    nothing is spilled and too large a query runs out of memory.
    """
    crypto = extensions.binary("httpfs") if spill else None
    config: dict[str, Any] = {
        "threads": threads,
        "default_null_order": "nulls_last",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
        "errors_as_json": True,
        "temp_file_encryption": True,
        "temp_directory": str(spill) if crypto else "",
        # The binaries come from packages as DuckDB's own does; checking their signatures takes 100 to 500 ms each.
        # Nothing else is loaded: users' texts are one SELECT, and after the lock there is no LOAD.
        "allow_unsigned_extensions": True,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    connection = duckdb.connect(":memory:", config=config)
    if crypto:
        connection.execute(f"LOAD {text(str(crypto))}")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # a plain SET would not reach cursors
    return connection


def attach(connection: duckdb.DuckDBPyConnection, attachment: Attachment) -> None:
    """Load, attach and register what a source needs; raises its `SourceError`."""
    if attachment.extension:
        path = extensions.required(attachment.extension, source=attachment.source, extra=attachment.extra)
        connection.execute(f"LOAD {text(str(path))}")
    if attachment.type:
        statement = f"ATTACH {text(attachment.target)} AS {name(attachment.alias)} (TYPE {attachment.type}, READ_ONLY)"
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            raise faults.of_attaching(error, attachment) from None
    if attachment.tables:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name(MEMORY)}")
    for table, data in attachment.tables.items():
        # Copied, because DuckDB has Arrow filter in its own way, where NaN is not greatest and readers run dry.
        connection.register("cdi_incoming", data)
        connection.execute(f"CREATE TABLE {name(MEMORY)}.{name(table)} AS FROM cdi_incoming")
        connection.unregister("cdi_incoming")


def _lock(connection: duckdb.DuckDBPyConnection, attachments: Iterable[Attachment]) -> None:
    paths = [path for attachment in attachments for path in attachment.paths]
    folders = [path for path in paths if Path(path).is_dir()]
    files = [path for path in paths if path not in folders]
    if folders:
        connection.execute(f"SET allowed_directories = [{', '.join(map(text, folders))}]")
    if files:
        connection.execute(f"SET allowed_paths = [{', '.join(map(text, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _fingerprint(attachment: Attachment) -> tuple[object, ...]:
    tables = tuple((table, id(data)) for table, data in attachment.tables.items())
    state = _state(attachment) if attachment.target else ()
    return (attachment.source, attachment.alias, attachment.type, attachment.target, attachment.paths, tables, state)


def _state(attachment: Attachment) -> tuple[int, ...]:
    """Return what tells that a file was replaced. A SQLite file is seen changing while attached, a DuckDB file not."""
    try:
        stat = Path(attachment.target).stat()
    except OSError:
        return ()
    if attachment.type == "sqlite":
        return (stat.st_dev, stat.st_ino)
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
