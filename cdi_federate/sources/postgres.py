"""Postgres: facts by psycopg from the server's catalogs; rows by the engine, with a fragment for each reading."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from types import MappingProxyType
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DriftError, SourceError, UnavailableError, UsageError
from cdi_federate.sources import postgres_facts, postgres_rows
from cdi_federate.sources.postgres_errors import fault
from cdi_federate.sources.server import ServerSource
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Attachment, Credential, Probe
from cdi_federate.stages.relations import Relation, RemoteTable

_SECRETS = ("host", "hostaddr", "port", "dbname", "user", "password")
"""What of a connection goes into the engine's secret, by libpq's names; the rest is no secret."""
_ENGINES = MappingProxyType({"dbname": "database", "hostaddr": "host"})
"""libpq's name → the engine's, where they differ."""
_OWN = MappingProxyType({"database": "dbname"})
"""The catalog's key → libpq's, where they differ."""
_KEYS = ("host", "port", "database", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey")
_SETTINGS = MappingProxyType({"pg_pool_acquire_mode": "wait", "pg_pool_health_check_query": ""})
"""A lost connection shows itself by its error; looking at it before and after a statement takes two round trips."""
_FRESH_SECONDS = 300
"""How long facts are believed without a look; what a wrong answer could come of is looked at by every statement."""
_OLDEST = 130000
_CHECKS_CLIENT = 140000
"""The first version that stops a statement whose client has gone (`client_connection_check_interval`)."""


class PostgresSource(ServerSource):
    """Kind `postgres`."""

    kind = "postgres"
    dialect = "postgres"
    title = "Postgres"
    driver = "psycopg"
    extra = "postgres"
    rows = postgres_rows

    def __init__(self, model: catalog.Source) -> None:
        super().__init__(model)
        self._version, self._encoding = 0, "UTF8"

    # --- how it is reached -------------------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """The connection by libpq's names, secrets revealed; raises `UsageError` for a `dsn` that is none."""
        self.module()
        from psycopg.conninfo import conninfo_to_dict

        dsn = self.connection("dsn")
        try:
            given = (
                {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None} if dsn else {}
            )
        except Exception:
            raise UsageError(
                f"source '{self.name}': the `dsn` of its connection is none that libpq can read",
                help="write it as postgresql://user:password@host:port/database, or as host=… dbname=… user=…",
            ) from None
        for key in _KEYS:
            if value := self.connection(key):
                given[_OWN.get(key, key)] = value
        for key in ("sslpassword", "service", "passfile"):
            if key in given:
                raise UsageError(f"source '{self.name}': `{key}` cannot stand in its `dsn`")
        given["application_name"] = self.connection("application_name") or given.get("application_name", "cdi-federate")
        given["connect_timeout"] = str(self.connect_timeout)
        return MappingProxyType(given)

    def options(self, *, checks_client: bool) -> str:
        """Return what each session begins with, in the words of libpq's `options`."""
        told = {
            "default_transaction_read_only": "on",
            "TimeZone": "UTC",
            "DateStyle": "ISO",
            "IntervalStyle": "postgres",
            "extra_float_digits": "3",
            "bytea_output": "hex",
            "standard_conforming_strings": "on",
            "statement_timeout": str(int(self.timeout * 1000)),
        }
        if checks_client:
            told["client_connection_check_interval"] = "1000"
        if schema := self.connection("schema"):
            told["search_path"] = f"{_quoted(schema)},public"
        own = self.settings.get("options", "")
        return " ".join([*([own] if own else []), *(f"-c {key}={_escaped(value)}" for key, value in told.items())])

    def attachment(self) -> Attachment:
        """Attach the database read-only; what may not be shown goes as a secret."""
        from psycopg.conninfo import make_conninfo

        if not self._version:
            self.ask(self.examine)
        secret = {_ENGINES.get(key, key): self.settings[key] for key in _SECRETS if key in self.settings}
        rest = {key: value for key, value in self.settings.items() if key not in _SECRETS}
        rest["options"] = self.options(checks_client=self._version >= _CHECKS_CLIENT)
        rest["client_encoding"] = "UTF8"
        return Attachment(
            self.name,
            alias=self.alias,
            type="postgres",
            target=make_conninfo("", **rest),
            extension="postgres_scanner",
            extra=self.extra,
            credential=Credential("postgres", secret),
            settings=MappingProxyType({**_SETTINGS, "pg_pool_max_connections": self.pool}),
            at_once=self.pool,
            timeout=self.timeout,
        )

    def open(self, seconds: int) -> Any:
        """Open a connection of psycopg's, read-only and committing by itself."""
        import psycopg

        given = {**self.settings, "connect_timeout": str(seconds), "client_encoding": "UTF8"}
        given["options"] = self.options(checks_client=False)
        return psycopg.connect(autocommit=True, prepare_threshold=None, **given)  # type: ignore[arg-type]  # texts all

    def cut(self, connection: Any) -> None:
        """Shut the socket under a connection."""
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as other:
            other.shutdown(socket.SHUT_RDWR)

    def shut(self, connection: Any) -> None:
        """Close; libpq says goodbye and does not wait."""
        connection.close()

    def errors(self) -> tuple[type[Exception], ...]:
        """psycopg's errors."""
        import psycopg

        return (psycopg.Error,)

    def lost(self, connection: Any, error: Exception) -> bool:
        """Whether the connection is no more."""
        return bool(connection.closed or connection.broken)

    # --- what it says ------------------------------------------------------------------------------------------------

    def relation(self, mapping: catalog.Mapping) -> RemoteTable:
        """Return the table or the SELECT."""
        if mapping.is_select:
            return RemoteTable(select=mapping.relation)
        return RemoteTable(name=tuple(name for name, _ in postgres_facts.parts(mapping.relation)))

    def token(self, relation: Relation) -> str:
        """Return what changes with time or after an error, for statements look at their tables themselves.

        A SELECT of the catalog's cannot be looked at so; the server is asked what its columns are.
        """
        token = f"{self.looks}:{int(time.monotonic() / _FRESH_SECONDS)}"
        if isinstance(relation, RemoteTable) and relation.select:
            select = relation.select
            return f"{token}:{self.ask(lambda connection: postgres_facts.state_of_select(connection, select))}"
        return token

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read columns, types, collations, keys and indexes."""
        import psycopg

        def question(connection: Any) -> TableFacts:
            if not self._version:
                self.examine(connection)
            try:
                if mapping.is_select:
                    return postgres_facts.of_select(connection, mapping.relation, self.name, self._encoding)
                return postgres_facts.of_table(connection, mapping.relation, self.name, self._encoding)
            except psycopg.Error as error:
                if str(error.sqlstate)[:2] not in ("42", "22", "0A") or error.sqlstate == "42501":
                    raise
                what = "its SELECT does not run" if mapping.is_select else f"'{mapping.relation}' cannot be read"
                said = error.diag.message_primary or "the server refuses it"
                raise DriftError(f"{what}: {said}", source=self.name) from None

        return self.ask(question)

    def examine(self, connection: Any) -> tuple[str, str]:
        """Return version and encoding, and whether this user could write at all."""
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'), "
            "current_setting('server_encoding'), current_setting('default_transaction_read_only'), "
            "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user), "
            "pg_is_in_recovery()"
        ).fetchone()
        number, version, encoding, read_only, is_super, standby = row
        if number < _OLDEST:
            raise UnavailableError(f"it is Postgres {version}; 13 is the oldest that is read", source=self.name)
        self._version, self._encoding = number, encoding
        sure = "sessions are read-only" if read_only == "on" else "attached read-only"
        if standby:
            sure += ", the server is a standby"
        elif is_super:
            sure += "; its user is a superuser, give it one that may only SELECT"
        else:
            (writes,) = connection.execute(_WRITABLE).fetchone()
            sure += (
                "; its user may write to tables, give it one that may only SELECT"
                if writes
                else ", its user may not write"
            )
        return f"Postgres {version.split(' ')[0]}, {encoding}", sure

    def ping(self, connection: Any) -> None:
        """Read one row."""
        connection.execute("SELECT 1").fetchone()

    def stop(self, connection: Any, mark: str) -> int:
        """Cancel the statements that carry the mark."""
        rows = connection.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity "
            "WHERE state = 'active' AND position(%s IN query) > 0 AND pid <> pg_backend_pid()",
            (mark,),
        ).fetchall()
        return len(rows)

    # --- what its errors mean ----------------------------------------------------------------------------------------

    def fault(self, error: Exception) -> SourceError:
        """Return what an error of psycopg's means; its own text may hold host, user or values."""
        state = str(getattr(error, "sqlstate", None) or "")
        return fault(state, str(error), self.name)


_WRITABLE = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
"""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(value: str) -> str:
    """Return a value as it stands in libpq's `options`, where blanks end it."""
    return re.sub(r"([\\\s])", r"\\\1", value)
