"""Which statements no row can make fail: those that are said to are asked over rows with the oddest values there are.

Of the others it is enough that they are not said to: what is not understood may fail.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.query.fencing import cannot_fail
from tests.policy.questions import CASTS

TYPES = {
    "id": "INTEGER", "n": "BIGINT", "u": "UBIGINT", "amount": "DECIMAL(12,2)", "x": "DOUBLE", "nm": "VARCHAR",
    "country": "VARCHAR", "d": "DATE", "since": "TIMESTAMP", "ok": "BOOLEAN", "big": "HUGEINT",
    "wide": "DECIMAL(38,20)", "fine": "DECIMAL(18,18)", "list": "VARCHAR[]",
}  # fmt: skip
ROWS = """
-2147483648, -9223372036854775808, 0, -9999999999.99, '-inf', '', 'x', '-infinity', '-infinity', true, -1, 0, 0, ['a']
2147483647, 9223372036854775807, 18446744073709551615, 9999999999.99, 'nan', '1e999', 'DE', 'infinity', 'infinity', \
    false, 170141183460469231731687303715884105727, 999999999999999999, 0.999999999999999999, []
0, 0, 0, 0, '-0.0', 'canary (', repeat('é', 40), '5877642-06-25 (BC)', '290309-12-22 (BC) 00:00:00', NULL, 0, 0, 0, NULL
7, 7, 7, 7, '1e308', '\\', '%', '5881580-07-10', '294247-01-10 04:00:54', true, 1, 1, 0.5, ['']
NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
""".strip().splitlines()
"""The ends of each type, and what fails when it is converted."""

CERTAIN = """
SELECT * FROM t
SELECT t.* EXCLUDE (nm) FROM t ORDER BY ALL
SELECT nm, n FROM t WHERE country = 'DE' AND (n > 5 OR nm LIKE '%\\') AND NOT nm ILIKE 'a%' ORDER BY n LIMIT 3 OFFSET 1
SELECT country, count(*), sum(n), sum(amount), avg(x), min(d), max(nm) FROM t GROUP BY country HAVING sum(amount) > 12.5
SELECT country, sum(n) AS s FROM t GROUP BY ALL HAVING s > 5 ORDER BY s
SELECT a.nm FROM t AS a JOIN t AS b ON a.id = b.n AND a.amount < b.x LEFT JOIN t AS c ON a.nm = c.country
SELECT a.nm FROM t AS a JOIN t AS b USING (id, country)
SELECT a.nm FROM t AS a, t AS b WHERE a.id = b.u
SELECT nm FROM t WHERE d >= DATE '2024-01-01' AND since < TIMESTAMP '2024-03-01' AND since > DATE '2024-01-01'
SELECT nm FROM t WHERE since BETWEEN TIMESTAMP '2024-03-01 10:00:00' AND TIMESTAMP '2024-03-02 10:00:00'
SELECT nm FROM t WHERE amount BETWEEN 900 AND 905 AND n IN (1, 2, NULL) AND x > 1.5
SELECT nm FROM t WHERE id IN (SELECT n FROM t WHERE ok) OR NOT EXISTS (SELECT 1 FROM t AS o WHERE o.nm = t.nm)
SELECT CASE WHEN ok AND n IS NULL THEN nm ELSE lower(trim(country)) END AS w, coalesce(nm, country, 'x') FROM t
SELECT count(*) FILTER (WHERE length(nm) > 3), count(DISTINCT d) FROM t
SELECT nm, row_number() OVER (PARTITION BY country ORDER BY n DESC, nm) AS r FROM t QUALIFY r = 1
SELECT nm, r FROM (SELECT nm, rank() OVER (ORDER BY amount) AS r FROM t) AS s WHERE r <= 2
WITH a AS (SELECT nm AS k, n FROM t WHERE starts_with(nm, 'c')) SELECT k, count(*) AS m FROM a GROUP BY k ORDER BY m
SELECT year(d) AS y, month(since) AS m, count(*) AS c FROM t GROUP BY y, m HAVING count(*) > 1
SELECT DISTINCT nm FROM t WHERE nm IS NOT DISTINCT FROM country
SELECT n AS number FROM t
SELECT country, sum(n) AS n, avg(amount) AS amount, max(nm) AS nm FROM t GROUP BY country HAVING sum(n) > 3 ORDER BY n
SELECT n FROM (SELECT sum(n) AS n FROM t GROUP BY country) AS s WHERE n > 3
SELECT nm FROM t WHERE ok
SELECT nm FROM t SEMI JOIN t AS o ON t.nm = o.country
""".strip().splitlines()
"""Statements in which nothing can fail."""

UNCERTAIN = """
SELECT nm FROM t WHERE CAST(nm AS INTEGER) > 5
SELECT nm FROM t WHERE TRY_CAST(nm AS INTEGER) > 5
SELECT nm FROM t WHERE nm = 5
SELECT length(nm) AS nm, upper(nm) AS w FROM t
SELECT nm < 'x' AS nm FROM (SELECT n AS nm FROM t) AS s
SELECT upper(nm) AS w FROM (SELECT length(nm) AS nm FROM t) AS s
SELECT nm FROM (SELECT count(nm) AS nm FROM t) AS s WHERE nm LIKE 'a%'
SELECT max(list) AS list FROM t
SELECT nm FROM t WHERE n = '5'
SELECT nm FROM t WHERE nm IN (5, 6)
SELECT nm FROM t WHERE nm BETWEEN 1 AND 2
SELECT nm FROM t WHERE nm
SELECT nm FROM t WHERE NOT nm
SELECT nm FROM t WHERE ok AND nm
SELECT nm FROM t WHERE nm = n
SELECT nm FROM t WHERE n + 1 > 5
SELECT sum(big) FROM t
SELECT sum(wide) FROM t
SELECT nm FROM t WHERE big = amount
SELECT nm FROM t WHERE wide > n
SELECT nm FROM t WHERE fine > n
SELECT nm FROM t WHERE n > 0.0000000000000000000000000000001
SELECT nm FROM t WHERE d > TIMESTAMP '2024-01-01'
SELECT nm FROM t WHERE d = since
SELECT nm FROM t WHERE d > DATE '2024-13-01'
SELECT nm FROM t WHERE d > CAST('x' AS DATE)
SELECT nm FROM t WHERE d > '2024-13-01'
SELECT nm FROM t WHERE country::INTEGER[] IS NULL
SELECT nm FROM t WHERE coalesce(nm, 1) = 1
SELECT CASE WHEN ok THEN nm ELSE 1 END FROM t
SELECT CASE WHEN nm THEN 1 END FROM t
SELECT nm FROM t WHERE list = 'x'
SELECT a.nm FROM t AS a JOIN t AS b ON a.nm = b.n
SELECT a.nm FROM t AS a JOIN t AS b ON a.nm
SELECT id FROM t AS a JOIN (SELECT n AS nm, id AS other FROM t) AS b USING (nm)
SELECT a.id FROM t AS a JOIN t AS b USING (big)
SELECT * FROM t AS a NATURAL JOIN t AS b
SELECT nm FROM t WHERE id = (SELECT n FROM t)
SELECT nm FROM t WHERE nm IN (SELECT n FROM t)
SELECT nm FROM t WHERE id IN (SELECT n FROM t WHERE nm = 5)
SELECT nm FROM t WHERE EXISTS (SELECT 1 FROM t AS o WHERE o.nm = 5)
SELECT nm FROM t UNION ALL SELECT d FROM t
WITH a(k) AS (SELECT nm FROM t) SELECT k FROM a WHERE k = 'x'
SELECT k FROM (SELECT nm FROM t) AS a(k) WHERE k = 'x'
SELECT nm FROM (SELECT n AS nm FROM t) AS a WHERE nm = 'x'
SELECT o FROM (SELECT nm AS o FROM t) AS a WHERE o = 5
SELECT nm FROM t USING SAMPLE 5 ROWS
SELECT * REPLACE (CAST(nm AS INTEGER) AS nm) FROM t
SELECT max(nm) FILTER (WHERE CAST(nm AS INTEGER) = 1) FROM t
SELECT max(nm) FILTER (WHERE nm) FROM t
SELECT count(*) FILTER (WHERE nm) FROM t
SELECT nm FROM t ORDER BY CAST(nm AS INTEGER)
SELECT nm FROM t GROUP BY nm HAVING max(nm) = 5
SELECT nm FROM t QUALIFY row_number() OVER (ORDER BY CAST(nm AS INTEGER)) = 1
SELECT lag(nm) OVER (ORDER BY n) FROM t
SELECT string_agg(nm, ',' ORDER BY n + 1) FROM t
SELECT regexp_matches('x', nm) FROM t
SELECT nm FROM t WHERE hamming(nm, 'Anna') = 1
SELECT nm FROM t WHERE COLUMNS(*) > 5
SELECT nm FROM t LIMIT (SELECT n FROM t)
SELECT id FROM t WHERE list.nm = 'x'
SELECT t.list.nm FROM t
SELECT id FROM t WHERE n = b
SELECT b AS a FROM (SELECT a AS b FROM t) AS s WHERE a = 1
VALUES (1)
""".strip().splitlines()


@pytest.fixture(scope="module")
def engine() -> Any:
    with duckdb.connect() as made:
        kinds = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
        made.execute(f"CREATE TABLE t ({kinds})")
        for row in ROWS:
            made.execute(f"INSERT INTO t VALUES ({row})")
        yield made


def certain(engine: duckdb.DuckDBPyConnection, sql: str) -> bool:
    (text,) = engine.execute("SELECT json_serialize_sql(?)", [sql]).fetchone() or ("",)
    return cannot_fail(json.loads(text), {name: {type_} for name, type_ in TYPES.items()})


@pytest.mark.parametrize("sql", CERTAIN)
def test_what_cannot_fail_does_not_fail(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert certain(engine, sql)
    engine.execute(sql).fetchall()


@pytest.mark.parametrize("sql", UNCERTAIN)
def test_what_may_fail_is_not_said_to_be_sure(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert not certain(engine, sql)


def test_no_condition_that_fails_is_said_to_be_sure(engine: duckdb.DuckDBPyConnection) -> None:
    failing = (Path(__file__).parent / "throwing.sql").read_text(encoding="utf-8").splitlines()
    known = [line for line in failing if not line.startswith("--")]
    known += [cast.replace("{}", name) for name, kind in (("nm", "text"), ("n", "number"), ("d", "date"))
              for cast in CASTS[kind]]  # fmt: skip
    assert len(known) > 70
    for condition in known:
        for sql in (
            f"SELECT nm FROM t WHERE {condition}",
            f"SELECT a.nm FROM t AS a JOIN (SELECT nm FROM t WHERE id = 1 OR ({condition})) AS b USING (nm)",
            f"SELECT count(*) FILTER (WHERE {condition}) FROM t",
        ):
            assert not certain(engine, sql), sql


def test_names_that_mean_each_other_end(engine: duckdb.DuckDBPyConnection) -> None:
    names = [f"lower(v{at + 1}) || lower(v{(at * 7) % 40}) AS v{at}" for at in range(40)]
    assert not certain(engine, f"SELECT {', '.join(names)} FROM t")
    nested = "SELECT id FROM t WHERE id IN (" * 40 + "SELECT n FROM t" + ")" * 40
    assert certain(engine, nested)
