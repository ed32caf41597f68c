"""What a query really did, by the engine's profile: held against what the sources' tables are known to hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import UsageError
from cdi_federate.explain.document import document
from cdi_federate.federation import Federation
from cdi_federate.stages.events import Event
from tests.execute.keyed_world import keyed
from tests.worlds import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.build("shops", tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


def told(federation: Federation, sql: str) -> dict[str, Any]:
    result = federation.sql(sql)
    result.arrow()
    return document(result.plan, result.statement, result.ran)


def came(federation: Federation, sql: str) -> list[tuple[str, int | None]]:
    """The rows that each branch gave, in order; None where they are not told apart."""
    branches = [branch for source in told(federation, sql)["sources"] for branch in source["branches"]]
    return [(each["mapping"], each["actual"] and each["actual"]["rows"]) for each in branches]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        # each way of reading, without a condition: SQLite sends no account in state X, for its mapping says so
        ("SELECT count(*), max(email) FROM customer", {"billing.debtors": 4, "crm.accounts": 7, "web.visitors": 3}),
        ("SELECT * FROM orders", {"crm.orders": 5, "shop.orders": 4}),
        ("SELECT * FROM ticket", {"support.tickets": 4}),
        # what a condition leaves of it
        ("SELECT name FROM customer WHERE country = 'DE' AND region = 'EU'", {"crm.accounts": 2}),
        ("SELECT order_id FROM orders WHERE order_id > 102", {"crm.orders": 0, "shop.orders": 2}),
        # two fragments and two files at once
        (
            "SELECT 1 FROM customer c JOIN orders o USING (customer_id) WHERE c.region = 'EU' AND o.amount > 1",
            {"crm.accounts": 7, "crm.orders": 5, "shop.orders": 1},
        ),
        # one fragment that the engine reads once, in a CTE of the user's
        (
            "WITH c AS MATERIALIZED (SELECT * FROM customer WHERE region = 'EU') SELECT 1 FROM c JOIN c AS b ON true",
            {"crm.accounts": 7},
        ),
        # a branch that the engine itself finds to be empty
        ("SELECT order_id FROM orders WHERE order_id > 100000 AND _source = 'shop'", {"shop.orders": 0}),
    ],
)
def test_each_branch_gave_what_it_has(world: World, sql: str, expected: dict[str, int]) -> None:
    assert dict(came(world.federation, sql)) == expected


def test_the_answer_its_time_and_the_fragment_s(world: World) -> None:
    doc = told(world.federation, "SELECT customer_id FROM customer WHERE region = 'EU'")
    (crm,) = doc["sources"]
    actual = crm["sent"][0]["actual"]
    assert doc["actual"]["rows"] == actual["rows"] == 7
    assert 0 < actual["ms"] <= doc["actual"]["ms"]
    assert actual["bytes"] == 7 * 16, "one text a row: what only the mapping asks for is not sent"


def test_mentions_that_read_one_file_have_one_figure(world: World) -> None:
    (shop,) = told(
        world.federation, "SELECT 1 FROM orders a JOIN orders b ON a.amount < b.amount WHERE a._source = b._source "
        "AND a._source = 'shop' AND b._source = 'shop' AND a.order_id = 101"
    )["sources"]  # fmt: skip
    figures = [branch["actual"] for branch in shop["branches"]]
    assert len(figures) == 2 and figures[0] == figures[1]
    assert figures[0]["of_branches"] == 2


def test_a_fragment_that_is_left_early_has_what_came_until_then(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "big.sqlite") as db:
        db.execute("CREATE TABLE t (n INTEGER)")
        db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(200_000)])
    db.close()
    _catalog(tmp_path, "kind: sqlite\nconnection: {path: big.sqlite}", a="t")
    with Federation(load(tmp_path, env={})) as federation:
        # the filter keeps the limit here, after it
        ((_, rows),) = came(federation, "SELECT n FROM number WHERE n % 2 = 0 LIMIT 5")
    assert rows is not None and 10 <= rows < 200_000


def test_files_of_one_reader_are_told_apart(tmp_path: Path) -> None:
    for name, size in (("a", 3), ("b", 5)):
        (tmp_path / name).mkdir()
        for part in range(7):  # the profile names the first five only
            pq.write_table(pa.table({"n": list(range(size))}), tmp_path / name / f"[{part}].parquet")
    _catalog(tmp_path, "kind: parquet\nconnection: {path: .}", a="a/*.parquet", b="b/*.parquet")
    with Federation(load(tmp_path, env={})) as federation:
        assert came(federation, "SELECT n FROM number") == [("files.a", 21), ("files.b", 35)]


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        (("t", "u"), [("files.a", 3), ("files.b", 2)]),
        (("t", "v"), [("files.a", None), ("files.b", None)]),  # v is a view over t
        (("t", "SELECT n FROM t"), [("files.a", None), ("files.b", None)]),
        (('odd"name', "t"), [("files.a", 1), ("files.b", 3)]),
    ],
)
def test_tables_of_a_database_are_told_apart_or_not_at_all(
    tmp_path: Path, relations: tuple[str, str], expected: list[tuple[str, int | None]]
) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as db:
        db.execute("CREATE TABLE t AS SELECT unnest([1, 2, 3]) AS n; CREATE TABLE u AS SELECT unnest([1, 2]) AS n")
        db.execute('CREATE VIEW v AS SELECT n FROM t; CREATE TABLE "odd""name" AS SELECT 1 AS n')
    _catalog(tmp_path, "kind: duckdb\nconnection: {path: d.duckdb}", **dict(zip("ab", relations, strict=True)))
    with Federation(load(tmp_path, env={})) as federation:
        assert came(federation, "SELECT n FROM number") == expected


def _catalog(folder: Path, source: str, **relations: str) -> None:
    (folder / "entities").mkdir()
    (folder / "sources").mkdir()
    (folder / "catalog.yaml").write_text("name: test\n")
    (folder / "entities" / "number.yaml").write_text("entity: number\nfields: {n: BIGINT}\n")
    mappings = [f"    - {{name: {name}, from: '{what}', fields: {{n: n}}}}\n" for name, what in relations.items()]
    text = f"source: files\n{source}\nprovides:\n  number:\n{''.join(mappings)}"
    (folder / "sources" / "files.yaml").write_text(text)


def test_what_was_fetched_ahead_for_its_keys_counts(tmp_path: Path) -> None:
    events: list[Event] = []
    with keyed("sqlite", tmp_path, 100) as world:
        world.fill("wanted", [(7, "key 7", None, 1), (8, "key 8", None, 2), (9, None, None, 3)])
        prepared = world.federation.prepare("SELECT l.k FROM wanted w JOIN large l ON w.t = l.t", eager=True)
        result = world.federation.run(prepared, listener=events.append)
        assert sorted(result.fetchall()) == [(7,), (8,)]
        assert result.ran is not None
        assert [result.ran.fragments[fragment.name].rows for fragment in result.plan.fragments] == [3, 2]
    ended = [(event.detail["source"], event.detail["rows"]) for event in events if event.kind == "fragment_end"]
    assert ended == [("few", 3), ("many", 2)]


def test_how_far_it_is_is_told_to_whoever_listens(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    duckdb.execute(f"COPY (SELECT range AS n FROM range(4000000)) TO '{tmp_path / 'n.parquet'}'")
    _catalog(tmp_path, "kind: parquet\nconnection: {path: .}", a="n.parquet")
    slow = "SELECT max(sha256(n::VARCHAR)) FROM number"
    events: list[Event] = []
    with Federation(load(tmp_path, env={})) as federation:
        federation.sql(slow, listener=events.append).arrow()
    percents = [event.detail["percent"] for event in events if event.kind == "progress"]
    assert percents == sorted(percents) and 0 < percents[0] < 100
    assert capfd.readouterr() == ("", ""), "the engine draws no bar of its own"


def test_explain_runs_what_has_not_run_and_keeps_its_rows(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    result = world.federation.sql("SELECT customer_id FROM customer WHERE region = 'EU'")
    assert result.ran is None and "actual" not in result.explain()
    assert "    actual      7 rows, 112 bytes, " in result.explain(analyze=True)
    assert len(result) == 7
    assert capfd.readouterr() == ("", ""), "the engine prints no profile of its own"


def test_a_stream_that_was_not_read_to_its_end_has_no_figures(world: World) -> None:
    result = world.federation.sql("SELECT n FROM customer, range(200000) AS r(n)")
    reader = result.reader()
    with pytest.raises(UsageError, match="to its end"):
        result.explain(analyze=True)
    reader.read_all()
    assert "actual" in result.explain(analyze=True)


@pytest.mark.parametrize("head", ["EXPLAIN ANALYZE", "explain (analyze, format text)", "EXPLAIN (ANALYZE true)"])
def test_explain_analyze_is_answered_with_what_came(world: World, head: str) -> None:
    result = world.federation.sql(f"{head} SELECT customer_id FROM customer WHERE region = $r", r="EU")
    assert result.ran is None, "nothing runs before it is asked for"
    ((key, plan),) = result.fetchall()
    assert key == "analyzed_plan"
    assert "\nran         7 rows in " in plan and "    actual      7 rows, " in plan
    assert [column.name for column in result.columns] == ["explain_key", "explain_value"]


def test_explain_that_does_not_analyze_runs_nothing(world: World) -> None:
    result = world.federation.sql("EXPLAIN (ANALYZE false) SELECT customer_id FROM customer")
    assert result.explain(analyze=True) == result.explain()
    assert result.fetchall() == [("plan", result.explain())]
