"""What is kept between queries: given again for the very same things, never for others, and not without end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.kept import Kept
from tests.worlds import World


def facts() -> TableFacts:
    return TableFacts({"a": ColumnFacts("a", "VARCHAR")})


def test_the_same_things_give_the_same_value() -> None:
    kept: Kept[object] = Kept(10)
    mine = facts()
    made = kept.get((mine, None), ("a",), object)
    assert kept.get((mine, None), ("a",), object) is made


def test_equal_things_are_others() -> None:
    kept: Kept[object] = Kept(10)
    mine, again = facts(), facts()
    assert mine == again
    made = kept.get((mine,), ("a",), object)
    assert kept.get((again,), ("a",), object) is not made
    assert kept.get((mine,), ("b",), object) is not made
    assert kept.get((mine, None), ("a",), object) is not made


def test_things_that_are_gone_leave_nothing_to_others() -> None:
    kept: Kept[int] = Kept(10_000)
    # Each table dies at once for all but the cache, which must keep its identity from being given again.
    assert [kept.get((facts(),), (), lambda number=number: number) for number in range(1_000)] == list(range(1_000))  # type: ignore[misc]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept: Kept[object] = Kept(2)
    one, two = kept.get((), ("1",), object), kept.get((), ("2",), object)
    assert kept.get((), ("1",), object) is one
    kept.get((), ("3",), object)
    assert kept.get((), ("1",), object) is one
    assert kept.get((), ("2",), object) is not two


def test_a_table_that_changes_between_two_queries_is_asked_anew(tmp_path: Path) -> None:
    world = World.build("shops", tmp_path)
    query = "SELECT name, balance FROM customer WHERE _source = 'crm' ORDER BY ALL"
    before = world.federation.sql(query).fetchall()
    with closing(sqlite3.connect(world.folder / "data" / "crm.sqlite")) as db:
        db.executescript(
            "CREATE TABLE fresh AS SELECT * FROM accounts; DROP TABLE accounts;"
            "CREATE TABLE accounts (account_no TEXT, mail TEXT, first TEXT, last TEXT, country_name TEXT, "
            "  cents DECIMAL(12, 1), tier INTEGER, vip BOOLEAN, state TEXT);"
            "INSERT INTO accounts "
            "SELECT account_no, mail, first, last, country_name, cents, tier, vip, state FROM fresh"
        )
    plan = world.plan(query)
    (fragment,) = plan.fragments
    assert "CASE TYPEOF(\"cents\") WHEN 'integer'" in fragment.text
    assert 'AS DECIMAL(12, 1)) AS "cents"' in plan.residual.text
    assert world.federation.sql(query).fetchall() == before
    world.close()
