"""The seal reads a statement in pieces: no piece reaches what the plan does not name, alone or beside the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck import seal
from cdi_federate.execute.duck.spell import scan
from cdi_federate.stages.spelling import Spelling
from tests.worlds import World

LEAF = "read_parquet(['/data/t.parquet'])"
GOOD = f'"cdi_1" AS NOT MATERIALIZED (SELECT a FROM {LEAF} AS "t")'
ENDS = "SELECT a FROM cdi_1"


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def check(cursor: duckdb.DuckDBPyConnection, *definitions: str, rest: str = ENDS, lead: str = "") -> None:
    seal.check_text(cursor, Spelling(rest, lead, definitions), [LEAF])


def test_what_the_plan_names_passes(cursor: duckdb.DuckDBPyConnection) -> None:
    for _ in range(2):  # the second time from memory
        check(cursor, GOOD)
        check(
            cursor,
            GOOD,
            '"cdi_2" AS MATERIALIZED (SELECT * FROM "cdi_1")',
            rest=" y AS (FROM cdi_2) FROM y",
            lead="WITH",
        )
        check(cursor, GOOD, rest=" y AS (SELECT 1 UNION ALL FROM y) FROM y, cdi_1", lead="WITH RECURSIVE")


BAD = {
    "another file": GOOD.replace("t.parquet", "u.parquet"),
    "a function": GOOD.replace(LEAF, "duckdb_settings()"),
    "another table": GOOD.replace(LEAF, "secrets"),
    "itself": GOOD.replace(LEAF, '"cdi_1"'),
    "the end of its own frame": GOOD.replace(LEAF, '"cdi_end"'),
    "what comes after it": GOOD.replace(LEAF, '"cdi_2"'),
    "a file in a subquery": GOOD.replace("SELECT a", "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))"),
    "two tables": f'{GOOD}, "cdi_9" AS (FROM secrets)',
    "two tables, the second like the end": f'{GOOD}, "cdi_end" AS (FROM secrets)',
    "no end of a comment": f"{GOOD} /*",
    "a comment to the end": f"{GOOD} --",
    "no end of a text": GOOD.replace("SELECT a", "SELECT 'a"),
    "no end of a bracket": GOOD[:-1],
    "a bracket too many": f"{GOOD})",
    "a statement of its own": f"{GOOD} SELECT * FROM secrets; WITH x AS (SELECT 1)",
    "a query behind it": f"{GOOD} SELECT * FROM secrets UNION WITH x AS (SELECT 1)",
    "no name": GOOD.replace('"cdi_1"', "cdi_1"),
    "nothing": "",
}


@pytest.mark.parametrize("definition", BAD.values(), ids=BAD)
def test_a_definition_that_reaches_more_does_not(cursor: duckdb.DuckDBPyConnection, definition: str) -> None:
    for _ in range(2):
        with pytest.raises(InvariantError):
            check(cursor, definition, '"cdi_2" AS (SELECT 1 AS a)')


@pytest.mark.parametrize(
    "rest", ["FROM secrets", f"FROM {LEAF[:-10]}u.parquet'])", "SELECT 1; SELECT 2", "FROM cdi_2", ""]
)
def test_a_statement_that_reaches_more_does_not(cursor: duckdb.DuckDBPyConnection, rest: str) -> None:
    with pytest.raises(InvariantError):
        check(cursor, GOOD, rest=rest)


def test_a_definition_is_of_one_table(cursor: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InvariantError, match="not that of one table"):
        check(cursor, '"cdi_1" AS (SELECT 1 AS a), "cdi_2" AS (SELECT 2 AS a)')


def test_what_one_plan_may_read_another_may_not(cursor: duckdb.DuckDBPyConnection) -> None:
    check(cursor, GOOD)
    with pytest.raises(InvariantError):
        seal.check_text(cursor, Spelling(ENDS, "", (GOOD,)), ["read_parquet(['/data/u.parquet'])"])


QUERIES = [
    "SELECT * FROM customer WHERE email = 'anna@x.org'",
    "WITH c AS (SELECT * FROM customer) SELECT a.email FROM c a JOIN customer b USING (email) WHERE b.region = 'EU'",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n, customer",
    "(SELECT email FROM customer ORDER BY 1) UNION ALL (SELECT name FROM customer LIMIT 3)",
    "SELECT now(), count(*) FROM customer",
]


@pytest.mark.parametrize("query", QUERIES)
def test_pieces_read_alone_as_they_read_together(cursor: duckdb.DuckDBPyConnection, tmp_path: Path, query: str) -> None:
    """What the seal relies on: the parser makes of a definition behind WITH what it makes of it behind others."""

    def definitions(text: str) -> list[Any]:
        row = cursor.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
        assert row is not None
        return [placeless(entry) for entry in json.loads(row[0])["statements"][0]["node"]["cte_map"]["map"]]

    def placeless(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: placeless(value) for key, value in node.items() if key != "query_location"}
        return [placeless(item) for item in node] if isinstance(node, list) else node

    world = World.build("shops", tmp_path)
    residual = world.federation.prepare(query).plan.residual
    assert residual.spelling is not None
    assert residual.spelling.definitions
    whole = definitions(residual.text)
    begin = "WITH RECURSIVE" if "RECURSIVE" in query else "WITH"
    for number, definition in enumerate(residual.spelling.definitions):
        assert definitions(f"{begin} {definition}, x AS (SELECT 1) SELECT 1")[0] == whole[number]
    seal.check_text(cursor, residual.spelling, [scan(leaf, {}) for leaf in residual.leaves.values()])
    world.close()


def test_a_long_text_is_read_as_a_literal(cursor: duckdb.DuckDBPyConnection) -> None:
    """Only where it is one, all of it, in the place where a definition has it."""
    keys = ", ".join(f"''key {number}''" for number in range(1_000))
    sent = f"sqlite_query('crm', 'SELECT a FROM t WHERE a IN ({keys})')"
    whole = f'"cdi_crm_1" AS NOT MATERIALIZED (SELECT * FROM {sent})'
    spelling = Spelling(' SELECT a FROM "cdi_crm_1" AS x', "", (whole,))
    seal.check_text(cursor, spelling, [sent])
    hostile = sent.replace("key 500''", "key 500'), read_csv('/etc/passwd'")
    for definition in (
        whole.replace(sent, hostile),
        whole.replace("(SELECT * FROM", "(SELECT * FROM read_csv('/etc/passwd'),"),
        whole.removesuffix(")") + ", read_csv('/etc/passwd'))",
    ):
        with pytest.raises(InvariantError):
            seal.check_text(cursor, replace(spelling, definitions=(definition,)), [sent])
    with pytest.raises(InvariantError):
        seal.check_text(cursor, spelling, [sent.replace("'crm'", "'billing'")])
