"""A Postgres of our own with a certificate: driver and engine speak to it encrypted, or not at all."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.errors import UnavailableError
from tests.postgres import WIRE
from tests.servers import Server

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(not (BINARIES and OPENSSL), reason="no Postgres and openssl to start one with")
IS_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cdi-postgres-"))
    for name in ("server", "other"):
        given = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-nodes"]
        files = ["-keyout", f"{made}/{name}.key", "-out", f"{made}/{name}.pem"]
        subprocess.run(
            [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", *given, *files], check=True, capture_output=True
        )
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """A server that speaks TLS, run by nobody, for Postgres refuses to be root."""
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        for each in (folder, *folder.iterdir()):
            shutil.chown(each, "nobody")
        user = {"user": "nobody"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])

    def run(program: str, *given: str) -> None:
        subprocess.run([BINARIES[-1] / program, *given], check=True, capture_output=True, cwd="/", **user)

    run("initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=localhost -c ssl=on -c ssl_cert_file={folder}/server.pem "
    options += f"-c ssl_key_file={folder}/server.key -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield Server("postgres", "localhost", port, "postgres", database="postgres")
    finally:
        run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"sslmode": "disable"}, False),
        ({}, True),
        ({"sslmode": "require"}, True),
        ({"sslmode": "verify-ca", "sslrootcert": "server.pem"}, True),
        ({"sslmode": "verify-full", "sslrootcert": "server.pem"}, True),
        ({"sslmode": "verify-ca", "sslrootcert": "other.pem"}, "TLS"),
        ({"sslmode": "verify-full", "sslrootcert": "server.pem", "host": "127.0.0.1"}, "TLS"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_tls(folder: Path, server: Server, given: dict[str, Any], outcome: bool | str) -> None:
    given = {key: f"{folder}/{value}" if key == "sslrootcert" else value for key, value in given.items()}
    made = WIRE.source(server, IS_ENCRYPTED, **given)
    if isinstance(outcome, str):
        with pytest.raises(UnavailableError, match=outcome):
            WIRE.facts(made)
        return
    assert made.ask(lambda db: db.execute(IS_ENCRYPTED).fetchone()) == (outcome,)
    with WIRE.attached(made) as connection:
        (row,) = connection.execute(f"FROM postgres_query('{made.name}', '{IS_ENCRYPTED}')").fetchall()
        assert row == (outcome,)
    made.close()
