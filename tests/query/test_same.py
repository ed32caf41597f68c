"""Each rewrite with what it makes equal, and a neighbour that it must not."""

from typing import Any

import duckdb
import pytest

from cdi_federate.query.rewrites import REWRITES
from cdi_federate.query.same import same, same_but_parts, same_except_tables, without_joins, word_at
from tests.query.virtual import filled, reading

EQUAL = {
    "negated": [("SELECT x IS NOT NULL", "SELECT NOT x IS NULL"), ("SELECT x NOT IN (1, 2)", "SELECT NOT x IN (1, 2)")],
    "date_part": [
        ("SELECT extract('dow' FROM d)", "SELECT extract(DOW FROM d)"),
        ("SELECT date_part('DOW', d)", "SELECT date_part('dow', d)"),
    ],
    "operators": [
        ("SELECT a ^@ b", "SELECT starts_with(a, b)"),
        ("SELECT a ** b", "SELECT a ^ b"),
        ("SELECT @ a", "SELECT abs(a)"),
    ],
    "null_order": [("SELECT 1 ORDER BY x DESC NULLS LAST", "SELECT 1 ORDER BY x DESC")],
    "session_word": [("SELECT CURRENT_DATE", "SELECT current_date")],
    "cross_join": [
        ("SELECT 1 FROM a JOIN b ON true", "SELECT 1 FROM a CROSS JOIN b"),
        ("SELECT 1 FROM a, b", "SELECT 1 FROM a JOIN b ON true"),
    ],
    "array_constructor": [("SELECT ARRAY[1, x]", "SELECT [1, x]")],
    "own_schema": [("SELECT trim(LEADING 'x' FROM y)", "SELECT ltrim(y, 'x')")],
    "from_zero": [
        ("SELECT 1 FROM range(5)", "SELECT 1 FROM range(0, 5)"),
        ("SELECT generate_series(5)", "SELECT generate_series(0, 5)"),
    ],
}

DIFFERENT = {
    "negated": [
        ("SELECT x IS NOT NULL", "SELECT x IS NULL"),
        ("SELECT x NOT IN (1, 2)", "SELECT NOT x IN (1, 3)"),
        ("SELECT NOT (NOT x IS NULL)", "SELECT x IS NOT NULL"),
    ],
    "date_part": [
        ("SELECT date_part('dow', d)", "SELECT date_part('doy', d)"),
        ("SELECT upper('DOW')", "SELECT upper('dow')"),
        ("SELECT date_part(dow, d)", "SELECT date_part('dow', d)"),
    ],
    "operators": [
        ("SELECT a ^@ b", "SELECT starts_with(b, a)"),
        ("SELECT a ** b", "SELECT b ^ a"),
        ("SELECT a * b", "SELECT a ** b"),
    ],
    "null_order": [
        ("SELECT 1 ORDER BY x NULLS FIRST", "SELECT 1 ORDER BY x"),
        ("SELECT 1 ORDER BY x DESC", "SELECT 1 ORDER BY x"),
    ],
    "session_word": [("SELECT CURRENT_DATE", "SELECT current_timestamp"), ("SELECT Name", "SELECT name")],
    "cross_join": [
        ("SELECT 1 FROM a LEFT JOIN b ON true", "SELECT 1 FROM a CROSS JOIN b"),
        ("SELECT 1 FROM a JOIN b ON false", "SELECT 1 FROM a CROSS JOIN b"),
        ("SELECT 1 FROM a JOIN b USING (x)", "SELECT 1 FROM a CROSS JOIN b"),
        ("SELECT 1 FROM a NATURAL JOIN b", "SELECT 1 FROM a CROSS JOIN b"),
        ("SELECT 1 FROM a POSITIONAL JOIN b", "SELECT 1 FROM a CROSS JOIN b"),
    ],
    "array_constructor": [("SELECT ARRAY[1, x]", "SELECT [x, 1]"), ("SELECT ARRAY[1]", "SELECT ARRAY(SELECT 1)")],
    "own_schema": [("SELECT mine.f(x)", "SELECT f(x)"), ("SELECT trim(LEADING 'x' FROM y)", "SELECT rtrim(y, 'x')")],
    "from_zero": [
        ("SELECT 1 FROM range(5)", "SELECT 1 FROM range(1, 5)"),
        ("SELECT 1 FROM range(5)", "SELECT 1 FROM generate_series(5)"),
    ],
}

PLAIN = [
    ("SELECT 1e3+1e2", "SELECT 1e3+1 AS e2"),
    ("SELECT 'a' ~ 'b'", "SELECT regexp_matches('a', 'b')"),
    ("SELECT 'a'", "SELECT 'A'"),
    ("SELECT 1", "SELECT 1.0"),
    ("SELECT 1", "SELECT '1'"),
    ("SELECT 1", "SELECT 1 AS x"),
    ("SELECT true", "SELECT 1"),
    ("SELECT a AND b OR c", "SELECT a AND (b OR c)"),
    ("SELECT DISTINCT a", "SELECT a"),
    ("SELECT count(DISTINCT a)", "SELECT count(a)"),
    ("SELECT a FROM t UNION SELECT b FROM u", "SELECT a FROM t UNION ALL SELECT b FROM u"),
    ("SELECT a FROM t", "SELECT a FROM u"),
    ("SELECT a FROM t", "SELECT a FROM s.t"),
    ("SELECT INTERVAL '14 months ago'", "SELECT INTERVAL '14' MONTHS"),
    ("SELECT date_trunc(s, d)", "SELECT date_trunc('SECOND', d)"),
    ("SELECT x->'a'", "SELECT x->'$.a'"),
    ("SELECT CAST(x AS INT)", "SELECT TRY_CAST(x AS INT)"),
    ("SELECT sum(x) OVER (ORDER BY y)", "SELECT sum(x) OVER (ORDER BY y ROWS UNBOUNDED PRECEDING)"),
]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return filled()


def pairs(of: dict[str, list[tuple[str, str]]]) -> list[Any]:
    return [pytest.param(*pair, id=f"{name}: {pair[0]}") for name, found in of.items() for pair in found]


@pytest.mark.parametrize(("one", "other"), pairs(EQUAL))
def test_a_rewrite_makes_equal(one: str, other: str, database: duckdb.DuckDBPyConnection) -> None:
    assert same(reading(database, one), reading(database, other)) is None
    assert same(reading(database, other), reading(database, one)) is None


@pytest.mark.parametrize(("one", "other"), [*pairs(DIFFERENT), *PLAIN])
def test_its_neighbour_stays_different(one: str, other: str, database: duckdb.DuckDBPyConnection) -> None:
    assert same(reading(database, one), reading(database, other)) is not None
    assert same(reading(database, other), reading(database, one)) is not None


def test_every_rewrite_is_shown_here_and_needed(
    database: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {rewrite.__name__ for rewrite in REWRITES} == set(EQUAL) == set(DIFFERENT)
    for left_out in REWRITES:
        rest = tuple(rewrite for rewrite in REWRITES if rewrite is not left_out)
        monkeypatch.setattr("cdi_federate.query.rewrites.REWRITES", rest)
        shown = EQUAL[left_out.__name__]
        assert any(same(reading(database, a), reading(database, b)) for a, b in shown), left_out.__name__


def test_a_difference_knows_its_place(database: duckdb.DuckDBPyConnection) -> None:
    text = "SELECT 'ä', lower(x) FROM t"
    found = same(reading(database, text), reading(database, "SELECT 'ä', upper(x) FROM t"))
    assert found is not None
    span = found.span(text)
    assert text[span.start : span.start + span.length] == "lower"


def test_a_word_outside_the_text_is_its_beginning() -> None:
    assert (word_at("SELECT 1", -1).start, word_at("SELECT 1", 2**64 - 1).start) == (0, 0)


RESIDUALS = [
    ("SELECT x FROM customer", 'WITH cdi_1 AS (SELECT 1 AS x) SELECT x FROM "cdi_1" AS "customer"', True),
    ("SELECT c.x FROM Customer AS c", "WITH cdi_1 AS (SELECT 1 AS x) SELECT c.x FROM cdi_1 AS c", True),
    ("WITH a AS (FROM customer) FROM a", "WITH cdi_1 AS (SELECT 1), a AS (FROM cdi_1 AS customer) FROM a", True),
    (
        "FROM customer UNION FROM orders",
        "WITH cdi_1 AS (SELECT 1), cdi_2 AS (SELECT 2) FROM cdi_1 AS customer UNION FROM cdi_2 AS orders",
        True,
    ),
    ("SELECT x FROM customer", "WITH cdi_1 AS (SELECT 1 AS x) SELECT x FROM cdi_1 AS orders", False),
    ("SELECT x FROM customer", "WITH cdi_2 AS (SELECT 1 AS x) SELECT x FROM cdi_2 AS customer", False),
    ("SELECT x FROM customer WHERE x > 1", "WITH cdi_1 AS (SELECT 1 AS x) SELECT x FROM cdi_1 AS customer", False),
    ("SELECT x FROM customer", "WITH cdi_1 AS (SELECT 1), y AS (SELECT 2) SELECT x FROM cdi_1 AS customer", False),
]


@pytest.mark.parametrize(("user", "residual", "equal"), RESIDUALS)
def test_the_residual_is_the_users_statement_over_our_tables(
    user: str, residual: str, equal: bool, database: duckdb.DuckDBPyConnection
) -> None:
    renamed = {"cdi_1": "customer", "cdi_2": "orders"}
    found = same_except_tables(reading(database, user), reading(database, residual), renamed)
    assert (found is None) == equal


CHANGED = [
    # before, after, what stands for aggregates, conditions of joins; summed: a WHERE may have moved to the sources
    ("SELECT count(*) FROM t WHERE x > 1", "SELECT sum(n) FROM t", ["sum(n)"], [], True, True),
    ("SELECT a FROM t WHERE x > 1 GROUP BY a", "SELECT a FROM t GROUP BY a", [], [], True, True),
    ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t", [], [], False, False),
    ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t WHERE x > 2", [], [], True, False),
    ("SELECT count(*) FROM t", "SELECT sum(m) FROM t", ["sum(n)"], [], True, False),
    ("SELECT count(*) FROM t, u WHERE t.x = u.x", "SELECT sum(n) FROM t, u WHERE t.r = u.r", ["sum(n)"], ["t.r = u.r"],
     True, True),
    ("SELECT count(*) FROM t JOIN u USING (x)", "SELECT sum(n) FROM t JOIN u ON t.r = u.r", ["sum(n)"], ["t.r = u.r"],
     True, True),
    ("SELECT count(*) FROM t JOIN u USING (x)", "SELECT sum(n) FROM t JOIN u ON t.r = u.s", ["sum(n)"], ["t.r = u.r"],
     True, False),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "words", "rows", "summed", "equal"), CHANGED)
def test_a_changed_statement_differs_in_parts_only(
    before: str, after: str, words: list[str], rows: list[str], summed: bool, equal: bool,
    database: duckdb.DuckDBPyConnection,
) -> None:  # fmt: skip
    parts, joined = ([reading(database, f"SELECT {word}") for word in of] for of in (words, rows))
    read = (reading(database, before), reading(database, after))
    assert same_but_parts(*read, parts, joined, summed=summed) == equal


@pytest.mark.parametrize(
    ("user", "run", "equal"),
    [
        ("SELECT a.x FROM a LEFT JOIN cdi_2 AS b ON a.k = b.k", "SELECT a.x FROM a", True),
        ("SELECT x FROM a LEFT JOIN cdi_2 USING (k) JOIN c ON a.k = c.k", "SELECT x FROM a JOIN c ON a.k = c.k", True),
        ("SELECT a.x FROM a JOIN cdi_2 AS b ON a.k = b.k", "SELECT a.x FROM a", False),
        ("SELECT a.x FROM a LEFT JOIN cdi_3 AS b ON a.k = b.k", "SELECT a.x FROM a", False),
        ("SELECT a.x FROM a LEFT JOIN cdi_2 AS b ON a.k = b.k WHERE a.x > 1", "SELECT a.x FROM a", False),
    ],
)  # fmt: skip
def test_only_left_joins_of_tables_that_nobody_reads_are_missing(
    user: str, run: str, equal: bool, database: duckdb.DuckDBPyConnection
) -> None:
    before = without_joins(reading(database, user), {"cdi_2"})
    assert same_but_parts(before, reading(database, run), [], summed=False) == equal
