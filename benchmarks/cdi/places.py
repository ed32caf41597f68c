"""Where the six sources of CDI-Bench are: two databases on servers, four in files.

The servers are named by `CDI_BENCH_POSTGRES` (a libpq connection string) and `CDI_BENCH_MYSQL`
(`mysql://user:password@host:port`), or found on their usual local ports. Everything but the making of the data goes to
them through the proxy, whose ports the rest gets as `Ports`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg
import pymysql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CUSTOMERS = {"xs": 2_000, "s": 50_000, "m": 1_000_000}
"""How many people there are in the world of each size; `xs` is for trying the benchmark itself out."""

DATA = Path(__file__).parent.parent / "data" / "cdi"
CATALOG = Path(__file__).parent / "catalog"


@dataclass(frozen=True)
class Server:
    """A server of databases, and the one of this size on it."""

    host: str
    port: int
    user: str
    password: str
    database: str


@dataclass(frozen=True)
class Places:
    """The sources of one size. The reference and the generator ask the servers themselves, all others by the proxy."""

    size: str
    postgres: Server
    mysql: Server

    @classmethod
    def of(cls, size: str) -> Places:
        """Return where the sources of a size are by what the environment says."""
        libpq = conninfo_to_dict(os.environ.get("CDI_BENCH_POSTGRES", "host=127.0.0.1 port=5432 user=postgres"))
        url = urlsplit(os.environ.get("CDI_BENCH_MYSQL", "mysql://root@127.0.0.1:3306"))
        name = f"cdi_bench_{size}"
        return cls(
            size,
            Server(
                str(libpq.get("host") or "127.0.0.1"),
                int(libpq.get("port") or 5432),
                str(libpq.get("user") or "postgres"),
                str(libpq.get("password") or ""),
                name,
            ),
            Server(
                url.hostname or "127.0.0.1",
                url.port or 3306,
                unquote(url.username or "root"),
                unquote(url.password or ""),
                name,
            ),
        )

    @property
    def files(self) -> Path:
        """The folder of the sources that are files."""
        return DATA / self.size

    @property
    def reference(self) -> Path:
        """The DuckDB file that holds every source's rows, loaded by other drivers."""
        return DATA / f"reference_{self.size}.duckdb"

    def libpq(self, port: int | None = None) -> str:
        """Return the CRM as libpq's words; `port` is that of the proxy. No TLS: the proxy counts rows on the wire."""
        server = self.postgres
        given: dict[str, Any] = {"host": "127.0.0.1" if port else server.host, "port": port or server.port}
        given |= {"user": server.user, "dbname": server.database, "sslmode": "disable"}
        return make_conninfo("", **given, **({"password": server.password} if server.password else {}))

    def mysql_url(self, port: int | None = None) -> str:
        """Return billing as a URL; `port` is that of the proxy."""
        server = self.mysql
        login = quote(server.user) + (f":{quote(server.password)}" if server.password else "")
        where = f"127.0.0.1:{port}" if port else f"{server.host}:{server.port}"
        return f"mysql://{login}@{where}/{server.database}?ssl_mode=disabled"

    def mysql_words(self, port: int) -> str:
        """Return billing as DuckDB's extension takes it."""
        server = self.mysql
        password = f"password={server.password} " if server.password else ""
        return f"host=127.0.0.1 port={port} user={server.user} {password}database={server.database} ssl_mode=disabled"

    def open_postgres(self, database: str | None = None) -> psycopg.Connection[Any]:
        """Open the server itself, for making and reading the data."""
        server = self.postgres
        words = {"host": server.host, "port": server.port, "user": server.user, "dbname": database or server.database}
        if server.password:
            words["password"] = server.password
        return psycopg.connect(autocommit=True, **words)  # type: ignore[arg-type]

    def open_mysql(self, database: str | None) -> pymysql.Connection[Any]:
        """Open the server itself, for making and reading the data."""
        server = self.mysql
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            local_infile=True,
        )
