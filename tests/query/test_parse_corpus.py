"""Whole corpora: what people ask is answered as DuckDB answers it, and what attackers ask is refused."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.errors import CdiError
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query import verbatim
from cdi_federate.query.parse import parse
from cdi_federate.tree import text
from tests.query.virtual import SCHEMA, filled, lines

PARAMETERS = {"country": "DE", "d": "2000-01-01", "a": 1, "b": 2}


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder(SCHEMA)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return filled()


def rows(database: duckdb.DuckDBPyConnection, sql: str, names: tuple[str, ...]) -> Any:
    """The answer as a multiset, or the kind of error; `now()` stands still and chance is the same for each."""
    database.execute("BEGIN")
    try:
        database.execute("SELECT setseed(0.5)").fetchall()
        found = database.execute(sql, {name: PARAMETERS[name] for name in names} or None)
        types = [str(column[1]) for column in found.description or ()]
        return types, sorted(map(repr, found.fetchall()))
    except duckdb.Error as error:
        return type(error).__name__
    finally:
        database.execute("ROLLBACK")


def answers_alike(database: duckdb.DuckDBPyConnection, sql: str, binder: DuckBinder) -> Any:
    parsed = parse(sql, binder, schema=SCHEMA)
    asked = rows(database, sql, parsed.parameters)
    if "SAMPLE" not in sql and "uuid" not in sql:
        assert _still(rows(database, text(parsed.tree, verbatim.DIALECT), parsed.parameters)) == _still(asked)
    return asked


def _still(answer: Any) -> Any:
    """Without the moment of asking, which differs between two transactions."""
    if isinstance(answer, str):
        return answer
    moment = re.compile(r"datetime\.datetime\(20(2[5-9]|[3-9]\d)[^)]*\)")
    return answer[0], sorted(moment.sub("now", row) for row in answer[1])


REFUSED = dict(reversed(line.split(" | ", 1)) for line in lines("bi_refused.txt"))


@pytest.mark.parametrize("sql", [sql for sql in lines("bi.sql") if sql not in REFUSED])
def test_an_ordinary_query_passes_and_answers_as_duckdb_does(
    sql: str, binder: DuckBinder, database: duckdb.DuckDBPyConnection
) -> None:
    answers_alike(database, sql, binder)


@pytest.mark.parametrize(("sql", "reason"), REFUSED.items())
def test_a_refused_ordinary_query_says_why(sql: str, reason: str, binder: DuckBinder) -> None:
    with pytest.raises(CdiError) as caught:
        parse(sql, binder, schema=SCHEMA)
    assert reason in str(caught.value)


def test_at_most_three_in_a_hundred_are_refused() -> None:
    asked = lines("bi.sql")
    assert len(asked) >= 120
    assert len(REFUSED) <= Decimal("0.03") * len(asked)


def test_tpch_passes_whole(binder: DuckBinder) -> None:
    extension = pytest.importorskip("duckdb_extension_tpch")
    file = next(Path(extension.__path__[0]).rglob("tpch.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{file}'")
    queries = [row[0] for row in connection.execute("SELECT query FROM tpch_queries()").fetchall()]
    assert len(queries) == 22
    for query in queries:
        parse(query, binder)


def decoded(line: str) -> tuple[str, str]:
    label, sql = line.split(" | ", 1)
    return label, re.sub(r"⟪U\+([0-9A-F]{4,6})⟫", lambda m: chr(int(m.group(1), 16)), sql)


@pytest.mark.parametrize(("expected", "sql"), [decoded(line) for line in lines("differentials.txt")])
def test_what_two_parsers_read_differently(
    expected: str, sql: str, binder: DuckBinder, database: duckdb.DuckDBPyConnection
) -> None:
    if expected == "refused":
        with pytest.raises(CdiError) as caught:
            parse(sql, binder, schema=SCHEMA)
        assert caught.value.place is not None
    else:
        answers_alike(database, sql, binder)


# What may run although an attacker wrote it: the virtual schema is there to be asked, its plan to be shown. A flood of
# rows is stopped by the deadline, not by the grammar. Tables that are not of the schema are refused by `bind`.
TOLERATED = (
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "EXPLAIN SELECT * FROM customer",
    "EXPLAIN ANALYZE SELECT * FROM customer",
    "SELECT column_name FROM information_schema.columns",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_class",
    "SELECT * FROM pyobj_secret",
)


@pytest.mark.parametrize(("label", "sql"), [decoded(line) for line in lines("attacks.txt")])
def test_an_attack_is_refused_or_shows_nothing(label: str, sql: str, binder: DuckBinder) -> None:
    expected, kind = label.split(" ")
    try:
        parsed = parse(sql, binder, schema=SCHEMA)
    except CdiError as error:
        assert str(error.with_sql(sql))
        return
    if expected == "refuse" and kind != "dos" and not sql.startswith(TOLERATED):
        with pytest.raises(Exception):  # noqa: B017 - whatever the engine calls it: there is no such table or function
            binder.describe(parsed.text, {})
