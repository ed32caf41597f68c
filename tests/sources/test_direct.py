"""Small answers come by the server's driver as by the engine's reader, to the bit, or they do not come that way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdi_federate import tree
from cdi_federate.execute.duck import direct
from cdi_federate.execute.duck.literal import literal
from cdi_federate.sources.direct import MOST_ROWS, Unsuited
from cdi_federate.stages.steps import Fragment
from tests import mysql, postgres
from tests.servers import Server, database
from tests.sources import test_mysql_wire, test_postgres_wire

WIRES = {"postgres": postgres.WIRE, "mysql": mysql.WIRE}
CASES = [("postgres", type_, values) for type_, (_, _, values) in test_postgres_wire.CASES.items()]
CASES += [("mysql", type_, values) for type_, (_, values) in test_mysql_wire.CASES.items()]
READER_ONLY = ("FLOAT", "DOUBLE", "INTERVAL", "TIME WITH TIME ZONE")
"""What never comes by a driver, beside lists; a DOUBLE of Postgres does."""


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with database("postgres") as one, database("mysql", options="CHARACTER SET utf8mb4") as other:
        one.run(*test_postgres_wire.BEFORE)
        yield {"postgres": one, "mysql": other}


def table(server: Server, name: str, type_: str, values: list[Any]) -> None:
    """Make a table of some values of a type and NULL, each with a number."""
    if server.kind == "postgres":
        with server.postgres() as db:
            db.execute(f"CREATE TABLE {name} (k integer, c {type_})".encode())
            db.cursor().executemany(f"INSERT INTO {name} VALUES (%s, %s::{type_})", list(enumerate([*values, None])))  # type: ignore[arg-type]
        return
    mode = "SET SESSION time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES,STRICT_ALL_TABLES'"
    with server.mysql(init_command=mode) as made:
        cursor = made.cursor()
        try:
            cursor.execute(f"CREATE TABLE {name} (k int PRIMARY KEY, c {type_})")
        except Exception:
            pytest.skip("this server does not have the type")
        for at, value in enumerate([*values, None]):
            try:
                cursor.execute(f"INSERT INTO {name} VALUES (%s, %s)", (at, value))
            except Exception:  # the character set does not have it
                assert "CHARACTER SET" in type_


@pytest.mark.parametrize(("kind", "type_", "values"), CASES, ids=[f"{kind}-{type_}" for kind, type_, _ in CASES])
def test_both_ways_give_the_same(servers: dict[str, Server], kind: str, type_: str, values: list[Any]) -> None:
    wire, number = WIRES[kind], CASES.index((kind, type_, values))
    table(servers[kind], f"d{number}", type_, values)
    made = wire.source(servers[kind], f"d{number}")
    known = wire.facts(made)
    types = tuple((column.name, wire.dialect.wire_type(column)) for column in known.columns.values())
    if types[1][1].partition("(")[0] not in made.exact:
        assert types[1][1] in READER_ONLY or types[1][1].endswith("[]")
        return
    cell = "c" if kind == "postgres" else f"c::{types[1][1]}"  # of MySQL every value is cast to its column's type
    told = 0
    with wire.attached(made) as connection:
        for key in range(len(values) + 1):
            where = tree.parse_expression(f"k = {key}", kind)
            text = wire.fragment(known, where)
            try:
                (rows,) = made.fetch([text], lambda: True)
            except Unsuited:
                continue
            fragment = Fragment(f"f{key}", made.name, kind, tree.never(), types, text=text)
            mine = direct.kept(connection, fragment, rows)
            if not mine:
                continue
            told += 1
            theirs = f"{kind}_query('{made.name}', {literal(text)})"
            pair = [
                connection.execute(f"SELECT typeof({cell}), c::VARCHAR, hash({cell}) FROM {each}").fetchall()
                for each in (mine, theirs)
            ]
            assert pair[0] == pair[1]
    assert told >= (len(values) + 1) / 3, "almost nothing came this way"


@pytest.mark.parametrize("kind", WIRES)
def test_more_than_a_few_rows_are_broken_off(servers: dict[str, Server], kind: str) -> None:
    made = WIRES[kind].source(servers[kind])
    many = {
        "postgres": "SELECT n, repeat('x', 50) FROM generate_series(1, %d) n",
        "mysql": "SELECT seq, repeat('x', 50) FROM seq_1_to_%d",
    }[kind]
    (rows,) = made.fetch([many % MOST_ROWS], lambda: True)
    assert len(rows) == MOST_ROWS
    with pytest.raises(Unsuited):
        made.fetch([many % 50_000_000], lambda: True)
    (rows,) = made.fetch([many % 3], lambda: True)
    assert len(rows) == 3
    made.close()


def test_several_texts_of_a_postgres_see_one_moment(servers: dict[str, Server]) -> None:
    """The first takes a snapshot, and what is written while it sleeps is not seen by the second."""
    import threading
    import time

    servers["postgres"].run("CREATE TABLE moments (n integer)")
    made = WIRES["postgres"].source(servers["postgres"])
    texts = ["SELECT count(*), pg_sleep(0.6) FROM moments", "SELECT count(*) FROM moments"]
    timer = threading.Timer(0.2, lambda: servers["postgres"].run("INSERT INTO moments VALUES (1)"))
    timer.start()
    began = time.monotonic()
    first, second = made.fetch(texts, lambda: True)
    timer.join()
    assert time.monotonic() - began > 0.5
    assert (first[0][0], second[0][0]) == (b"0", b"0")
    assert made.fetch(["SELECT count(*) FROM moments"], lambda: True) == [[(b"1",)]]
    made.close()


@pytest.mark.parametrize("kind", WIRES)
def test_nothing_is_written_and_one_text_is_one_statement(servers: dict[str, Server], kind: str) -> None:
    servers[kind].run("CREATE TABLE kept_whole (n integer)")
    made = WIRES[kind].source(servers[kind])
    for text in ("INSERT INTO kept_whole VALUES (1)", "SELECT 1; SELECT 2", "SELECT no_such_column"):
        with pytest.raises(Unsuited):
            made.fetch([text], lambda: True)
    assert len(made.fetch(["SELECT n FROM kept_whole"], lambda: True)[0]) == 0
    made.close()
