"""Statements of other dialects answer as their own database did: its answers were recorded, or are in its manual."""

import datetime
import decimal
import json
from typing import Any

import duckdb
import pytest

from cdi_federate.errors import CdiError, RefusedError, SqlSyntaxError, UsageError
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query.foreign import DIALECTS
from cdi_federate.query.parse import parse
from tests.query.virtual import SCHEMA, filled, lines

CASES = [json.loads(line) for line in lines("foreign.jsonl")]


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder(SCHEMA)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return filled()


def plain(value: Any) -> Any:
    """A value without what differs in name only: 3 is 3.0, true is 1, a date is its midnight."""
    if isinstance(value, bool | int | float | decimal.Decimal):
        return ["n", float(f"{float(value):.10g}")]
    if isinstance(value, datetime.datetime):
        return ["t", value.replace(tzinfo=None).isoformat()]
    return ["t", f"{value.isoformat()}T00:00:00"] if isinstance(value, datetime.date) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dialect']}: {case['sql']}")
def test_a_statement_keeps_its_writers_meaning(
    case: dict[str, Any], binder: DuckBinder, database: duckdb.DuckDBPyConnection
) -> None:
    sql, dialect = case["sql"], case["dialect"]
    if "refused" in case:
        with pytest.raises(RefusedError) as caught:
            parse(sql, binder, dialect=dialect, schema=SCHEMA)
        assert case["refused"] in caught.value.message
        assert caught.value.place is not None
        return
    parsed = parse(sql, binder, dialect=dialect, schema=SCHEMA)
    assert (parsed.written, parsed.dialect) == (sql, dialect)
    if "fails" in case:
        with pytest.raises(duckdb.Error, match=case["fails"]):
            database.execute(parsed.text).fetchall()
        return
    found = [[plain(value) for value in row] for row in database.execute(parsed.text).fetchall()]
    if "ORDER BY" in sql.split(")")[-1]:
        assert found == case["rows"]
    else:
        assert sorted(found, key=repr) == sorted(case["rows"], key=repr)


def test_every_dialect_is_tried() -> None:
    assert {case["dialect"] for case in CASES} == set(DIALECTS) - {"duckdb"}


def test_an_unknown_dialect_is_named(binder: DuckBinder) -> None:
    with pytest.raises(UsageError) as caught:
        parse("SELECT 1", binder, dialect="postgresql")
    assert "postgres" in caught.value.candidates


def test_a_syntax_error_shows_the_place(binder: DuckBinder) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse("SELECT FROM WHERE (", binder, dialect="mysql", schema=SCHEMA)
    assert caught.value.place is not None


@pytest.mark.parametrize("sql", ["SHOW TABLES", "DESCRIBE orders", "EXPLAIN SELECT 7/2"])
def test_what_is_asked_of_the_catalog_is_alike_in_every_dialect(sql: str, binder: DuckBinder) -> None:
    for dialect in DIALECTS:
        assert parse(sql, binder, dialect=dialect, schema=SCHEMA).tree is not None


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - {"duckdb"}))
@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE customer",
        "SELECT 1; DROP TABLE customer",
        "SELECT * INTO t FROM customer",
        "SELECT date_add(ordered_at, 1, 'day , (SELECT max(email) FROM customer) AS x FROM orders --') FROM orders",
        "SELECT read_text('x')",
        "SELECT * FROM read_csv('x')",
        "SELECT * FROM 'x.csv'",
        "SELECT 'a\x00b'",
        "SELECT " + "(" * 2000 + "1" + ")" * 2000,
    ],
)
def test_an_attack_in_another_dialect_is_refused(sql: str, dialect: str, binder: DuckBinder) -> None:
    with pytest.raises(CdiError):
        parse(sql, binder, dialect=dialect, schema=SCHEMA)


@pytest.mark.parametrize(
    ("dialect", "mark"),
    [
        ("postgres", ":"),
        ("postgres", "$"),
        ("mysql", ":"),
        ("tsql", "@"),
        ("bigquery", "@"),
        ("snowflake", ":"),
        ("spark", ":"),
    ],
)
def test_a_parameter_keeps_its_name(dialect: str, mark: str, binder: DuckBinder) -> None:
    sql = f"SELECT order_id FROM orders WHERE customer_id = {mark}who"
    parsed = parse(sql, binder, dialect=dialect, schema=SCHEMA)
    assert parsed.parameters == ("who",)
    assert parsed.text.endswith("= $who")


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "SELECT DATE_ADD(amount) FROM orders"),
        ("bigquery", "SELECT DATE_ADD(amount) FROM orders"),
        ("postgres", "SELECT generate_series(order_id, amount, '/* */ ; DROP TABLE customer') FROM orders"),
    ],
)
def test_what_breaks_sqlglots_parser_is_no_crash(dialect: str, sql: str, binder: DuckBinder) -> None:
    with pytest.raises(SqlSyntaxError):
        parse(sql, binder, dialect=dialect, schema=SCHEMA)
