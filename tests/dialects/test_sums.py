"""Sums of what is computed of several columns, on the real servers, at the ends of their types and beyond.

What a source computes is held against DuckDB over the same cells, and against the federation without the rule. Where
DuckDB fails, since a product has no room in its type, so does the federation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import duckdb
import pytest

import cdi_federate as cdi
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.dialects.sqlite_wire import duckdb_type
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from tests import mysql, postgres
from tests.dialects.grouped import PUSHED, Field, World, world
from tests.servers import database

SMALL = 40
"""So many rows are of small numbers; the others have the ends of their types."""

INTEGERS = {"i1": (-128, 127), "i2": (-(2**15), 2**15 - 1), "i4": (-(2**31), 2**31 - 1), "i8": (-(2**63), 2**63 - 1)}
UNSIGNED = {"u1": (0, 255), "u4": (0, 2**32 - 1)}
DECIMALS = {"d1_1": (1, 1), "d4_1": (4, 1), "d9_4": (9, 4), "d15_2": (15, 2), "d18_2": (18, 2), "d18_18": (18, 18),
            "d19_0": (19, 0), "d27_2": (27, 2), "d38_10": (38, 10)}  # fmt: skip
SCALED = {"cents": ("i8", "0.01", "DECIMAL(15,2)"), "percent": ("i2", "0.01", "DECIMAL(9,2)"),
          "quarters": ("i4", "0.25", "DECIMAL(18,2)"), "debts": ("i4", "-0.1", "DECIMAL(18,1)"),
          "dozens": ("i4", "12", "BIGINT")}  # fmt: skip
"""Fields of a raw column and a factor."""

FORMS = ["{a} * {b}", "{a} + {b}", "{a} - {b}", "{a} * (1 - {b})", "{a} * (1 - {b}) * (1 + {c})", "({a} + {b}) * {c}",
         "{a} - {b} - {c}", "{a} - ({b} - {c})", "100 * {a}", "{a} * 0.5", "-2 * {a} + {b}", "{b} * {b}"]  # fmt: skip


def cells(low: int, high: int, places: int, draw: Random, *, large: bool) -> str | None:
    """A number of a column's type, as text."""
    if not draw.randrange(9):
        return None
    ends = [low, high, low + 1, high - 1, high // 2, low // 2, 0]
    digits = draw.choice(ends) if large and draw.randrange(3) else draw.randint(max(low, -20), min(high, 20))
    text = str(abs(digits)).rjust(places + 1, "0")
    return ("-" if digits < 0 else "") + (f"{text[:-places]}.{text[-places:]}" if places else text)


def rows(columns: dict[str, tuple[int, int, int]]) -> list[dict[str, str | None]]:
    draw = Random(48)
    return [
        {"k": str(k), "g": str(k % 3), **{n: cells(*c, draw, large=k >= SMALL) for n, c in columns.items()}}
        for k in range(3 * SMALL)
    ]


def ranges(*, unsigned: bool, decimals: bool) -> dict[str, tuple[int, int, int]]:
    found = {name: (low, high, 0) for name, (low, high) in INTEGERS.items()}
    found |= {name: (low, high, 0) for name, (low, high) in UNSIGNED.items() if unsigned}
    ends = {name: 10**width - 1 for name, (width, _) in DECIMALS.items()}
    return found | {name: (-ends[name], ends[name], DECIMALS[name][1]) for name in DECIMALS if decimals}


def fields(columns: dict[str, ColumnFacts]) -> dict[str, Field]:
    own = {name: Field(column.type, name) for name, column in columns.items()}
    return own | {name: Field(t, f"{{column: {raw}, scale: {scale}}}") for name, (raw, scale, t) in SCALED.items()}


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kinds = {"i1": "smallint", "i2": "smallint", "i4": "integer", "i8": "bigint"}
    made = rows(ranges(unsigned=False, decimals=True))
    with database("postgres") as server:
        shape = ", ".join(
            f"{n} {kinds.get(n) or 'numeric({},{})'.format(*DECIMALS[n])}" for n in made[0] if n not in "kg"
        )
        server.run(f"CREATE TABLE t (k integer PRIMARY KEY, g integer, {shape})")
        with server.postgres() as db:
            marks = ", ".join(["%s"] * len(made[0]))
            db.cursor().executemany(f"INSERT INTO t VALUES ({marks})", [tuple(row.values()) for row in made])  # type: ignore[arg-type]
            # A NaN is NULL here.
            db.execute("UPDATE t SET d15_2 = 'NaN' WHERE d15_2 IS NULL")
        known = postgres.facts(postgres.source(server, "t")).columns
        source = f'kind: postgres\nconnection: {{dsn: "{server.dsn}"}}\n'
        folder = tmp_path_factory.mktemp("postgres")
        with world(folder, source, dialect_named("postgres"), fields(dict(known)), known, made) as found:
            yield found


MODES = pytest.param("ANSI_QUOTES,NO_UNSIGNED_SUBTRACTION", id="modes", marks=pytest.mark.bars)


@pytest.fixture(scope="module", params=[pytest.param("", id="default"), MODES])
def on_mysql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kinds = {"i1": "tinyint", "i2": "smallint", "i4": "int", "i8": "bigint", "u1": "tinyint unsigned",
             "u4": "int unsigned zerofill"}  # fmt: skip
    made = rows(ranges(unsigned=True, decimals=True))
    with database("mysql", options="CHARACTER SET utf8mb4") as server:
        shape = ", ".join(
            f"{n} {kinds.get(n) or 'decimal({},{})'.format(*DECIMALS[n])}" for n in made[0] if n not in "kg"
        )
        server.run(f"CREATE TABLE t (k int PRIMARY KEY, g int, {shape})")
        with server.mysql(init_command=f"SET sql_mode = '{request.param}'") as db:
            marks = ", ".join(["%s"] * len(made[0]))
            db.cursor().executemany(f"INSERT INTO t VALUES ({marks})", [tuple(row.values()) for row in made])
        known = mysql.facts(mysql.source(server, "t")).columns
        source = f'kind: mysql\nconnection: {{dsn: "{server.dsn}"}}\n'
        folder = tmp_path_factory.mktemp("mysql")
        with world(folder, source, dialect_named("mysql"), fields(dict(known)), known, made) as found:
            yield found


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sqlite")
    made = rows(ranges(unsigned=False, decimals=False))
    with closing(sqlite3.connect(folder / "t.sqlite")) as db, db:
        shape = ", ".join(f"{name} INTEGER" for name in made[0])
        db.execute(f"CREATE TABLE t ({shape}, PRIMARY KEY (k))")
        db.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(made[0]))})",
            [[None if cell is None else int(cell) for cell in row.values()] for row in made],
        )
        # A cell of another class is NULL here.
        db.execute("UPDATE t SET i4 = 'x' WHERE i4 IS NULL")
        db.execute("UPDATE t SET i2 = 1.5 WHERE i2 IS NULL")
    known = {name: ColumnFacts(name, duckdb_type("INTEGER"), "INTEGER", collation="BINARY") for name in made[0]}
    own = {
        name: Field({"i1": "TINYINT", "i2": "SMALLINT", "i4": "INTEGER"}.get(name, "BIGINT"), name) for name in known
    }
    source = f'kind: sqlite\nconnection: {{path: "{folder / "t.sqlite"}"}}\n'
    with world(folder, source, dialect_named("sqlite"), {**fields(known), **own}, known, made) as found:
        yield found


def hold(made: World, form: str, *, choices: int) -> dict[str, int]:
    """Ask for a form's sums, of so many choices of fields; returns how often they were computed there."""
    draw = Random(f"{form} {made.dialect.name}")
    numbers = [name for name, field in made.fields.items() if type_info(field.type).is_number and name not in "kg"]
    names = [letter for letter in "abc" if f"{{{letter}}}" in form]
    count = {"pushed": 0, "failed": 0, "asked": 0}
    for choice in [draw.choices(numbers, k=len(names)) for _ in range(choices)]:
        said = form.format(**dict(zip(names, choice, strict=True)))
        rows = [draw.randrange(SMALL, 3 * SMALL) for _ in range(2)]
        for where, group in ((f"k < {SMALL}", "g"), *((f"k = {row}", "") for row in rows)):
            keys = f"{group}, " if group else ""
            sql = f"SELECT {keys}sum({said}) AS s, avg({said}) AS a FROM thing WHERE {where}"
            ask(made, sql + (f" GROUP BY {group}" if group else ""), count)
    return count


def ask(made: World, sql: str, count: dict[str, int]) -> None:
    try:
        made.expected(sql)
    except duckdb.BinderException:  # no such type
        return
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        count["failed"] += 1
        for without in ((), PUSHED):
            with pytest.raises(cdi.CdiError):
                made.answer(sql, *without)
        return
    fired, _ = made.check(sql)
    count["pushed"] += "push_groups" in fired
    count["asked"] += 1


MANY = pytest.param(40, id="many", marks=pytest.mark.bars)
CHOICES = pytest.mark.parametrize("choices", [pytest.param(1, id="some"), MANY])
SOME = [pytest.param(form, marks=() if at % 2 == 0 else pytest.mark.bars) for at, form in enumerate(FORMS)]


@CHOICES
@pytest.mark.parametrize("form", SOME)
def test_postgres(on_postgres: World, form: str, choices: int) -> None:
    count = hold(on_postgres, form, choices=choices)
    assert count["pushed"] or choices == 1, count


@CHOICES
@pytest.mark.parametrize("form", SOME)
def test_mysql(on_mysql: World, form: str, choices: int) -> None:
    count = hold(on_mysql, form, choices=choices)
    assert count["pushed"] or choices == 1, count


@CHOICES
@pytest.mark.parametrize("form", SOME)
def test_sqlite(on_sqlite: World, form: str, choices: int) -> None:
    hold(on_sqlite, form, choices=choices)


def test_what_is_told_and_what_not(on_postgres: World, on_mysql: World, on_sqlite: World) -> None:
    def pushed(made: World, said: str) -> bool:
        return "push_groups" in made.answer(f"SELECT g, sum({said}) AS s FROM thing WHERE k < 9 GROUP BY g")[1]

    for made in (on_postgres, on_mysql):
        assert pushed(made, "d15_2 * i4") and pushed(made, "cents * (1 - percent) * (1 + d9_4)")
        assert not pushed(made, "d27_2 * i8"), "the sum may need more than 38 digits"
        assert pushed(made, "cents * 1"), "beyond 18 digits both fail"
    assert pushed(on_sqlite, "i4 * i2") and pushed(on_sqlite, "percent * (1 - percent)")
    assert not pushed(on_sqlite, "i8 * i2"), "beyond 64 bits it would be a fraction"


def test_what_fails_for_rows_that_a_case_leaves_out(on_postgres: World) -> None:
    """DuckDB computes what the CASE asks for, and no more; so a group in which a product fails harms no other."""
    sql = "SELECT sum(CASE WHEN g = {} THEN d15_2 * d15_2 ELSE 0 END) AS s FROM thing WHERE k < 40 OR g = 1 AND k >= 40"
    fired, _ = on_postgres.check(sql.format(2))
    assert "push_groups" in fired
    with pytest.raises(duckdb.OutOfRangeException):
        on_postgres.expected(sql.format(1))
    with pytest.raises(cdi.CdiError):
        on_postgres.answer(sql.format(1))


def test_a_sum_fails_once_a_column_of_its_condition_is_another(tmp_path: Path) -> None:
    """The column is compared at the source and sent to nobody, so the statement itself must look at it."""
    with database("postgres") as server:
        server.run("CREATE TABLE t (k integer PRIMARY KEY, g integer, v integer, d date)")
        server.run("INSERT INTO t SELECT i, i % 3, i, DATE '2024-01-01' + i FROM generate_series(1, 90) AS s(i)")
        known = postgres.facts(postgres.source(server, "t")).columns
        source = f'kind: postgres\nconnection: {{dsn: "{server.dsn}"}}\n'
        shape = {name: Field(column.type, name) for name, column in known.items()}
        with world(tmp_path, source, dialect_named("postgres"), shape, known, [dict.fromkeys(known)]) as made:
            sql = "SELECT g, sum(v * 2) AS s FROM thing WHERE d <= DATE '2024-01-20' GROUP BY g"
            plan = made.federation.prepare(sql, eager=True)
            assert "push_groups" in {step.rule for step in plan.plan.plan.trail}
            server.run("ALTER TABLE t ALTER d TYPE timestamp USING d + INTERVAL '1 hour'")
            with pytest.raises(cdi.CdiError):
                made.federation.run(plan).arrow()
