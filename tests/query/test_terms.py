"""What DuckDB's types of exact numbers are, and when it fails: each against the engine itself."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import isqrt

import duckdb
import pytest
from sqlglot import exp

from cdi_federate.catalog.model import Field
from cdi_federate.query.shapes import parsed
from cdi_federate.query.terms import ends, term_of
from cdi_federate.stages.summary import Computed
from cdi_federate.stages.types import TypeInfo, type_info

TYPES = [
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL(1,0)", "DECIMAL(2,2)", "DECIMAL(4,1)", "DECIMAL(9,4)",
    "DECIMAL(15,2)", "DECIMAL(17,2)", "DECIMAL(18,2)", "DECIMAL(18,17)", "DECIMAL(18,18)", "DECIMAL(19,4)",
    "DECIMAL(19,0)", "DECIMAL(30,10)", "DECIMAL(38,0)", "DECIMAL(38,20)", "DECIMAL(38,38)",
]  # fmt: skip
NUMBERS = ["0", "1", "-1", "7", "100", "127", "128", "-128", "-129", "1000", "32768", "999999999", "1.00", "0.5",
           "-0.25", "0.01", "100.0", "1.0000", "0.00000000000000001", "12345678901234567.8"]  # fmt: skip
OTHERS = ["UTINYINT", "UBIGINT", "HUGEINT", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE"]


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute("CREATE TABLE one AS SELECT CAST(0 AS TINYINT) AS zero")
    return db


def typed(engine: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """The engine's type of an expression over a row that it does not know beforehand; None: it is none."""
    try:
        return str(engine.execute(f"SELECT typeof({sql}) FROM one").fetchone()[0])  # type: ignore[index]
    except duckdb.Error:
        return None


def read(sql: str, **types: str) -> object:
    node = parsed(sql)
    schema = {name: Field(name, type_) for name, type_ in types.items()}
    return term_of(node, lambda each: each.name if isinstance(each, exp.Column) else None, schema)


def test_types_of_two_fields(engine: duckdb.DuckDBPyConnection) -> None:
    told = 0
    for a, b, op in product(TYPES, TYPES, "+-*"):
        term = read(f"a {op} b", a=a, b=b)
        wanted = typed(engine, f"CAST(zero AS {a}) {op} CAST(zero AS {b})")
        assert term is None or (isinstance(term, Computed) and term.type == wanted), (a, op, b, term, wanted)
        told += term is not None
    assert told > 0.95 * 3 * len(TYPES) ** 2


def test_types_beside_constants(engine: duckdb.DuckDBPyConnection) -> None:
    told = 0
    for a, number, op in product(TYPES, NUMBERS, "+-*"):
        for said in (f"a {op} {number}", f"{number} {op} a"):
            term, wanted = read(said, a=a), typed(engine, said.replace("a", f"CAST(zero AS {a})"))
            assert term is None or (isinstance(term, Computed) and term.type == wanted), (said, a, term, wanted)
            told += term is not None
    assert told > 0.85 * 6 * len(TYPES) * len(NUMBERS)


@pytest.mark.parametrize("other", OTHERS)
def test_nothing_else_is_read(other: str) -> None:
    for type_ in TYPES:
        assert read("a * b", a=type_, b=other) is None
    for said in ("a * 1e3", "a / b", "a * 2 * $n", "(2 * 3) * a", "abs(a) * a", "a * CAST(b AS INTEGER)", "a % 2",
                 "a || b", "-a * b", "a * (SELECT 1)"):  # fmt: skip
        assert read(said, a="INTEGER", b="DECIMAL(9,2)") is None, said


FEW = ["TINYINT", "BIGINT", "DECIMAL(15,2)", "DECIMAL(18,18)", "DECIMAL(38,0)"]
PAIRS = [pytest.param(a, b, marks=() if a in FEW and b in FEW else pytest.mark.bars) for a, b in product(TYPES, TYPES)]


@pytest.mark.parametrize("op", list("+-*"))
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_where_the_engine_fails(engine: duckdb.DuckDBPyConnection, a: str, b: str, op: str) -> None:
    """At the ends of the result's type, and one step beyond: it fails just where the record says that it does."""
    term = read(f"a {op} b", a=a, b=b)
    if not isinstance(term, Computed):
        pytest.skip("the engine has no such type")
    made, one, two = type_info(term.type), type_info(a), type_info(b)
    for left, right in product(_ends(one, made), _ends(two, made)):
        exact = {"+": left + right, "-": left - right, "*": left * right}[op]
        inside = _holds(made, exact) and (op == "*" or (_holds(made, left) and _holds(made, right)))
        sql = f"CAST('{_text(left)}' AS {a}) {op} CAST('{_text(right)}' AS {b})"
        try:
            engine.execute(f"SELECT {sql} FROM one WHERE zero = 0").fetchone()
            worked = True
        except duckdb.Error:
            worked = False
        assert worked == inside, (sql, term.type, exact)


def _ends(kind: TypeInfo, made: TypeInfo) -> list[Fraction]:
    """Some numbers of a type: its ends, and those next to the ends of another type."""
    step, (low, high) = Fraction(1, 10**kind.scale), ends(kind)
    near = {high, low, Fraction(0), step, -step}
    for end in ends(made):
        whole = Fraction((end / step).__floor__()) * step
        near |= {whole, whole + step, whole - step}
        root = Fraction(isqrt(abs(int(end)))) * (1 if end > 0 else -1)
        near |= {root, root + step}
    return sorted(each for each in near if low <= each <= high and (each / step).denominator == 1)


def _holds(kind: TypeInfo, value: Fraction) -> bool:
    low, high = ends(kind)
    return low <= value <= high


def _text(value: Fraction) -> str:
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
