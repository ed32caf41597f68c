"""Every function that the engine has is either one that a statement may call, or refused for a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import pytest

from cdi_federate.catalog.words import CLEANING
from cdi_federate.errors import CdiError
from cdi_federate.execute.duck import extensions
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.execute.duck.instance import instance
from cdi_federate.query.functions import AGGREGATES, FUNCTIONS, OPERATORS, SCALARS, VOLATILE, WINDOWS
from cdi_federate.query.grammar import TABLE_FUNCTIONS
from cdi_federate.query.parse import parse
from tests.query.virtual import SCHEMA

EXTENSIONS = ("postgres_scanner", "mysql_scanner", "sqlite_scanner", "httpfs", "azure", "excel")

SYNTAX = frozenset({"coalesce", "ifnull", "percentile_cont", "percentile_disc"})
"""Allowed names that the engine's parser turns into something else, so that it lists no function of theirs."""

SHOWN_BY_THE_PARSER = frozenset({"->", "=="})

ALLOWED = FUNCTIONS | OPERATORS | TABLE_FUNCTIONS


def classes() -> dict[str, tuple[str, ...]]:
    text = (Path(__file__).parent / "refused_functions.txt").read_text(encoding="utf-8")
    parts = re.split(r"^\[(.+)\]$", text, flags=re.MULTILINE)[1:]
    return {title: tuple(names.split()) for title, names in zip(parts[::2], parts[1::2], strict=True)}


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = instance(threads=1)
    for name in EXTENSIONS:
        connection.execute(f"LOAD '{extensions.required(name, source='', extra='')}'")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def there(engine: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return every function's kinds by name, in lower case."""
    rows = engine.execute("SELECT lower(function_name), function_type FROM duckdb_functions()").fetchall()
    found: dict[str, set[str]] = {}
    for name, kind in rows:
        found.setdefault(name, set()).add(kind)
    return found


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder(SCHEMA)


def refusals() -> list[str]:
    return [name for names in classes().values() for name in names]


def refused(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in refusals())


def test_every_function_was_looked_at(there: dict[str, set[str]]) -> None:
    unknown = sorted(name for name in there if name not in ALLOWED and not refused(name))
    assert unknown == [], "say in query/functions.py or in refused_functions.txt what is to be thought of these"
    assert len(there) > 900


def test_no_function_is_allowed_and_refused() -> None:
    assert [name for name in ALLOWED if refused(name)] == []
    assert len(refusals()) == len(set(refusals()))


def test_what_is_listed_is_there(there: dict[str, set[str]]) -> None:
    assert sorted(ALLOWED - there.keys() - CLEANING) == sorted(SYNTAX | SHOWN_BY_THE_PARSER)
    assert [name for name in refusals() if not any(fnmatchcase(each, name) for each in there)] == []


def test_only_lists_and_series_come_of_functions_in_from(there: dict[str, set[str]]) -> None:
    tables = {name for name in ALLOWED & there.keys() if there[name] & {"table", "table_macro"}}
    assert tables == TABLE_FUNCTIONS | {"histogram", "repeat"}  # the latter two are refused in FROM
    assert not {name for name in ALLOWED & there.keys() if "pragma" in there[name]}


def test_what_has_an_effect_is_chance_alone(engine: duckdb.DuckDBPyConnection) -> None:
    rows = engine.execute("SELECT lower(function_name) FROM duckdb_functions() WHERE has_side_effects").fetchall()
    assert {name for (name,) in rows} & ALLOWED == VOLATILE


def test_aggregates_that_are_named_by_a_text_are_pure(there: dict[str, set[str]]) -> None:
    """`list_aggregate(x, 'name')` calls by name what no list sees."""
    aggregates = {name for name, kinds in there.items() if kinds == {"aggregate"}}
    assert aggregates - FUNCTIONS == {"sum_no_overflow"}
    assert AGGREGATES | WINDOWS | SCALARS == FUNCTIONS


FORMS = (
    "SELECT {0}('x')",
    "SELECT * FROM {0}('x')",
    "SELECT {0}()",
    "SELECT {0}(email) FROM customer",
    'SELECT "{0}"(1, 2)',
    "SELECT main.{0}('x')",
    "SELECT email.{0}() FROM customer",
    "SELECT {0}(email) OVER () FROM customer",
    "SELECT list_transform([1], lambda x: {0}(x))",
    "SELECT * FROM {0}()",
    "SELECT * FROM system.main.{0}('x')",
    "FROM customer, LATERAL {0}(email)",
    "SELECT 1 WHERE EXISTS (FROM {0}('x'))",
    "CALL {0}('x')",
    "PRAGMA {0}",
)


def test_nothing_that_is_refused_can_be_called_in_any_form(there: dict[str, set[str]], binder: DuckBinder) -> None:
    """In two forms each, and one of each class in all of them."""
    first = {next(each for each in there if fnmatchcase(each, names[0])) for names in classes().values()}
    passed = []
    for name in sorted(name for name in there if refused(name)):
        for form in FORMS if name in first else FORMS[:2]:
            sql = form.format(name.upper() if "main" in form else name)
            try:
                parse(sql, binder, schema=SCHEMA)
            except CdiError:
                continue
            passed.append(sql)
    assert passed == []


@pytest.mark.parametrize("name", ["histogram", "repeat"])
def test_what_is_a_value_may_not_be_a_table(name: str, binder: DuckBinder) -> None:
    with pytest.raises(CdiError, match="table function"):
        parse(f"SELECT * FROM {name}('x', 2)", binder, schema=SCHEMA)
