"""Answers without a source that failed: when they are given, what they say, and when they are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import SourceError, UnavailableError
from cdi_federate.execute.partial import without
from cdi_federate.federation import Federation
from cdi_federate.query.split import split
from cdi_federate.query.transpile import transpile
from tests.worlds import World

EMAILS = "SELECT DISTINCT email FROM customer WHERE email IS NOT NULL"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.build("shops", tmp_path)
    yield made
    made.close()


def lose(world: World, source: str) -> None:
    """Take a source's data away."""
    for path in (world.folder / "data").glob(f"{source}*"):
        path.rename(path.with_name(f"lost-{path.name}"))


def test_the_others_answer_and_the_answer_says_what_it_lacks(world: World) -> None:
    whole = set(world.federation.sql(EMAILS).fetchall())
    lose(world, "web")
    with pytest.raises(UnavailableError) as caught:
        world.federation.sql(EMAILS)
    assert str(caught.value).startswith("source 'web' (Marketing) of entity 'customer': no file")
    result = world.federation.sql(EMAILS, on_failure="partial")
    rows = set(result.fetchall())
    assert rows < whole and rows
    (omission,) = result.omissions
    assert (omission.source, omission.department, omission.owner) == ("web", "Marketing", "")
    assert (omission.entities, omission.harm) == (("customer",), "")
    assert str(omission).startswith("customer without source 'web' (Marketing): no file")
    assert [origin.name for origin in result.sources] == ["billing", "crm"]
    assert result.lineage() == {"customer": ("billing.debtors", "crm.accounts")}


def test_the_catalog_says_it_of_each_source_and_a_query_otherwise(world: World) -> None:
    path = world.folder / "sources" / "web.yaml"
    path.write_text(path.read_text() + "on_failure: partial\n")
    lose(world, "web")
    with Federation(load(world.folder, env={})) as federation:
        assert [each.source for each in federation.sql(EMAILS).omissions] == ["web"]
        with pytest.raises(UnavailableError):
            federation.sql(EMAILS, on_failure="fail")
        lose(world, "billing")  # of which the catalog does not say it
        with pytest.raises(UnavailableError, match="source 'billing'"):
            federation.sql(EMAILS)
        assert {each.source for each in federation.sql(EMAILS, on_failure="partial").omissions} == {"web", "billing"}


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT count(*) FROM customer", "the query computes count over rows"),
        ("SELECT country FROM customer GROUP BY country", "the query groups rows"),
        ("SELECT email FROM customer ORDER BY email LIMIT 1", "the query takes some of its rows (LIMIT or OFFSET)"),
        (
            "SELECT o.order_id FROM orders o LEFT JOIN customer c USING (customer_id)",
            "the query asks for rows that have no partner (LEFT JOIN)",
        ),
        (
            "SELECT customer_id FROM orders EXCEPT SELECT customer_id FROM customer",
            "the query takes EXCEPT of its rows",
        ),
    ],
)
def test_what_would_be_wrong_is_refused_with_the_reason(world: World, sql: str, why: str) -> None:
    lose(world, "web")
    with pytest.raises(UnavailableError) as caught:
        world.federation.sql(sql, on_failure="partial")
    assert f"No partial answer is given: it would be wrong: {why}." in str(caught.value)
    result = world.federation.sql(sql, on_failure="partial", allow_wrong=True)
    result.fetchall()
    assert [each.harm for each in result.omissions] == [why]


def test_an_entity_that_lost_nothing_may_be_counted(world: World) -> None:
    lose(world, "web")
    orders = "(SELECT customer_id, count(*) AS n FROM orders GROUP BY 1)"
    sql = f"SELECT c.email, n FROM customer c JOIN {orders} USING (customer_id)"
    result = world.federation.sql(sql, on_failure="partial")
    assert result.fetchall() and [each.source for each in result.omissions] == ["web"]


def test_a_merged_entity_lacks_values_not_rows(tmp_path: Path) -> None:
    for name in ("entities", "sources"):
        (tmp_path / name).mkdir()
    (tmp_path / "catalog.yaml").write_text("name: merged\n")
    entity = "entity: customer\ngrain: merged\nkey: customer_id\nfields: {customer_id: varchar, mail: varchar}\n"
    (tmp_path / "entities" / "customer.yaml").write_text(entity)
    for name in ("a", "b"):
        text = f"provides: {{customer: {{from: {name}.csv, key: id, fields: {{mail: mail}}}}}}\n"
        (tmp_path / "sources" / f"{name}.yaml").write_text(
            f"source: {name}\nkind: csv\nconnection: {{path: .}}\n{text}"
        )
    (tmp_path / "a.csv").write_text("id,mail\n1,x@y.org\n")
    with Federation(load(tmp_path, env={})) as federation, pytest.raises(SourceError) as caught:
        federation.sql("SELECT mail FROM customer", on_failure="partial").fetchall()
    assert "it would be wrong: 'customer' merges the records of all its sources" in str(caught.value)


def test_nothing_is_no_answer(world: World) -> None:
    lose(world, "support")
    with pytest.raises(UnavailableError, match="No partial answer is given: no other source has anything"):
        world.federation.sql("SELECT topic FROM ticket", on_failure="partial")


def test_a_source_that_fails_when_it_runs_is_left_out_then(world: World) -> None:
    whole = set(world.federation.sql(EMAILS).fetchall())
    with Federation(load(world.folder, env={})) as federation:
        result = federation.sql(EMAILS, on_failure="partial")
        prepared = federation.prepare(EMAILS)
        counted = federation.sql("SELECT count(*) FROM customer", on_failure="partial")
        assert result.omissions == ()
        lose(world, "crm")
        rows = set(result.fetchall())
        assert rows < whole and rows
        assert [(each.source, each.owner) for each in result.omissions] == [("crm", "sales@example.com")]
        assert "crm" not in {fragment.source for fragment in result.plan.fragments}
        again = federation.run(prepared, on_failure="partial")
        assert set(again.fetchall()) == rows and [each.source for each in again.omissions] == ["crm"]
        with pytest.raises(UnavailableError, match="source 'crm'"):
            federation.run(prepared).fetchall()
        with pytest.raises(UnavailableError, match="No partial answer is given"):
            counted.fetchall()


def test_explain_tells_what_would_be_asked(world: World) -> None:
    lose(world, "web")
    result = world.federation.sql(f"EXPLAIN {EMAILS}", on_failure="partial")
    assert "web" not in result.fetchall()[0][1].split("then, in DuckDB")[0]
    assert [each.source for each in result.omissions] == ["web"]


def test_references_that_were_compared_raw_are_compared_with_none(tmp_path: Path) -> None:
    """They are numbers where whoever they refer to is there; without it there are only texts that are NULL."""
    made = World.build("desks", tmp_path)
    sql = "SELECT ticket_id FROM ticket WHERE account_id IN (SELECT customer_id FROM customer WHERE _source = 'crm')"
    plan = made.plan(sql)
    assert [branch.bare for scan in plan.plan.scans for branch in scan.branches] == [{"account_id"}, {"customer_id"}]
    left = transpile(
        split(without(plan.plan, "crm")), made.federation._setting.binder, made.federation._setting.engine.spell
    )
    assert made.rows(plan)[1]
    assert made.rows(left)[1] == []
    made.close()
