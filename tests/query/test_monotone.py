"""Queries that may be asked of tables that lack rows: a closed list, and held against the engine row by row."""

# ruff: noqa: E501 - a line is a case

from __future__ import annotations

import json
import random
from collections import Counter

import duckdb
import pytest

from cdi_federate.query.monotone import why_not

MAY = """
SELECT * FROM t
SELECT DISTINCT upper(w) || 'x', x + 1 FROM t ORDER BY 1
SELECT w FROM t WHERE x IN (1, 2) AND NOT (y IS NULL OR w LIKE 'a%')
SELECT t.w, u.w FROM t JOIN u USING (x)
SELECT * FROM t NATURAL JOIN u
SELECT * FROM t LEFT JOIN u USING (x)
SELECT * FROM u RIGHT JOIN t USING (x)
SELECT * FROM t ANTI JOIN u USING (x)
SELECT * FROM u SEMI JOIN t USING (x)
SELECT * FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.x = u.x) OR x = 1
SELECT * FROM u WHERE x IN (SELECT x FROM t)
SELECT * FROM u WHERE x > ANY (SELECT x FROM t)
SELECT x FROM t UNION SELECT x FROM u
SELECT x FROM u UNION ALL BY NAME SELECT x, w FROM t
SELECT * FROM t JOIN (SELECT x, count(*) AS n FROM u GROUP BY 1) USING (x)
WITH c AS MATERIALIZED (SELECT * FROM t), d AS (SELECT * FROM c WHERE x = 1) SELECT a.w FROM c a, d b
WITH t AS (SELECT 1 AS x) SELECT count(*) FROM t
SELECT count(*), max(x) FROM u
SELECT z FROM t, unnest([x, y]) AS q(z)
SELECT * FROM t, LATERAL (SELECT t.x + 1 AS z)
SELECT CASE WHEN x > 1 THEN 'a' ELSE coalesce(w, 'b') END, TRY_CAST(w AS INT), list_sum([x, y]) FROM t
"""

MUST_NOT = """
SELECT count(*) FROM t                                            | computes count over rows
SELECT sum(x) FROM t                                              | computes sum over rows
SELECT x FROM t GROUP BY x                                        | groups rows
SELECT x FROM t GROUP BY ALL                                      | groups rows
SELECT x, rank() OVER (ORDER BY x) FROM t                         | compares rows with each other (a window function)
SELECT x FROM t QUALIFY row_number() OVER () = 1                  | compares rows with each other (QUALIFY)
SELECT * FROM t ORDER BY x LIMIT 3                                | takes some of its rows (LIMIT or OFFSET)
SELECT * FROM MAIN.t LIMIT 3                                      | takes some of its rows (LIMIT or OFFSET)
SELECT DISTINCT ON (x) w FROM t                                   | takes one row of several (DISTINCT ON)
SELECT * FROM t USING SAMPLE 10%                                  | takes a sample
SELECT * FROM u LEFT JOIN t USING (x)                             | asks for rows that have no partner (LEFT JOIN)
SELECT * FROM t RIGHT JOIN u USING (x)                            | asks for rows that have no partner (RIGHT JOIN)
SELECT * FROM t FULL JOIN u USING (x)                             | asks for rows that have no partner (FULL JOIN)
SELECT * FROM u ANTI JOIN t USING (x)                             | asks for rows that have no partner (ANTI JOIN)
SELECT * FROM t a LEFT JOIN t b USING (x)                         | asks for rows that have no partner (LEFT JOIN)
SELECT * FROM t POSITIONAL JOIN u                                 | joins rows by their order (POSITIONAL JOIN)
SELECT * FROM u ASOF JOIN t ON u.x >= t.x                         | joins rows by their order (ASOF JOIN)
SELECT x FROM u EXCEPT SELECT x FROM t                            | takes EXCEPT of its rows
SELECT x FROM t EXCEPT ALL SELECT x FROM u                        | takes EXCEPT of its rows
SELECT * FROM u WHERE NOT EXISTS (SELECT 1 FROM t)                | asks that no row exists, or computes a value from a subquery
SELECT * FROM u WHERE x NOT IN (SELECT x FROM t)                  | asks that no row exists, or computes a value from a subquery
SELECT * FROM u WHERE x > ALL (SELECT x FROM t)                   | asks that no row exists, or computes a value from a subquery
SELECT * FROM u WHERE x > (SELECT max(x) FROM t)                  | asks that no row exists, or computes a value from a subquery
SELECT x, x IN (SELECT x FROM t) FROM u                           | computes a value from a subquery
SELECT * FROM u LIMIT (SELECT x FROM t)                           | computes a value from a subquery
SELECT (SELECT sum(t.x)) FROM t                                   | computes sum over rows
WITH c AS (SELECT * FROM t) SELECT max(x) FROM c                  | computes max over rows
WITH RECURSIVE c AS (SELECT x FROM t UNION SELECT x + 1 FROM c WHERE x < 3) SELECT * FROM c | reads its own rows again (RECURSIVE)
SELECT * FROM (PIVOT t ON x IN (1, 2) USING sum(y))               | makes a table of a subquery (pivot)
"""


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def reason(engine: duckdb.DuckDBPyConnection, sql: str) -> str:
    row = engine.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert row is not None
    return why_not(json.loads(row[0]), ["T"])


@pytest.mark.parametrize("sql", MAY.strip().split("\n"))
def test_what_may(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert reason(engine, sql) == ""
    _rows_are_never_wrong(engine, sql, random.Random(sql))


@pytest.mark.parametrize("line", MUST_NOT.strip().split("\n"))
def test_what_must_not(engine: duckdb.DuckDBPyConnection, line: str) -> None:
    sql, _, words = line.partition(" | ")
    assert reason(engine, sql.strip()) == words.strip()


def test_too_deep_is_not_known_to_be_safe(engine: duckdb.DuckDBPyConnection) -> None:
    inner = _query("SELECT x FROM t", engine)
    for _ in range(3000):
        inner = {"type": "SET_OPERATION_NODE", "setop_type": "UNION", "cte_map": {"map": []}, "modifiers": [],
                 "left": inner, "right": inner}  # fmt: skip
    assert why_not({"statements": [{"node": inner}]}, ["t"]) == "is nested too deeply"


def _query(sql: str, engine: duckdb.DuckDBPyConnection) -> object:
    row = engine.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert row is not None
    return json.loads(row[0])["statements"][0]["node"]


PARTS = {
    "from": ["t", "u", "t JOIN u USING (x)", "u LEFT JOIN t USING (x)", "t LEFT JOIN u USING (x)", "t FULL JOIN u USING (x)",
             "u SEMI JOIN t USING (x)", "u ANTI JOIN t USING (x)", "t ANTI JOIN u USING (x)", "t a JOIN t b USING (x)",
             "(SELECT x FROM t UNION SELECT y FROM u) s(x)", "(SELECT x, count(*) AS y FROM u GROUP BY x)",
             "(SELECT x, count(*) AS y FROM t GROUP BY x)", "(SELECT DISTINCT x FROM t)", "(SELECT x FROM t ORDER BY x LIMIT 2)",
             "t RIGHT JOIN u USING (x)", "(SELECT x FROM u EXCEPT SELECT x FROM t)"],
    "where": ["", "WHERE x > 1", "WHERE x IN (SELECT x FROM t)", "WHERE x NOT IN (SELECT y FROM t)",
              "WHERE EXISTS (SELECT 1 FROM t WHERE t.y = x) OR x = 2", "WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.y > 2)",
              "WHERE x >= ANY (SELECT y FROM t)", "WHERE x >= ALL (SELECT y FROM u)", "WHERE x < (SELECT max(y) FROM t)",
              "WHERE x > 0 AND x IN (SELECT y FROM u WHERE EXISTS (SELECT 1 FROM t))"],
    "select": ["x", "DISTINCT x", "count(*)", "x, row_number() OVER (ORDER BY x)", "max(x)", "x IN (SELECT y FROM t)", "x % 2"],
    "after": ["", "", "ORDER BY 1", "GROUP BY ALL", "LIMIT 2", "UNION SELECT y FROM t", "EXCEPT SELECT y FROM t",
              "UNION ALL SELECT x FROM u"],
}  # fmt: skip


def test_no_generated_query_that_may_gives_a_wrong_row(engine: duckdb.DuckDBPyConnection) -> None:
    drawn = random.Random(11)
    may = 0
    for _ in range(1500):
        one = {key: drawn.choice(values) for key, values in PARTS.items()}
        sql = f"SELECT {one['select']} FROM {one['from']} {one['where']} {one['after']}"
        try:
            engine.execute("CREATE OR REPLACE TABLE t (x INT, y INT, w TEXT)").execute(
                "CREATE OR REPLACE TABLE u AS FROM t"
            )
            engine.execute(f"EXPLAIN {sql}")
        except duckdb.Error:
            continue  # not every part fits every other
        if reason(engine, sql) == "":
            may += 1
            _rows_are_never_wrong(engine, sql, drawn)
    assert may > 150


def _rows_are_never_wrong(engine: duckdb.DuckDBPyConnection, sql: str, drawn: random.Random) -> None:
    """Ask of whole tables, then of ones that lack rows: every row of the second answer is one of the first."""
    engine.execute("CREATE OR REPLACE TABLE t (x INT, y INT, w TEXT)")
    engine.execute("CREATE OR REPLACE TABLE u (x INT, y INT, w TEXT)")
    for table in ("t", "u"):
        rows = [(drawn.choice([None, 1, 2, 3]), drawn.choice([None, 1, 2, 3]), drawn.choice("ab")) for _ in range(6)]
        engine.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    whole = Counter(engine.execute(sql).fetchall())
    for kept in (0.7, 0.3, 0.0):
        engine.execute(f"DELETE FROM t WHERE random() >= {kept}")
        part = Counter(engine.execute(sql).fetchall())
        assert part <= whole, sql
