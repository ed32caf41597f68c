"""Each mapping shape turned round, for every form of clause, over every trap value: the same rows, or a superset.

DuckDB decides both sides: which raw rows the clause in raw words keeps (`inverse` and `spell.in_place`), and on which
rows the field that the shape makes of the raw value (`shapes.express`) satisfies the clause as the user wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import duckdb
import pytest

from cdi_federate import tree
from cdi_federate.catalog.model import Codes, Column, Const, Field, Mapping, Ref, Shape
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.inverse import inverted
from cdi_federate.query.shapes import express
from cdi_federate.query.spell import in_place
from cdi_federate.query.values import literal
from cdi_federate.stages.clauses import ClauseLiteral, Compare, Known, StartsWith, Unknown, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from tests.shapes.traps import clauses_of, raw_values

CODES = Codes((("US", "US"), ("USA", "US"), ("DE", "DE"), ("a", "k"), ("none", None)))
NUMBERS = Codes((("US", 1), ("USA", 3), ("DE", 300), ("a", None), ("b", 1.234)))
TEXT_SHAPES: dict[str, Column] = {
    "plain": Column("x"),
    "trim": Column("x", trim=True),
    "lower": Column("x", lower=True),
    "trim, lower": Column("x", trim=True, lower=True),
    "prefix": Column("x", prefix="D-"),
    "prefix that overlaps itself": Column("x", prefix="a"),
    "suffix": Column("x", suffix="!"),
    "prefix, suffix": Column("x", prefix="D-", suffix="!"),
    "prefix and suffix that overlap": Column("x", prefix="aa", suffix="a"),
    "lower, prefix": Column("x", lower=True, prefix="d-"),
    "trim, suffix": Column("x", trim=True, suffix="a"),
    "default": Column("x", default="a"),
    "empty default": Column("x", default=""),
    "default that is a word of truth": Column("x", default=True),
    "prefix, default": Column("x", prefix="D-", default="x"),
    "codes": Column("x", codes=CODES),
    "codes, else": Column("x", codes=Codes(CODES.pairs, "x", True)),
    "codes, else NULL": Column("x", codes=Codes(CODES.pairs, None, True)),
    "codes, default": Column("x", codes=CODES, default="x"),
    "codes, else, default": Column("x", codes=Codes(CODES.pairs, "DE", True), default="k"),
    "lower, codes": Column("x", lower=True, codes=Codes((("us", "US"), ("usa", "US"), ("k", "K")))),
    "trim, codes, else": Column("x", trim=True, codes=Codes((("a", "A"), ("42", "x")), "k", True)),
    "prefix, codes": Column("x", prefix="D-", codes=Codes((("a", "A"), ("", "US")))),
}
NUMBER_SHAPES: dict[str, Column] = {
    "codes to numbers": Column("x", codes=NUMBERS),
    "codes to numbers, else": Column("x", codes=Codes(NUMBERS.pairs, 42, True)),
    "codes to numbers, default": Column("x", codes=NUMBERS, default=9),
    "codes of texts to numbers": Column("x", codes=Codes((("US", "01"), ("DE", "-1"), ("a", "x")))),
}
NUMERIC: dict[str, Column] = {
    "plain": Column("x"),
    "default": Column("x", default=7),
    "default beyond the type": Column("x", default=300),
    "negative default": Column("x", default=-1),
    "broken default": Column("x", default=1.5),
    "cents": Column("x", scale="0.01"),
    "tenths": Column("x", scale="0.1"),
    "hundreds": Column("x", scale="100"),
    "odd scale": Column("x", scale="1.5"),
    "thirds": Column("x", scale="0.333"),
    "cents, default": Column("x", scale="0.01", default=0),
    "negative scale": Column("x", scale="-1"),
}
AS_TEXT: dict[str, Column] = {
    "lower": Column("x", lower=True),
    "trim": Column("x", trim=True),
    "prefix": Column("x", prefix="1"),
    "suffix": Column("x", suffix="0"),
    "codes": Column("x", codes=Codes((("1", "a"), ("42", "US"), ("01", "x")), "k", True)),
}
CONSTANTS = [
    (1.234, "DECIMAL(5,2)"), (7, "INTEGER"), ("a", "VARCHAR"), (True, "VARCHAR"), (None, "VARCHAR"), (1, "VARCHAR"),
    ("01", "INTEGER"), (True, "BOOLEAN"), (True, "INTEGER"), (1.5, "INTEGER"), ("2024-01-02", "DATE"),
]  # fmt: skip


def configurations() -> Iterator[tuple[str, str, str, Shape]]:
    """Raw type, field type, what the shape is called, the shape."""
    for name, shape in TEXT_SHAPES.items():
        yield "VARCHAR", "VARCHAR", name, shape
    for field in ("TINYINT", "INTEGER", "DECIMAL(5,2)", "BOOLEAN", "DOUBLE"):
        for name, shape in NUMBER_SHAPES.items():
            yield "VARCHAR", field, name, shape
    for field in ("INTEGER", "DECIMAL(18,2)", "DATE", "BOOLEAN", "TIMESTAMP"):
        for name in ("plain", "trim", "default", "prefix"):
            yield "VARCHAR", field, name, TEXT_SHAPES[name]
    numbers = ("TINYINT", "INTEGER", "BIGINT", "DECIMAL(5,2)", "DECIMAL(18,2)")
    for raw in ("SMALLINT", "BIGINT", "UBIGINT", "HUGEINT", "DECIMAL(9,3)", "DECIMAL(18,2)"):
        for field in numbers:
            for name, shape in NUMERIC.items():
                if (raw, name) != ("HUGEINT", "broken default"):  # DuckDB itself cannot widen such a number
                    yield raw, field, name, shape
        for name, shape in {"plain": Column("x"), **AS_TEXT}.items():
            yield raw, "VARCHAR", name, shape
        yield raw, "BOOLEAN", "plain", Column("x")
        yield raw, "DOUBLE", "plain", Column("x")
        yield raw, "VARCHAR", "ref", Ref("crm", "accounts", ("x",))
    yield "HUGEINT", "DECIMAL(38,2)", "plain", Column("x")  # more digits than Python's decimals keep by themselves
    yield "VARCHAR", "VARCHAR", "ref", Ref("crm", "accounts", ("x",))
    for raw in ("DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"):
        for field in ("DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN", "VARCHAR", "INTEGER", "DECIMAL(18,2)"):
            yield raw, field, "plain", Column("x")
    yield "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "plain", Column("x")
    yield "DOUBLE", "DOUBLE", "cents", Column("x", scale="0.01")
    yield "BOOLEAN", "BOOLEAN", "default", Column("x", default=False)
    for value, field in CONSTANTS:
        yield "VARCHAR", field, f"const {value!r}", Const(value)
    yield "VARCHAR", "VARCHAR", "not mapped", None  # type: ignore[misc]


ALL = list(configurations())
COUNTED: dict[str, int] = {}
"""Raw type → clauses times raw values that were tried."""


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    connection.execute("SET TimeZone = 'UTC'")
    for raw in dict.fromkeys(raw for raw, *_ in ALL):
        rows = " UNION ALL ".join(f"SELECT {value}::{raw} AS x" for value in raw_values(raw))
        connection.execute(f'CREATE TABLE "{raw}" AS {rows}')
    yield connection
    connection.close()


def over(clause: ClauseLiteral) -> str:
    """The clause as a user writes it, over the field `f`; written here anew, not by the code that is tested."""
    match clause:
        case Known():
            return "f IS NOT NULL"
        case Unknown():
            return "f IS NULL"
        case Compare(_, op, value):
            return f"f {op} {literal(value)}"
        case Within(_, values):
            return f"f IN ({', '.join(map(literal, values))})"
        case Without(_, values):
            return f"f NOT IN ({', '.join(map(literal, values))})"
        case StartsWith(_, prefix, negated):
            return f"{'NOT ' if negated else ''}starts_with(f, {literal(prefix)})"
    raise AssertionError(clause)


def check(db: duckdb.DuckDBPyConnection, raw: str, field: str, shape: Shape | None, seen: Counter[str]) -> list[str]:
    """Return what is wrong."""
    facts = TableFacts({"x": ColumnFacts("x", raw)})
    mapping = Mapping("crm", "accounts", "e", "t", {})
    made = f"CAST(NULL AS {field})" if shape is None else tree.text(express(shape, Field("f", field), mapping, facts))
    (type_,) = db.execute(f'SELECT ANY_VALUE(typeof(({made}))) FROM "{raw}" AS t').fetchone() or ("",)
    wrong = [] if type_ == field else [f"the field is of type {type_}"]
    tried = []
    for clause in clauses_of(field):
        try:
            result = inverted(clause, shape, field, facts)
        except NotInvertible:
            seen["refused"] += 1
            continue
        seen["exact" if result.exact else "superset"] += 1
        tried.append((over(clause), tree.text(in_place(result.clause, facts)), result.exact))
    counters = iter(tried)
    while batch := list(islice(counters, 60)):
        columns = ", ".join(
            f"count(*) FILTER (coalesce({wanted}, false) AND NOT coalesce({kept}, false)),"
            f"count(*) FILTER (coalesce({kept}, false) AND NOT coalesce({wanted}, false))"
            for wanted, kept, _ in batch
        )
        row = db.execute(f'SELECT {columns} FROM (SELECT t.x, {made} AS f FROM "{raw}" AS t) AS t').fetchone()
        assert row is not None
        for index, (wanted, kept, exact) in enumerate(batch):
            lost, more = row[2 * index], row[2 * index + 1]
            if lost or (more and exact):
                wrong.append(f"{wanted}  as  {kept}: {lost} rows lost, {more} too many")
    return wrong


@pytest.mark.parametrize("raw", list(dict.fromkeys(raw for raw, *_ in ALL)))
def test_the_same_rows(db: duckdb.DuckDBPyConnection, raw: str) -> None:
    seen: Counter[str] = Counter()
    found = {}
    for own, field, name, shape in ALL:
        if own == raw:
            try:
                wrong = check(db, raw, field, shape, seen)
            except Exception as error:
                wrong = [f"{type(error).__name__}: {error}"]
            if wrong:
                found[f"{raw} → {field}, {name}"] = wrong
    shown = "\n".join(
        f"{name} ({len(wrong)})\n    " + "\n    ".join(w[:400] for w in wrong[:4]) for name, wrong in found.items()
    )
    assert not found, f"{len(found)} shapes\n{shown}"
    print(raw, dict(seen))
