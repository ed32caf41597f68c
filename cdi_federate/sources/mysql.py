"""A MySQL or MariaDB server: facts by its information_schema, rows by fragments, so that its indexes serve."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DriftError, SourceError, UnavailableError, UsageError
from cdi_federate.query.shapes import columns_of
from cdi_federate.sources import mysql_errors, mysql_facts, mysql_rows, mysql_select
from cdi_federate.sources.server import ServerSource
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Attachment, Credential, Probe
from cdi_federate.stages.relations import Relation, RemoteTable

_FRESH_SECONDS = 300
"""How long facts are believed without a look; what a wrong answer could come of is looked at by every statement."""

_TLS = ("disabled", "preferred", "required", "verify_ca", "verify_identity")
_LOOSE = ("disabled", "preferred")
_IN_URL = ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "socket")
_PACKED = MappingProxyType({"true": "required", "false": "disabled"})
"""What the catalog says of `compression` → the engine's word. Packing takes a server longer than most networks save."""
_SETTINGS = MappingProxyType(
    {
        "mysql_session_time_zone": "+00:00",
        "mysql_tinyint1_as_boolean": False,
        "mysql_bit1_as_boolean": False,
        "mysql_experimental_filter_pushdown": False,
        "mysql_aggregate_pushdown_enabled": False,
        "mysql_order_pushdown_enabled": False,
        "mysql_pool_acquire_mode": "wait",
    }
)
"""What the engine's reader is told: no value is bent, no text of its own is pushed."""


class MysqlSource(ServerSource):
    """Kind `mysql`."""

    kind = "mysql"
    dialect = "mysql"
    title = "MySQL"
    driver = "pymysql"
    extra = "mysql"
    rows = mysql_rows

    # --- settings ----------------------------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Where the server is and who asks: the URL `dsn`, and over it what stands in keys of its own."""
        found = {"host": "127.0.0.1", "port": "3306", **self._of_url(self.connection("dsn"))}
        for key in ("host", "port", "database", "user", "password", *_IN_URL):
            if self.connection(key):
                found[key] = self.connection(key)
        if not found.get("database"):
            raise UsageError(f"source '{self.name}': its connection names no `database`")
        if not found["port"].isdigit():
            raise UsageError(f"source '{self.name}': `port` of its connection is no number")
        mode = found["ssl_mode"] = found.get("ssl_mode", "preferred").lower().replace("-", "_")
        if mode not in _TLS:
            raise UsageError(f"source '{self.name}': `ssl_mode` is one of {', '.join(_TLS)}")
        packed = self.connection("compression", "false").lower()
        if packed not in _PACKED:
            raise UsageError(f"source '{self.name}': `compression` of its connection is true or false")
        found["compression"] = _PACKED[packed]
        return MappingProxyType(found)

    def _of_url(self, written: str) -> dict[str, str]:
        if not written:
            return {}
        wrong = UsageError(
            f"source '{self.name}': `dsn` of its connection is no URL of MySQL",
            help="it reads mysql://user:password@host:port/database?ssl_mode=required",
        )
        try:
            url = urlsplit(written)
            port = url.port
        except ValueError:
            raise wrong from None
        given = dict(parse_qsl(url.query))
        if url.scheme not in ("mysql", "mariadb") or not set(given) <= set(_IN_URL):
            raise wrong
        parts = {
            "host": url.hostname or "",
            "port": str(port or ""),
            "user": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "database": unquote(url.path.lstrip("/")),
        }
        return {key: value for key, value in {**parts, **given}.items() if value}

    @property
    def database(self) -> str:
        """The database in which tables without one are looked for."""
        return self.settings["database"]

    def attachment(self) -> Attachment:
        """Attach the server by DuckDB's mysql extension, with a secret in memory."""
        keys = ("host", "port", "database", "user", "password", *_IN_URL)
        values = {key: self.settings[key] for key in keys if self.settings.get(key)}
        return Attachment(
            self.name,
            alias=self.alias,
            type="mysql",
            target=f"compression={self.settings['compression']}",
            extension="mysql_scanner",
            extra="mysql",
            credential=Credential("mysql", MappingProxyType(values)),
            settings=MappingProxyType({**_SETTINGS, "mysql_pool_size": self.pool}),
            at_once=self.pool,
            timeout=self.timeout,
        )

    # --- the connection kept for questions ---------------------------------------------------------------------------

    def open(self, seconds: int) -> Any:
        """Open a connection by pymysql that may only read."""
        given, mode = self.settings, self.settings["ssl_mode"]
        connection = self.module().connect(
            host=given["host"],
            port=int(given["port"]),
            user=given.get("user"),
            password=given.get("password", ""),
            database=given["database"],
            unix_socket=given.get("socket"),
            ssl=None if mode in _LOOSE else self._tls(mode),
            ssl_disabled=mode == "disabled",
            connect_timeout=seconds,
            read_timeout=seconds,  # of the greeting: a server that accepts and says nothing must not hold us longer
            write_timeout=seconds,
            charset="utf8mb4",
            autocommit=True,
            init_command="SET SESSION TRANSACTION READ ONLY",
        )
        connection._read_timeout = connection._write_timeout = max(seconds, 10)
        if mode not in _LOOSE and not isinstance(connection._sock, ssl.SSLSocket):
            connection._force_close()
            raise UnavailableError("the server does not speak TLS, which `ssl_mode` wants", source=self.name)
        return connection

    def _tls(self, mode: str) -> ssl.SSLContext:
        given = self.settings
        try:
            context = ssl.create_default_context(cafile=given.get("ssl_ca"))
            if given.get("ssl_cert"):
                context.load_cert_chain(given["ssl_cert"], given.get("ssl_key"))
        except (OSError, ssl.SSLError):
            raise UnavailableError("the files of its TLS settings cannot be read", source=self.name) from None
        context.check_hostname = mode == "verify_identity"
        if mode not in ("verify_ca", "verify_identity"):
            context.verify_mode = ssl.CERT_NONE
        return context

    def cut(self, connection: Any) -> None:
        """Shut the socket of a connection."""
        connection._sock.shutdown(socket.SHUT_RDWR)

    def shut(self, connection: Any) -> None:
        """Close the socket without a word."""
        connection._force_close()

    def errors(self) -> tuple[type[Exception], ...]:
        """Return pymysql's errors, and the operating system's."""
        return (self.module().err.Error, OSError)

    def lost(self, connection: Any, error: Exception) -> bool:
        """Whether the connection is no more."""
        return mysql_errors.number_of(error) in mysql_errors.LOST or not connection.open

    def fault(self, error: Exception) -> SourceError:
        """Say what an error of the driver means; its own text holds users, hosts and names."""
        return mysql_errors.fault(error, self.name, self.database)

    def examine(self, connection: Any) -> tuple[str, str]:
        """Return the version, and whether the account could write if it were let."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            (version,) = cursor.fetchone()
            cursor.execute("SHOW GRANTS")
            grants = [str(row[0]) for row in cursor.fetchall()]
        number, _, _ = str(version).partition("-")
        title = "MariaDB" if "mariadb" in str(version).lower() else "MySQL"
        return f"{title} {number}", mysql_facts.reading(grants, self.database)

    def ping(self, connection: Any) -> None:
        """Read something trivial."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    def stop(self, connection: Any, mark: str) -> int:
        """Stop the statements that carry the mark: an account always sees its own."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist "
                "WHERE LOCATE(%s, info) = 1 AND id <> CONNECTION_ID() AND command <> 'Killed'",
                (mark,),
            )
            running = [int(row[0]) for row in cursor.fetchall()]
            for number in running:
                with suppress(self.module().err.Error):  # it ended by itself
                    cursor.execute(f"KILL QUERY {number}")
        return len(running)

    # --- facts -------------------------------------------------------------------------------------------------------

    def relation(self, mapping: catalog.Mapping) -> RemoteTable:
        """Return the table with its database, or the SELECT."""
        if mapping.is_select:
            return RemoteTable(select=mapping.relation)
        parts = mysql_facts.parts(mapping.relation)
        return RemoteTable(name=parts if len(parts) > 1 else (self.database, *parts))

    def token(self, relation: Relation) -> str:
        """Return what changes with time or after an error, for statements look at their tables themselves.

        A SELECT of the catalog's cannot be looked at so; the server is asked what its columns are.
        """
        token = f"{self.looks}:{int(time.monotonic() / _FRESH_SECONDS)}"
        if isinstance(relation, RemoteTable) and relation.select:
            return f"{token}:{self.ask(lambda connection: mysql_select.state(connection, relation, self.name))}"
        return token

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read columns, keys and indexes; raises `DriftError` with the nearest tables where there is none."""
        relation = self.relation(mapping)
        if len(relation.name) > 2:
            raise DriftError(f"'{mapping.relation}' is no name of a table", source=self.name)

        def question(connection: Any) -> TableFacts:
            if relation.select:
                return mysql_select.facts(connection, relation, self.name)
            return mysql_facts.of_table(connection, relation, mapping.relation, self.name)

        facts = self.ask(question)
        for name in (*(n for shape in mapping.fields.values() for n in columns_of(shape)), *mapping.key):
            column = facts.column(name)
            if column is not None and not column.type:
                raise mysql_facts.unreadable(column, self.name)
        return facts
