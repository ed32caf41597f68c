"""What explain shows is what the servers themselves say they were sent: their own logs hold the text, with the tag."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.explain.document import document
from cdi_federate.stages.events import Event
from tests.servers import Server, database

SQL = "SELECT id, name FROM customer WHERE country = 'US' AND name <> 'it''s \"quoted\"' ORDER BY id"
ENTITY = "entity: customer\nfields: {id: BIGINT, name: VARCHAR, country: VARCHAR}\n"
SOURCE = """source: crm
kind: {kind}
connection: {connection}
provides:
  customer:
    from: accounts
    fields: {{id: id, name: name, country: {{column: cc, codes: {{1: US, 2: DE}}, else: null}}}}
"""


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with database(request.param) as made:
        text = "text" if made.kind == "postgres" else "varchar(50) COLLATE utf8mb4_bin"
        made.run(
            f"CREATE TABLE accounts (id int PRIMARY KEY, name {text}, cc int)",
            "INSERT INTO accounts VALUES (1, 'Ann', 1), (2, 'Bob', 2), (3, 'it''s \"quoted\"', 1)",
        )
        yield made


@contextmanager
def logging(server: Server) -> Iterator[None]:
    """Let the server keep what it is told; as it was, afterwards."""
    if server.kind == "postgres":  # of this database only
        server.run(f"ALTER DATABASE {server.database} SET log_statement = 'all'")
        yield
        return
    with server.mysql() as db, db.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.log_output, @@GLOBAL.general_log")
        output, was_on = cursor.fetchone() or ("", 0)
        cursor.execute("SET GLOBAL log_output = 'TABLE'")
        cursor.execute("SET GLOBAL general_log = ON")
        try:
            yield
        finally:
            cursor.execute("SET GLOBAL general_log = %s", (was_on,))
            cursor.execute("SET GLOBAL log_output = %s", (output,))
            if not was_on:
                cursor.execute("TRUNCATE TABLE mysql.general_log")


def log_of(server: Server, tag: str) -> str:
    """What the server's log says of the statements with a tag."""
    if server.kind == "mysql":
        with server.mysql() as db, db.cursor() as cursor:
            cursor.execute("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log")
            return "\n".join(text for (text,) in cursor.fetchall() if f"/* cdi:{tag} */" in text)
    with server.postgres() as db:
        (file,) = db.execute("SELECT pg_current_logfile()").fetchone() or (None,)
        # without a collector the log is where the server's standard error goes, which it can read where that is a file
        file = file or "/proc/self/fd/2"
        (size,) = db.execute("SELECT size FROM pg_stat_file(%s, true)", (file,)).fetchone() or (0,)
        if not size:
            pytest.skip("this Postgres keeps no log that it can read")
        tail = "SELECT pg_read_file(%s, greatest(0, %s - 1000000), 1000000)"
        (text,) = db.execute(tail, (file, size)).fetchone() or ("",)
    lines = text.splitlines()
    return "\n".join(line for line in lines if "LOG:" in line and f"/* cdi:{tag} */" in line)


def squeezed(text: str) -> str:
    return "".join(text.split())


def written(folder: Path, server: Server) -> None:
    """Write a catalog over the server."""
    for name in ("entities", "sources"):
        (folder / name).mkdir()
    (folder / "catalog.yaml").write_text("name: test\n")
    (folder / "entities" / "customer.yaml").write_text(ENTITY)
    connection = "{" + ", ".join(f"{key}: '{value}'" for key, value in server.connection().items()) + "}"
    (folder / "sources" / "crm.yaml").write_text(SOURCE.format(kind=server.kind, connection=connection))


def test_the_server_s_log_holds_the_text_that_explain_shows(server: Server, tmp_path: Path) -> None:
    written(tmp_path, server)
    events: list[Event] = []
    with logging(server), cdi.connect(tmp_path) as federation:
        result = federation.sql(SQL, listener=events.append)
        assert result.fetchall() == [(1, "Ann")]
        (source,) = document(result.plan, result.statement)["sources"]
        (sent,) = source["sent"]
        log = _logged(server, events[0].query)
    assert f"/* cdi:{events[0].query} */ {sent['sql']}" in log
    shown = result.explain().split(f"sent SQL ({server.kind})\n")[1].split("\n  crm.accounts")[0]
    lines = [line for line in shown.splitlines() if not line.strip().startswith("--")]
    assert squeezed("".join(lines)) in squeezed(log), "all but the look at the server's catalog, which is last"


def _logged(server: Server, tag: str) -> str:
    """The log once it has the statement: a server may write it a moment later."""
    until = time.monotonic() + 10
    while not (log := log_of(server, tag)) and time.monotonic() < until:
        time.sleep(0.1)
    return log


@pytest.mark.parametrize("pool", [1, 4])
def test_each_of_several_fragments_gave_what_the_server_has(server: Server, tmp_path: Path, pool: int) -> None:
    """Side by side or one after the other, by a connection each or by one of them."""
    written(tmp_path, server)
    file = tmp_path / "sources" / "crm.yaml"
    file.write_text(file.read_text().replace("connection: {", f"connection: {{pool: {pool}, "))
    sql = (
        "SELECT a.id FROM customer a, customer b, customer c "
        "WHERE a.country = 'US' AND b.country = 'DE' AND b.id > 0 AND c.id IN (1, 2, 3)"
    )
    with cdi.connect(tmp_path) as federation:
        result = federation.sql(sql)
        assert len(result) == 2 * 1 * 3
        assert result.ran is not None
        gave = [result.ran.fragments[fragment.name] for fragment in result.plan.fragments]
    assert sorted(actual.rows for actual in gave) == [1, 2, 3]
    assert all(0 < actual.seconds <= result.ran.seconds for actual in gave)
