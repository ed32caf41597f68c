# ruff: noqa: E501 - tables are read across
"""MariaDB servers of our own: settings of a whole server, TLS, and a server that goes away and comes back."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pymysql
import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError, LostError, UnavailableError
from tests.mysql import attached, facts, fetch, source
from tests.servers import Server

DAEMON, INSTALL, OPENSSL = map(shutil.which, ("mariadbd", "mariadb-install-db", "openssl"))
pytestmark = pytest.mark.skipif(
    not (DAEMON and INSTALL and OPENSSL), reason="no mariadbd and openssl to start one with"
)


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """A server with options of its own over a folder that is made where it is not there."""
    if not (folder / "mysql").is_dir():
        subprocess.run(
            [str(INSTALL), "--no-defaults", f"--datadir={folder}", "--auth-root-authentication-method=normal", "--user=root"],
            check=True, capture_output=True,
        )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    given = [
        f"--datadir={folder}",
        f"--port={port}",
        f"--socket={folder}/s.sock",
        "--bind-address=127.0.0.1",
        "--user=root",
    ]
    running = subprocess.Popen(
        [str(DAEMON), "--no-defaults", *given, "--skip-log-bin", "--innodb-buffer-pool-size=16M", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    server = Server("mysql", "127.0.0.1", port, "root")
    try:
        for _ in range(200):
            with suppress(pymysql.Error, OSError):
                server.run("CREATE DATABASE IF NOT EXISTS books", "CREATE TABLE IF NOT EXISTS books.t (id int PRIMARY KEY, s char(9))",
                           "REPLACE INTO books.t VALUES (1, 'x')")  # fmt: skip
                break
            time.sleep(0.1)
        yield Server("mysql", "127.0.0.1", port, "root", database="books"), running
    finally:
        running.kill()
        running.wait(20)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cdi-mariadb-"))
    for name, subject in (("ca", "/CN=cdi test"), ("other", "/CN=another")):
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject,
                 "-keyout", f"{made}/{name}.key", "-out", f"{made}/{name}.pem")  # fmt: skip
    _openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        f"{made}/server.key",
        "-out",
        f"{made}/r",
    )
    _openssl("x509", "-req", "-in", f"{made}/r", "-CA", f"{made}/ca.pem", "-CAkey", f"{made}/ca.key", "-CAcreateserial",
             "-days", "2", "-out", f"{made}/server.pem")  # fmt: skip
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _openssl(*given: str) -> None:
    subprocess.run([str(OPENSSL), *given], check=True, capture_output=True)


def test_settings_of_a_server_that_change_every_statement(folder: Path) -> None:
    with started(folder / "data") as (server, _):
        for mode in ("ORACLE", "MSSQL", "PAD_CHAR_TO_FULL_LENGTH"):
            server.run(f"SET GLOBAL sql_mode = '{mode}'")
            with pytest.raises(UnavailableError, match=f"the server's sql_mode has {mode}"):
                facts(source(server, "t"))
        server.run("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,EMPTY_STRING_IS_NULL'")
        made = source(server, "t")
        with attached(made) as connection:
            fetch(connection, facts(made))
            assert connection.execute("FROM local").fetchall() == [(1, "x")]
        server.run("SET GLOBAL max_sort_length = 512")
        with pytest.raises(UnavailableError, match="max_sort_length is 512"):
            facts(source(server, "t"))
        server.run("SET GLOBAL max_sort_length = 1024", "SET GLOBAL sql_select_limit = 1000")
        with pytest.raises(UnavailableError, match="sql_select_limit cuts every answer"):
            facts(source(server, "SELECT 1 AS one"))


def test_no_connection_is_left(folder: Path) -> None:
    with started(folder / "data", "--max-connections=10") as (server, _):
        for host in ("%", "localhost"):
            server.run(f"CREATE OR REPLACE USER reader@'{host}'", f"GRANT SELECT ON books.* TO reader@'{host}'")
        held = [server.mysql(user="reader") for _ in range(10)]
        with pytest.raises(LostError, match="the server has as many connections as it takes"):
            facts(source(server, "t", user="reader"))
        for each in held:
            each.close()


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"ssl_mode": "disabled"}, ""),
        ({}, "TLS"),
        ({"ssl_mode": "required"}, "TLS"),
        ({"ssl_mode": "verify_ca", "ssl_ca": "ca.pem"}, "TLS"),
        ({"ssl_mode": "verify_identity", "ssl_ca": "ca.pem", "host": "localhost"}, "TLS"),
        ({"ssl_mode": "verify_ca", "ssl_ca": "other.pem"}, UnavailableError),
        ({"ssl_mode": "verify_identity", "ssl_ca": "ca.pem", "host": "127.0.0.1"}, UnavailableError),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)  # fmt: skip
def test_tls(folder: Path, given: dict[str, Any], outcome: Any) -> None:
    given = {key: f"{folder}/{value}" if key == "ssl_ca" else value for key, value in given.items()}
    certificate = [f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key", f"--ssl-ca={folder}/ca.pem"]
    with started(folder / "data", *certificate) as (server, _):
        made = source(
            server,
            "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'",
            **given,
        )
        if not isinstance(outcome, str):
            with pytest.raises(outcome, match="no encrypted connection could be made"):
                facts(made)
            if "other.pem" in str(given):  # at a local host the engine's client does not look at the name
                with pytest.raises(CdiError), attached(made) as connection:
                    connection.execute("FROM mysql_query('billing', 'SELECT 1')").fetchall()
            return

        def ask(mine: Any) -> Any:
            with mine.cursor() as cursor:
                cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
                return cursor.fetchone()[1]

        assert bool(made.ask(ask)) == (outcome == "TLS")
        known = facts(made)
        with attached(made) as connection:
            fetch(connection, known)
            assert bool(connection.execute("FROM local").fetchall()[0][0]) == (outcome == "TLS")


def test_a_server_without_tls_where_it_is_wanted(folder: Path) -> None:
    refused = pytest.raises(UnavailableError, match=r"no encrypted connection could be made|does not speak TLS")
    with started(folder / "data") as (server, _), refused:
        facts(source(server, "t", ssl_mode="required"))


def test_a_server_that_goes_away_and_comes_back(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "entities").mkdir()
    (tmp_path / "catalog.yaml").write_text("name: test\n")
    (tmp_path / "entities/thing.yaml").write_text("entity: thing\nfields: {id: BIGINT, s: VARCHAR}\n")
    with started(folder / "data") as (server, running):
        (tmp_path / "sources/billing.yaml").write_text(
            f"source: billing\nkind: mysql\nconnection: {{host: 127.0.0.1, port: {server.port}, user: root, database: books}}\n"
            "provides:\n  thing: {from: t, fields: {id: id, s: s}}\n"
        )
        with cdi.connect(tmp_path) as made:
            question = "SELECT s FROM thing WHERE id = 1"
            assert made.sql(question).fetchall() == [("x",)]
            with server.mysql() as db:  # every idle connection is ended by the server
                cursor = db.cursor()
                cursor.execute(
                    "SELECT id FROM information_schema.processlist WHERE command = 'Sleep' AND id <> CONNECTION_ID()"
                )
                for (number,) in cursor.fetchall():
                    cursor.execute(f"KILL {number}")
            assert made.sql(question).fetchall() == [("x",)]
            running.kill()
            running.wait(20)
            began = time.monotonic()
            with pytest.raises(UnavailableError) as caught:
                made.sql(question).fetchall()
            assert time.monotonic() - began < 10
            assert "billing" in str(caught.value) and "root" not in str(caught.value)
