"""A large table of a Postgres, read in stretches by several connections: every row once, all of one moment."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.federation import Federation
from cdi_federate.query import stretches
from tests.servers import Server, database

ROWS = 20_000
SOURCE = """source: crm
kind: postgres
connection: {{{connection}}}
provides:
  account: {{from: account, fields: {{id: id, name: name, cents: cents}}}}
  deal: {{from: deal, fields: {{id: id, name: name, cents: cents}}}}
  few: {{from: few, fields: {{id: id, name: name, cents: cents}}}}
"""
ENTITY = "entity: {}\nfields: {{id: integer, name: varchar, cents: bigint}}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("postgres") as made:
        for table in ("account", "deal"):
            made.run(
                f"CREATE TABLE {table} (id integer PRIMARY KEY, name text, cents bigint)",
                f"INSERT INTO {table} SELECT n, 'name ' || n, n % 1000 FROM generate_series(1, {ROWS}) AS n",
                f"DELETE FROM {table} WHERE id % 7 = 0",
                f"UPDATE {table} SET name = name || ' ' WHERE id % 5 = 0",  # new versions, on other pages
                f"ANALYZE {table}",
            )
        made.run("CREATE VIEW few AS SELECT * FROM account WHERE id < 5000")
        yield made


@pytest.fixture
def federation(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr(stretches, "MANY", 1_000)
    (tmp_path / "entities").mkdir()
    (tmp_path / "sources").mkdir()
    (tmp_path / "catalog.yaml").write_text("name: stretches\n")
    for entity in ("account", "deal", "few"):
        (tmp_path / "entities" / f"{entity}.yaml").write_text(ENTITY.format(entity))
    connection = ", ".join(f"{key}: {value}" for key, value in server.connection().items())
    (tmp_path / "sources" / "crm.yaml").write_text(SOURCE.format(connection=connection))
    with Federation(load(tmp_path, env={})) as made:
        yield made


def parts(federation: Federation, sql: str) -> int:
    return len(federation.prepare(sql).plan.fragments)


ALL = "SELECT id, name, cents FROM account"


def test_every_row_comes_once(server: Server, federation: Federation) -> None:
    assert parts(federation, ALL) == stretches.MOST
    with server.postgres() as connection:
        there = connection.execute("SELECT id, name, cents FROM account").fetchall()
    assert sorted(federation.sql(ALL).fetchall()) == sorted(there)
    filtered = "SELECT sum(id), count(name) FROM account WHERE cents < 900 AND name LIKE 'name 1%'"
    narrow = [row for row in there if row[2] < 900 and row[1].startswith("name 1")]
    assert federation.sql(filtered).fetchall() == [(sum(row[0] for row in narrow), len(narrow))]


def test_only_where_a_table_is_read_as_it_lies(federation: Federation) -> None:
    whole = [
        "SELECT * FROM few",  # a view has no places of rows
        f"{ALL} ORDER BY id LIMIT 5",
        f"{ALL} LIMIT 5",
        f"{ALL} WHERE id = 17",
        "SELECT count(*), sum(cents) FROM account",
    ]
    assert [parts(federation, sql) for sql in whole] == [1] * len(whole)


def test_no_more_connections_than_its_pool_has(federation: Federation) -> None:
    two = "SELECT count(*) FROM (SELECT id, name FROM account UNION ALL SELECT id, name FROM deal)"
    assert parts(federation, two) == stretches.PLACES
    join = "SELECT count(*), sum(a.cents + d.cents) FROM account AS a JOIN deal AS d ON lower(a.name) = lower(d.name)"
    left = [n for n in range(1, ROWS + 1) if n % 7]
    assert federation.sql(join).fetchall() == [(len(left), 2 * sum(n % 1000 for n in left))]


def test_all_stretches_see_one_moment(server: Server, federation: Federation) -> None:
    """A writer moves amounts, and rows, between stretches all the time: their sum never changes."""
    stop = threading.Event()

    def write() -> None:
        with server.postgres() as connection:
            for at in itertools.cycle(range(1_000)):
                if stop.is_set():
                    return
                with connection.transaction():
                    connection.execute("UPDATE account SET cents = cents + 5 WHERE id = %s", (at * 7 + 1,))
                    connection.execute("UPDATE account SET cents = cents - 5 WHERE id = %s", (19_000 - at * 7,))

    asked = "SELECT count(DISTINCT name), sum(cents) FROM account"
    assert parts(federation, asked) == stretches.MOST
    before = federation.sql(asked).fetchall()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [federation.sql(asked).fetchall() for _ in range(20)]
    finally:
        stop.set()
        writer.join()
    assert seen == [before] * 20
