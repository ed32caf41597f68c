# ruff: noqa: E501 - tables are read across
"""Every entry of the dialect against a real server: what it keeps under our words, and what DuckDB keeps in its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
import pytest
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.spell import in_place
from cdi_federate.stages.clauses import (
    ClauseLiteral,
    Compare,
    FoldedContains,
    Known,
    StartsWith,
    Unknown,
    Within,
    Without,
)
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.proof import Reason, Strength
from cdi_federate.stages.types import type_info
from tests.postgres import DIALECT, attached, closed, facts, fetch, source
from tests.servers import Server, database

BEFORE = [
    "CREATE EXTENSION citext",
    "CREATE EXTENSION hstore",
    "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "CREATE COLLATION tr (provider = icu, locale = 'tr-TR')",
    "CREATE TYPE mood AS ENUM ('sad', 'Sad', 'happy', 'a b')",
    "CREATE DOMAIN cents AS numeric(10,2) CHECK (VALUE > -1000 OR VALUE = 'NaN')",
    "CREATE DOMAIN short AS varchar(40)",
]
TEXTS = [
    "", " ", "a", "A", "a ", "  a", "ab", "aB", "b", "alice", "Alice", "ALICE", "Ann", "Ann ", "é", "e\u0301", "É",
    "ß", "SS", "ss", "ſ", "İ", "i", "I", "ı", "K", "k", "\u212a", "😀", "\U0010ffff", "\uffff", "z", "Z", "_", "%",
    "a%", "a_b", "a!b", "a\\b", "\\", "'", '"', "a'b", "x\ny", "\t", "-", "Straße", "STRASSE", "10", "9", "NaN", "true",
    "{1}", "NULL", ",", "\\\"", "\u00a0", "a\u00a0", "\u200b", "x" * 30,
]  # fmt: skip
INTEGERS = [0, 1, -1, 2, 127, -128, 32767, -32768]
FLOATS = [0.0, -0.0, 0.1, -0.1, 1.0, 0.5, 5e-324, 1e300, -1e300, float(2**53), math.inf, -math.inf, math.nan]
REALS = [0.0, -0.0, 0.1, 0.5, -2.5, 16777216.0, 3e38, math.inf, -math.inf, math.nan]
DECIMALS = ["0", "0.00", "1.5", "-1.5", "12345678.91", "-999.99", "0.01", "NaN"]
DATES = [
    "0001-01-01",
    "1970-01-01",
    "2024-02-29",
    "9999-12-31",
    "infinity",
    "-infinity",
    "0044-03-15 BC",
    "5874897-12-31",
]
MOMENTS = [
    "0001-01-01", "1969-12-31 23:59:59.999999", "1970-01-01", "2024-02-29 12:30:00.000001", "9999-12-31 23:59:59.999999",
    "infinity", "-infinity", "0044-03-15 12:00 BC", "294246-12-31 23:59:59.999999", "4713-01-02 BC",
]  # fmt: skip
UUIDS = [
    "00000000-0000-0000-0000-000000000000",
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
]
CELLS: dict[str, tuple[str, list[Any]]] = {
    "t_default": ("text", TEXTS),
    "t_c": ('text COLLATE "C"', TEXTS),
    "t_posix": ('text COLLATE "POSIX"', TEXTS),
    "t_de": ('text COLLATE "de-x-icu"', TEXTS),
    "t_tr": ("text COLLATE tr", TEXTS),
    "t_ci": ("text COLLATE ci", TEXTS),
    "v": ("varchar(30)", TEXTS),
    "v_ci": ("varchar(30) COLLATE ci", TEXTS),
    "domain_of_text": ("short", TEXTS),
    "c": ("char(30)", TEXTS),
    "c_ci": ("char(30) COLLATE ci", TEXTS),
    "citext": ("citext", TEXTS),
    "name": ("name", TEXTS),
    "enum": ("mood", ["sad", "Sad", "happy", "a b"]),
    "uuid": ("uuid", UUIDS),
    "free_numeric": ("numeric", ["NaN", "Infinity", "-Infinity", "1.50", "1.5", "1e40", "0"]),
    "jsonb": ("jsonb", ['{"a": 1}', "[]", '"a"', "null"]),
    "inet": ("inet", ["10.0.0.1", "::1", "10.0.0.0/8"]),
    "i2": ("smallint", INTEGERS),
    "i4": ("integer", [*INTEGERS, 2**31 - 1, -(2**31)]),
    "i8": ("bigint", [*INTEGERS, 2**53 + 1, 2**63 - 1, -(2**63)]),
    "oid": ("oid", [0, 1, 2**32 - 1]),
    "f8": ("double precision", FLOATS),
    "f4": ("real", REALS),
    "n": ("numeric(10,2)", DECIMALS),
    "n_cents": ("cents", DECIMALS),
    "n_wide": ("numeric(38,10)", ["0", "9999999999999999999999999999.9999999999", "NaN", "-0.0000000001"]),
    "n_hundreds": ("numeric(5,-2)", ["12300", "9999900", "-100", "NaN", "0"]),
    "n_tiny": ("numeric(2,4)", ["0.0099", "-0.0001", "0", "NaN"]),
    "b": ("boolean", [True, False]),
    "d": ("date", DATES),
    "ts": ("timestamp", MOMENTS),
    "ts0": ("timestamp(0)", MOMENTS[:3]),
    "tz": ("timestamptz", [f"{moment} UTC" if "infinity" not in moment else moment for moment in MOMENTS]),
    "interval": ("interval", ["1 mon", "30 days", "1 day"]),
    "list": ("integer[]", ["{1,NULL}", "{}"]),
    "bytea": ("bytea", [b"", b"\x00"]),
}
CONSTANTS: dict[str, list[Any]] = {
    "text": [*TEXTS, "nobody", "x" * 31, "x" * 64, "a" * 5000, "1.5"],
    "integer": [0, -1, 1, 32767, 32768, 2**31, 2**53 + 1, -(2**63), 2**63, 10**30, Decimal("0.5"), Decimal(-3)],
    "decimal": [0, -1, Decimal("1.5"), Decimal("1.50"), Decimal("1.505"), Decimal("-999.99"), 10**15, Decimal("1e-6"), 12300],
    "double": [0.0, -0.0, 0.1, -2.5, 5e-324, 1e300, float(2**53), math.inf, -math.inf, math.nan, 1, 16777216.0],
    "boolean": [True, False],
    "date": [date(1, 1, 1), date(1970, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "timestamp": [datetime(1, 1, 1), datetime(1970, 1, 1), datetime(2024, 2, 29, 12, 30, 0, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)],
}  # fmt: skip
CONSTANTS["timestamptz"] = [moment.replace(tzinfo=UTC) for moment in CONSTANTS["timestamp"]]
OPERATORS = ("=", "<>", "<", "<=", ">", ">=")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("postgres") as made:
        made.run(
            *BEFORE, f"CREATE TABLE t (k integer PRIMARY KEY, {', '.join(f'{n} {t}' for n, (t, _) in CELLS.items())})"
        )
        most = max(len(values) for _, values in CELLS.values())
        marks = ", ".join(f"%s::{type_.split(' COLLATE')[0]}" for type_, _ in CELLS.values())
        rows = [
            [place, *(values[place] if place < len(values) else None for _, values in CELLS.values())]
            for place in range(most + 1)
        ]
        with made.postgres() as db:
            db.cursor().executemany(f"INSERT INTO t VALUES (%s, {marks})", rows)
        yield made


@pytest.fixture(scope="module")
def known(server: Server) -> TableFacts:
    return facts(source(server, "t"))


@pytest.fixture(scope="module")
def local(server: Server, known: TableFacts) -> Iterator[duckdb.DuckDBPyConnection]:
    with attached(source(server, "t")) as connection:
        fetch(connection, known)
        yield connection


def clauses(name: str, column: ColumnFacts) -> Iterator[ClauseLiteral]:
    """Every form over every trap."""
    yield Known(name)
    yield Unknown(name)
    family = type_info(column.type).family
    constants = CONSTANTS.get(family, [])
    for value in constants:
        yield from (Compare(name, op, value) for op in OPERATORS)
    if family == "integer":  # as an array
        yield Within(name, tuple(range(-40, 40)))
        yield Within(name, (2**63, -(2**70), *range(60), 2**63 - 1))
    for size in sorted({1, 3, len(constants)} if constants else ()):
        yield Within(name, tuple(constants[:size]))
        yield Without(name, tuple(constants[:size]))
    for value in constants if family == "text" else ():
        yield StartsWith(name, value)
        yield StartsWith(name, value, negated=True)
        yield FoldedContains(name, value)


def folded(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def by_duckdb(local: duckdb.DuckDBPyConnection, known: TableFacts, clauses: Sequence[ClauseLiteral]) -> list[set[int]]:
    """The rows on which each clause is TRUE, by DuckDB; by its definition where DuckDB's `lower` goes further."""
    told = [Known(each.column) if isinstance(each, FoldedContains) else each for each in clauses]
    texts = [f"list(k) FILTER (WHERE {tree.text(in_place(each, known))})" for each in told]
    (row,) = local.execute(f"SELECT {', '.join(texts)} FROM local AS t").fetchall()
    cells = dict(local.execute(f'SELECT k, "{clauses[0].column}" FROM local').fetchall())
    return [
        {k for k in found or () if not isinstance(each, FoldedContains) or each.piece in folded(cells[k])}
        for each, found in zip(clauses, row, strict=True)
    ]


def by_postgres(db: psycopg.Connection[Any], column: ColumnFacts, clauses: Sequence[ClauseLiteral]) -> list[set[int]]:
    """The rows that the server keeps under our words."""
    told = [exp.Where(this=DIALECT.spell(each, column)) for each in clauses]
    found = [exp.Filter(this=tree.call("array_agg", tree.column("k")), expression=where) for where in told]
    query = closed(tree.select([tree.aliased(each, f"c{n}") for n, each in enumerate(found)], tree.table("t")))
    (row,) = db.execute(query.encode()).fetchall()
    return [set(found or ()) for found in row]


@pytest.mark.parametrize("name", CELLS)
def test_the_server_keeps_what_duckdb_keeps(
    server: Server, known: TableFacts, local: duckdb.DuckDBPyConnection, name: str
) -> None:
    column = known.columns[name]
    told = [(clause, DIALECT.prove(clause, column).strength) for clause in clauses(name, column)]
    sent = [(clause, strength) for clause, strength in told if strength is not Strength.LOCAL]
    assert len(sent) >= 2
    with server.postgres(options="-c TimeZone=Asia/Tokyo") as db:  # no constant may depend on the session
        for start in range(0, len(sent), 100):
            some = sent[start : start + 100]
            asked = [clause for clause, _ in some]
            wanted, kept = by_duckdb(local, known, asked), by_postgres(db, column, asked)
            for (clause, strength), mine, theirs in zip(some, wanted, kept, strict=True):
                assert theirs == mine if strength is Strength.EXACT else theirs >= mine, clause


def test_what_is_proved_and_why(known: TableFacts) -> None:
    def proof(name: str, clause: ClauseLiteral) -> tuple[Strength, Reason]:
        found = DIALECT.prove(clause, known.columns[name])
        return found.strength, found.reason

    exact, superset, local = Strength.EXACT, Strength.SUPERSET, Strength.LOCAL
    assert proof("t_ci", Compare("", "=", "a")) == (exact, Reason.BINARY_TEXT)
    assert proof("citext", StartsWith("", "a")) == (exact, Reason.BINARY_TEXT)
    assert proof("t_c", FoldedContains("", "a")) == (superset, Reason.PART_OF_TEXT)
    assert proof("n", Compare("", ">", Decimal("1.5"))) == (exact, Reason.SAME_TYPE)
    assert proof("list", Known("")) == (exact, Reason.SAME_TYPE)
    assert proof("list", Compare("", "=", "{}")) == (local, Reason.UNKNOWN_TYPE)
    assert proof("interval", Compare("", "=", "1 day")) == (local, Reason.UNKNOWN_TYPE)
    for name, value in [("t_c", "a\0b"), ("t_c", "\ud800"), ("t_c", "x" * 100_001), ("i4", "1"), ("i4", True), ("i4", 1.0),
                        ("b", 1), ("d", datetime(2024, 1, 1)), ("ts", date(2024, 1, 1)), ("t_c", 1), ("f8", 2**60 + 1),
                        ("ts", datetime(2024, 1, 1, tzinfo=UTC)), ("tz", datetime(2024, 1, 1)), ("n", Decimal("NaN"))]:  # fmt: skip
        assert proof(name, Compare("", "=", value)) == (local, Reason.VALUE_OUT_OF_RANGE), (name, value)
    assert proof("i4", Within("", tuple(range(50_001)))) == (local, Reason.VALUE_OUT_OF_RANGE)
    assert proof("i4", StartsWith("", "1")) == (local, Reason.VALUE_OUT_OF_RANGE)


def test_an_index_serves_where_it_should(server: Server) -> None:
    """By the server's own EXPLAIN; the look at the table stands beside it and is taken once."""
    server.run(
        "CREATE TABLE big AS SELECT g AS id, 'p' || g AS t, ('p' || g)::citext AS ci, ('p' || g) COLLATE ci AS nd, "
        "('p' || g)::char(12) AS ch, ('p' || g) COLLATE \"C\" AS c, (g / 100.0)::numeric(10,2) AS n, g::real AS r, "
        "timestamptz '2024-01-01 UTC' + g * interval '1 s' AS tz, ('p' || g)::varchar(9) AS v FROM generate_series(1, 30000) g",
        *(f"CREATE INDEX ON big ({name})" for name in ("id", "t", "ci", "nd", "ch", "c", "n", "r", "tz")),
        "CREATE INDEX ON big (v varchar_pattern_ops)",
        "ANALYZE big",
    )
    known = facts(source(server, "big"))
    moment = datetime(2024, 1, 1, 0, 1, tzinfo=UTC)
    asked = [
        Compare("t", "=", "p77"), Compare("ci", "=", "p77"), Compare("nd", "=", "p77"), Compare("ch", "=", "p77"),
        Compare("c", "=", "p77"), Within("t", ("p7", "p8")), Within("nd", ("p7", "p8")), Compare("c", "<", "p11"),
        StartsWith("c", "p777"), StartsWith("v", "p777"), Compare("id", "=", 5), Within("id", (1, 2, 3)), Compare("n", "<", 1),
        Compare("n", ">", 299), Compare("n", "=", Decimal("1.5")), Compare("r", "=", 5.0), Compare("tz", "<", moment),
        Compare("id", ">", 29_999), Compare("id", "=", 2**40),
        Within("t", tuple(f"p{n}" for n in range(60))), Within("id", tuple(range(60))),
    ]  # fmt: skip
    with server.postgres() as db:
        for clause in asked:
            column = known.columns[clause.column]
            held = DIALECT.unchanged(known.relation, [column])  # type: ignore[arg-type]  # a table of a server
            where = tree.all_of(DIALECT.spell(clause, column), held)
            query = closed(tree.select([DIALECT.to_wire(column)], tree.table("big"), where=where))
            plan = "\n".join(row[0] for row in db.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query}".encode()))
            assert "on big" in plan and "Seq Scan on big" not in plan, (clause, plan)
            assert "Rows Removed by Filter" not in plan, (clause, plan)
            assert plan.count("on pg_attribute") == 1 and "SubPlan" not in plan, plan
