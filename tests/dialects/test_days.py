# ruff: noqa: E501 - tables are read across
"""Days that stand in texts, compared at the real servers: no row is lost, and texts of full width are sorted out there.

The answers are held against DuckDB over the same cells, and against the federation without the rule.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import product

import pytest

from cdi_federate.catalog.model import Column, Const
from cdi_federate.dialects.days import RawDay
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.days import day_of
from cdi_federate.stages.clauses import Day
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from tests import mysql, postgres
from tests.dialects.grouped import Field, World, world
from tests.servers import database

DAYS = ["01/02/2024", "29/02/2024", "31/12/1999", "02/01/2024", "01/01/0001", "31/12/9999", "15/06/2023"]
ODD = [
    "1/2/2024", " 01/02/2024", "01/02/2024 ", "\t01/02/2024\n", "\v01/02/2024", "01/02/24", "01/02/024", "1/2/4", "01/02/0000",
    "31/02/2024", "29/02/2023", "00/01/2024", "01/00/2024", "32/01/2024", "01/13/2024", "13/01/2024", "00/00/0000",
    "01/02/2024x", "x01/02/2024", "01/02/02024", "001/02/2024", "01-02-2024", "01.02.2024", "01/02/2024 00:00", "", " ",
    "01/02/2024 (BC)", "infinity", "epoch", "٠١/02/2024", "０1/02/2024", "01/02/-024", "+1/02/2024", "01/02/2O24", "à",
]  # fmt: skip
ISO = [
    "2024-02-01", "2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31", "2024-1-2", "2024-02-30", "2024/02/01", " 2024-02-01 ",
    "2024-02-01 10:00:00", "0000-01-01", "0044-03-15 (BC)", "infinity", "-infinity", "10000-01-01", "20240201", "2024-02-01T00:00:00Z",
    "2024-02-01\n", "24-02-01", "-2024-02-01", "", "2024-00-00", "0000-00-00",
]  # fmt: skip
TEXTS = {"a": ([*DAYS, *ODD], "'%d/%m/%Y'"), "b": ([*ODD[::-1], *DAYS], "'%d/%m/%Y'"), "american": ([*DAYS, *ODD], "'%m/%d/%Y'"),
         "iso": (ISO, "'%Y-%m-%d'"), "casted": (ISO, ""), "dotted": ([t.replace("/", ".") for t in (*DAYS, *ODD)], "'%d.%m.%Y'")}  # fmt: skip
DATES = ["2024-02-01", "2023-06-15", None, "0001-01-01", "9999-12-31", "1999-12-31"]
FAR = ["infinity", "-infinity", "0044-03-15 BC", "5874897-12-31"]
SHAPES = {
    name: Field("DATE", f"{{column: {name}, parse: {form}}}" if form else name) for name, (_, form) in TEXTS.items()
}
ROWS = 3 * max(len(texts) for texts, _ in TEXTS.values())
BARS = pytest.mark.bars
COLLATIONS = ["utf8mb4_unicode_ci", "utf8mb4_nopad_bin", "utf16_general_ci", "utf8mb3_general_ci"]
CONSTANTS = ["2024-02-01", "0001-01-01", "9999-12-31", "2000-01-01"]


def rows(dates: list[str | None]) -> list[dict[str, str | None]]:
    """Each text three times, beside other dates each time."""
    made: list[dict[str, str | None]] = []
    for k in range(ROWS):
        cells = {name: [*texts, None][(k * 7 + k // 11) % (len(texts) + 1)] for name, (texts, _) in TEXTS.items()}
        made.append(
            {"k": str(k), "g": str(k % 3), **cells, "d": dates[k % len(dates)], "e": dates[(k * 5 + 1) % len(dates)]}
        )
    return made


@pytest.fixture(
    scope="module", params=["", pytest.param(' COLLATE "C"', marks=BARS), pytest.param(" char", marks=BARS)]
)
def on_postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = rows([*DATES, *FAR])
    kind = "char(30)" if request.param == " char" else f"text{request.param}"
    with database("postgres") as server:
        server.run(
            f"CREATE TABLE t (k integer PRIMARY KEY, g integer, {', '.join(f'{n} {kind}' for n in TEXTS)}, d date, e date)"
        )
        with server.postgres() as db:
            marks = ", ".join(["%s"] * len(made[0]))
            db.cursor().executemany(f"INSERT INTO t VALUES ({marks})", [tuple(row.values()) for row in made])  # type: ignore[arg-type]
        known = postgres.facts(postgres.source(server, "t")).columns
        seen = [{name: _as_read(name, cell, kind) for name, cell in row.items()} for row in made]
        source = f'kind: postgres\nconnection: {{dsn: "{server.dsn}"}}\n'
        fields = {**SHAPES, **{name: Field(known[name].type, name) for name in ("k", "g", "d", "e")}}
        with world(tmp_path_factory.mktemp("p"), source, dialect_named("postgres"), fields, known, seen) as found:
            yield found


def _as_read(name: str, cell: str | None, kind: str) -> str | None:
    """A cell as DuckDB reads it: without the blanks that fill a char(n), and a year before Christ in its own words."""
    if cell is None or name not in (*TEXTS, "d", "e"):
        return cell
    if name in ("d", "e"):
        return f"{cell.removesuffix(' BC')} (BC)" if cell.endswith(" BC") else cell
    return cell.rstrip(" ") if kind.startswith("char(") else cell


@pytest.fixture(scope="module", params=["utf8mb4_general_ci", *(pytest.param(each, marks=BARS) for each in COLLATIONS)])
def on_mysql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = rows([day for day in DATES if day != "0001-01-01"])
    charset = request.param.split("_")[0]
    kind = f"varchar(30) CHARACTER SET {charset} COLLATE {request.param}"
    with database("mysql", options="CHARACTER SET utf8mb4") as server:
        server.run(
            f"CREATE TABLE t (k int PRIMARY KEY, g int, {', '.join(f'{n} {kind}' for n in TEXTS)}, d date, e date)"
        )
        with server.mysql(init_command="SET sql_mode = 'ALLOW_INVALID_DATES'") as db:
            marks = ", ".join(["%s"] * len(made[0]))
            db.cursor().executemany(f"INSERT INTO t VALUES ({marks})", [tuple(row.values()) for row in made])
            db.cursor().execute("UPDATE t SET d = '0000-00-00' WHERE d IS NULL AND k % 2 = 0")
            db.cursor().execute("UPDATE t SET e = '2024-02-31' WHERE e IS NULL")
        known = mysql.facts(mysql.source(server, "t")).columns
        source = f'kind: mysql\nconnection: {{dsn: "{server.dsn}"}}\n'
        fields = {**SHAPES, **{name: Field(known[name].type, name) for name in ("k", "g", "d", "e")}}
        with world(tmp_path_factory.mktemp("m"), source, dialect_named("mysql"), fields, known, made) as found:
            yield found


@pytest.fixture(scope="module", params=["NOCASE", pytest.param("BINARY", marks=BARS)])
def on_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, made = tmp_path_factory.mktemp("s"), rows([None])
    with closing(sqlite3.connect(folder / "t.sqlite")) as db, db:
        texts = ", ".join(f"{name} TEXT COLLATE {request.param}" for name in TEXTS)
        db.execute(f"CREATE TABLE t (k INTEGER PRIMARY KEY, g INTEGER, {texts}, d TEXT, e TEXT)")
        db.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(made[0]))})", [tuple(row.values()) for row in made])
        # Of another class, and behind a character that ends a text elsewhere: both are no day.
        db.execute("UPDATE t SET a = 20240201, b = x'30312f30322f32303234' WHERE a IS NULL")
        db.execute("UPDATE t SET b = '01/02/2024' || char(0) || 'x' WHERE b = ''")
    known = {name: ColumnFacts(name, "BIGINT", "INTEGER", collation="BINARY") for name in ("k", "g")}
    known |= {
        n: ColumnFacts(n, "VARCHAR", "TEXT", collation=request.param, binary=request.param == "BINARY") for n in TEXTS
    }
    seen = [dict(row) for row in made]
    for row in seen:
        row["b"] = None if row["a"] is None or row["b"] == "" else row["b"]
    source = f'kind: sqlite\nconnection: {{path: "{folder / "t.sqlite"}"}}\n'
    fields = {**SHAPES, "k": Field("BIGINT", "k"), "g": Field("BIGINT", "g")}
    seen = [{name: cell for name, cell in row.items() if name not in "de"} for row in seen]
    with world(folder, source, dialect_named("sqlite"), fields, known, seen) as found:
        yield found


def test_a_second_format_reads_what_the_first_does_not() -> None:
    """13/01/2024 is a day by the second, so what the first says of a text of full width is not all."""
    text = type_info("VARCHAR")
    for parse in (("%d/%m/%Y",), ("%d/%m/%Y", "%Y-%m-%d"), ("%d/%m/%Y", "%d.%m.%Y", "%d/%m-%Y")):
        assert day_of(Column("c", parse=parse), text) == Day("c", "%d/%m/%Y")
    for shape in (Column("c", parse=("%m/%d/%Y", "%d/%m/%Y")), Column("c", parse=("%d/%m/%Y", "%Y-%m-%d", "%Y/%m/%d")),
                  Column("c", parse=("%d/%m/%Y", "%d/%m/%y")), Column("c", parse=("%d/%m/%Y",), trim=True),
                  Column("c", parse=("%d/%m/%Y",), default="01/01/2024"), Const("2024-01-01")):  # fmt: skip
        with pytest.raises(NotInvertible):
            day_of(shape, text)


@pytest.mark.parametrize(
    "form", ["%d/%m/%y", "%d%m%Y", "%-d/%m/%Y", "%d/%m", "%d/%d/%Y", "%d/%m/%Y %H:%M", "%Y %m %d", ""]
)
def test_other_formats_stay_here(form: str) -> None:
    for dialect in ("postgres", "mysql", "sqlite"):
        column = ColumnFacts("c", "VARCHAR", {"mysql": "varchar(9)"}.get(dialect, "text"), collation="utf8mb4_bin")
        assert dialect_named(dialect).days("<", RawDay(column, form), date(2024, 1, 1)) is None


def hold(made: World, pairs: list[tuple[str, str]], *, bars: bool) -> int:
    """Compare days with constants and with each other; returns how many rows were left where they are."""
    left = 0
    constants = [f"DATE '{day}'" for day in CONSTANTS]
    conditions = [
        f"{name} {op} {day}"
        for (name, op), day in zip(product(TEXTS, ("<", ">=", "=", "<>")), constants * 9, strict=False)
    ]
    conditions += [f"{a} {op} {b}" for (a, b), op in product(pairs, ("<", ">", "<=", "=", "<>"))]
    conditions += [f"NOT ({a} < {b}) OR {a} = {constants[0]}" for a, b in pairs]
    conditions += [f"a IN ({', '.join(constants[:2])})", f"a NOT IN ({', '.join(constants)})", "a IS NOT NULL", "casted IS NULL",
                   f"american BETWEEN {constants[1]} AND {constants[0]}", "a IS NULL OR a < DATE '2020-01-01'"]  # fmt: skip
    for condition in conditions[:: 1 if bars else 3]:
        sql = f"SELECT k FROM thing WHERE {condition}"
        wanted = sorted(made.expected(sql)[1:])
        plan = made.federation.prepare(sql)
        result = made.federation.run(plan)
        got = sorted((str(k),) for k in result.arrow()["k"].to_pylist())
        assert got == wanted, f"{condition}\n{[each.text for each in plan.plan.fragments]}"
        assert result.ran is not None
        left += ROWS - sum(actual.rows for actual in result.ran.fragments.values())
    return left


ALL = pytest.mark.parametrize("bars", [pytest.param(False, id="some"), pytest.param(True, id="all", marks=BARS)])
PAIRS = [("a", "d"), ("d", "a"), ("d", "e"), ("a", "b"), ("iso", "d"), ("american", "casted")]


@ALL
def test_postgres(on_postgres: World, bars: bool) -> None:
    assert hold(on_postgres, PAIRS, bars=bars) > 100


@ALL
def test_mysql(on_mysql: World, bars: bool) -> None:
    assert hold(on_mysql, PAIRS, bars=bars) > 100


@ALL
def test_sqlite(on_sqlite: World, bars: bool) -> None:
    assert hold(on_sqlite, [("a", "b"), ("iso", "a"), ("american", "casted")], bars=bars) > 100


def test_dates_are_compared_exactly(on_postgres: World, on_mysql: World) -> None:
    """So rows may be counted there."""
    for made in (on_postgres, on_mysql):
        fired, _ = made.check("SELECT g, count(*) AS n FROM thing WHERE d < e GROUP BY g")
        assert "push_groups" in fired
        fired, _ = made.check("SELECT g, count(*) AS n FROM thing WHERE a < e GROUP BY g")
        assert "push_groups" not in fired, "texts that are looked at here are counted here"
