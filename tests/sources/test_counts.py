"""What sources count of their rows and values, and how near the estimates made of it are to what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.execute.duck import DuckEngine
from cdi_federate.query.selectivity import selectivity
from cdi_federate.query.spell import at_source
from cdi_federate.sources.drift import difference
from cdi_federate.stages.clauses import (
    Clause,
    Compare,
    Known,
    StartsWith,
    Unknown,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from tests import mysql, postgres
from tests.execute.plans import mapping, source_of
from tests.servers import Server, database

ROWS = 20_000
WIRES = {"postgres": postgres.WIRE, "mysql": mysql.WIRE}

TABLE = {
    "postgres": (
        "CREATE TABLE t (id int PRIMARY KEY, mail text UNIQUE, status text, city text, made date NOT NULL, shop int)",
        "INSERT INTO t SELECT g, CASE WHEN g % 4 > 0 THEN 'm' || g END, 's' || g % 5, chr(65 + g % 26) || g % 200, "
        f"date '2024-01-01' + g % 366, g % 50 FROM generate_series(1, {ROWS}) g",
        "CREATE INDEX ON t (city)",
        "CREATE TABLE never (id int)",
        "INSERT INTO never SELECT generate_series(1, 1000)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE TABLE empty (id int)",
        "CREATE TABLE parts (id int, kind text) PARTITION BY RANGE (id)",
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100000)",
        "INSERT INTO parts SELECT g, g % 8 FROM generate_series(1, 4000) g",
        "ANALYZE t",
        "ANALYZE empty",
        "ANALYZE parts",
        "CREATE TABLE grown (id int)",
        "INSERT INTO grown SELECT generate_series(1, 1000)",
        "ANALYZE grown",
        "INSERT INTO grown SELECT generate_series(1, 9000)",
    ),
    "mysql": (
        "CREATE TABLE t (id int PRIMARY KEY, mail varchar(20) UNIQUE, status varchar(9), city varchar(9), "
        "made date NOT NULL, shop int, KEY (city), KEY (shop)) COLLATE utf8mb4_nopad_bin",
        "INSERT INTO t SELECT seq, IF(seq % 4 > 0, CONCAT('m', seq), NULL), CONCAT('s', seq % 5), "
        f"CONCAT(CHAR(65 + seq % 26), seq % 200), '2024-01-01' + INTERVAL seq % 366 DAY, seq % 50 FROM seq_1_to_{ROWS}",
        "CREATE VIEW v AS SELECT * FROM t",
        "ANALYZE TABLE t",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with database(request.param) as made:
        made.run(*TABLE[request.param])
        yield made


def known_of(server: Server, relation: str = "t") -> TableFacts:
    source = WIRES[server.kind].source(server, relation)
    try:
        return WIRES[server.kind].facts(source)
    finally:
        source.close()


def counted(server: Server, clause: Clause, facts: TableFacts) -> int:
    """Return how many rows there are, by another driver, of the condition as the product would write it."""
    predicate = at_source(clause, facts, server.kind).sql(dialect=server.kind)
    with server.postgres() if server.kind == "postgres" else server.mysql() as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT count(*) FROM t WHERE {predicate}")
        return int(cursor.fetchone()[0])  # type: ignore[index]


FORMS: dict[str, tuple[Clause, float]] = {
    "unique =": (Compare("id", "=", 77), 1.01),
    "unique IN": (Within("id", (7, 8, 9, 10)), 1.3),
    "unique with NULL =": (Compare("mail", "=", "m77"), 1.01),
    "indexed =": (Compare("city", "=", "A26"), 4),
    "IN": (Within("shop", (1, 2, 3)), 2.5),  # MariaDB samples a few pages of an index
    "<>": (Compare("shop", "<>", 1), 1.2),
    "NOT IN": (Without("shop", (1, 2)), 1.2),
    "a range with two ends": (
        conjunction(Compare("made", ">=", date(2024, 4, 1)), Compare("made", "<", date(2024, 7, 1))),
        4.5,  # of four years, where the table has one
    ),
    "a range": (Compare("made", ">=", date(2024, 7, 1)), 2),
    "a prefix": (StartsWith("city", "A"), 2),
    "or": (disjunction(Compare("shop", "=", 1), Compare("shop", "=", 2)), 2.5),
    "and": (conjunction(Compare("shop", "=", 1), Compare("made", ">=", date(2024, 7, 1))), 4),
}
COUNTED_BY_ANALYZE: dict[str, tuple[Clause, float]] = {  # of columns without an index, MariaDB counts nothing
    "unindexed =": (Compare("status", "=", "s1"), 1.2),
    "IS NULL": (Unknown("mail"), 1.2),
    "IS NOT NULL": (Known("mail"), 1.2),
}


@pytest.mark.parametrize("form", [*FORMS, *COUNTED_BY_ANALYZE])
def test_estimates_are_near_what_is_there(server: Server, form: str) -> None:
    if server.kind == "mysql" and form in COUNTED_BY_ANALYZE:
        pytest.skip("it counts values of indexes only")
    clause, factor = {**FORMS, **COUNTED_BY_ANALYZE}[form]
    facts = known_of(server)
    assert facts.rows is not None
    guess, real = max(1.0, facts.rows * selectivity(clause, facts)), counted(server, clause, facts)
    assert real / factor <= guess <= real * factor, (guess, real)


def test_rows_are_counted(server: Server) -> None:
    assert known_of(server).rows == pytest.approx(ROWS, rel=0.1)


def test_of_a_view_nobody_knows(server: Server) -> None:
    facts = known_of(server, "v")
    assert facts.rows is None
    assert all(column.distinct is None for column in facts.columns.values())


@pytest.mark.parametrize(("table", "rows"), [("never", None), ("empty", 0), ("parts", 4_000), ("grown", 10_000)])
def test_other_tables_of_postgres(server: Server, table: str, rows: int | None) -> None:
    """Of one that has grown since ANALYZE, the pages tell."""
    if server.kind != "postgres":
        pytest.skip("tables of Postgres")
    facts = known_of(server, table)
    assert facts.rows == (rows and pytest.approx(rows, rel=0.1))
    if table == "parts":
        assert facts.columns["kind"].distinct == 8


def test_counts_are_no_part_of_what_facts_are(server: Server) -> None:
    facts = known_of(server)
    plain = {f.name for f in fields(ColumnFacts)} - {"distinct", "null_fraction"}
    bare = {
        name: ColumnFacts(**{each: getattr(column, each) for each in plain}) for name, column in facts.columns.items()
    }
    others = TableFacts(bare, facts.unique, None, facts.token, facts.relation)
    assert others == facts
    assert difference(facts, others) == ""


def files(tmp_path: Path, kind: str) -> str:
    rows = f"(SELECT i AS id, 'name ' || i AS name FROM range({ROWS}) t(i))"
    how = {"parquet": "FORMAT parquet", "csv": "HEADER", "json": "FORMAT json", "csv.gz": "HEADER, COMPRESSION gzip"}
    name = {"json": "r.ndjson"}.get(kind, f"r.{kind}")
    duckdb.sql(f"COPY {rows} TO '{tmp_path / name}' ({how[kind]})")
    return name


@pytest.mark.parametrize(("kind", "near"), [("parquet", 0.0), ("csv", 0.1), ("json", 0.1)])
def test_files_are_counted_without_being_read(engine: DuckEngine, tmp_path: Path, kind: str, near: float) -> None:
    m = mapping("src", files(tmp_path, kind))
    rows = source_of(kind, tmp_path, [m]).facts(m, engine.probe()).rows
    assert rows == pytest.approx(ROWS, rel=near)


def test_the_rows_of_several_files_are_theirs_together(engine: DuckEngine, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.csv").write_text("id,name\n" + "7,seven\n" * 100)
    m = mapping("src", "*.csv")
    assert source_of("csv", tmp_path, [m]).facts(m, engine.probe()).rows == 4_000
    for number in range(40):
        duckdb.sql(f"COPY (SELECT 7 AS id FROM range(100)) TO '{tmp_path}/{number}.parquet'")
    m = mapping("src", "*.parquet")
    assert source_of("parquet", tmp_path, [m]).facts(m, engine.probe()).rows == 4_000


def test_a_file_that_is_packed_is_not_counted(engine: DuckEngine, tmp_path: Path) -> None:
    m = mapping("src", files(tmp_path, "csv.gz"))
    assert source_of("csv", tmp_path, [m]).facts(m, engine.probe()).rows is None


def test_sqlite_counts_what_analyze_left(engine: DuckEngine, tmp_path: Path) -> None:
    def facts() -> TableFacts:
        m = mapping("src", "t")
        return source_of("sqlite", tmp_path, [m], path="t.db").facts(m, engine.probe())

    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, status TEXT, city TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, f"s{i % 5}", f"c{i % 40}") for i in range(1, 2001)])
        db.execute("CREATE INDEX few ON t (status) WHERE id < 10")
        db.execute("CREATE INDEX city ON t (city, status)")
    assert facts().rows == 2_000, "the greatest rowid"
    assert facts().columns["city"].distinct is None
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute("ANALYZE")
    db.close()
    assert facts().rows == 2_000, "not those of an index over some rows"
    assert facts().columns["city"].distinct == 40
    assert facts().columns["status"].distinct is None, "its index is over some rows only"


def test_a_duckdb_file_says_how_many(engine: DuckEngine, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "t.duckdb")) as db:
        db.execute("CREATE TABLE t AS SELECT range AS id FROM range(3000)")
        db.execute("CREATE VIEW v AS SELECT * FROM t")

    def rows(relation: str) -> Any:
        m = mapping("src", relation)
        return source_of("duckdb", tmp_path, [m], path="t.duckdb").facts(m, engine.probe()).rows

    assert (rows("t"), rows("v")) == (3_000, None)
