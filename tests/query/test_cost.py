"""What pays: the choice follows the figures, says them, and is a sensible one where there are none."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from cdi_federate.catalog.model import Column, Entity, Field, Mapping
from cdi_federate.errors import Span
from cdi_federate.query.cost import expected, groups_pay, pace, seconds_to_ask, seconds_to_fetch
from cdi_federate.query.forms import form
from cdi_federate.query.joining_cost import look_pays
from cdi_federate.query.keys_cost import keys_pay
from cdi_federate.stages.clauses import (
    Always,
    Clause,
    Compare,
    FoldedContains,
    Known,
    StartsWith,
    Unknown,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.cost import NOTHING, Costs, Seen, Speed
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.joins import Equal, Partners, Side
from cdi_federate.stages.plan import Branch, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.query import Guard, TableRef
from cdi_federate.stages.relations import RemoteTable

COLUMNS = (
    ColumnFacts("id", "BIGINT", nullable=False, indexed=True),
    ColumnFacts("country", "VARCHAR", distinct=20),
    ColumnFacts("city", "VARCHAR"),
    ColumnFacts("name", "VARCHAR", distinct=690_000),
)
FACTS = TableFacts({column.name: column for column in COLUMNS}, unique=(("id",),), rows=700_000)
SHAPES = {"customer_id": Column("id"), "land": Column("country"), "name": Column("name")}
ENTITY = Entity("customer", MappingProxyType({name: Field(name, "VARCHAR") for name in SHAPES}))


def branch(dialect: str = "mysql", rows: int | None = 700_000, *told: Clause, limit: int | None = None) -> Branch:
    mapping = Mapping("billing", "accounts", "customer", "accounts", MappingProxyType(SHAPES))
    pushed = tuple(Pushed("…", clause, Proof(Strength.EXACT, Reason.SAME_TYPE)) for clause in told)
    facts = replace(FACTS, rows=rows)
    return Branch(mapping, RemoteTable(("accounts",)), dialect, SHAPES, facts, pushed=pushed, limit=limit)


def scan(of: Branch) -> Scan:
    return Scan(TableRef("n", "customer", "c", Span(0, 0)), ENTITY, Guard("customer"), tuple(SHAPES), (of,))


def test_forms_hold_no_constant() -> None:
    clause = conjunction(
        Compare("Nr", "=", "secret"),
        disjunction(Within("status", ("secret",)), Unknown("status"), Compare("nr", "<", 7)),
        Without("b", ("secret",)),
        StartsWith("c", "secret"),
        StartsWith("c", "secret", negated=True),
        FoldedContains("d", "secret"),
        Known("e"),
    )
    assert form(clause) == (
        "(nr < OR status IN OR status IS NULL) AND b NOT IN AND c LIKE AND c NOT LIKE AND d CONTAINS AND e IS NOT NULL "
        "AND nr ="
    )
    assert form(Always()) == ""
    assert form(conjunction(Compare("a", "=", 1), Compare("b", "=", 2))) == form(
        conjunction(Compare("b", "=", 3), Compare("a", "=", 4))
    )


def test_few_groups_are_asked_for_and_many_are_made_here() -> None:
    own = branch("postgres")
    few, many = groups_pay(own, scan(own), ("land",)), groups_pay(own, scan(own), ("name",))
    assert few.pays and not many.pays
    for decision in (few, many):
        assert decision.pays == (decision.pushed_seconds <= decision.fetched_seconds)  # type: ignore[operator]
        assert (decision.what, decision.mapping) == ("groups", "billing.accounts")
    assert few.why == "about 20 groups of about 700,000 rows"
    assert groups_pay(own, scan(own), ("country",)) == few, "a raw column is as good as a field"
    assert not groups_pay(branch(), scan(branch()), ("land",)).pays, "MariaDB groups texts slower than it sends them"


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite", "duckdb"])
def test_one_group_is_always_asked_for(dialect: str) -> None:
    assert groups_pay(branch(dialect), scan(branch(dialect)), ()).pays


def test_groups_that_nobody_counted_are_asked_for() -> None:
    assert groups_pay(branch(rows=None), scan(branch(rows=None)), ("land",)).pays
    unknown = groups_pay(branch("postgres"), scan(branch("postgres")), ("city",))
    assert unknown.pays and "not counted" in unknown.why


def test_a_source_seen_to_group_slowly_is_spared() -> None:
    slow = Costs(work={("billing", "groups"): 5.0})
    assert not groups_pay(branch(), scan(branch()), ("land",), slow).pays


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@pytest.mark.parametrize(("keys", "pays"), [(3, True), (1_000, True), (2_000_000, False)])
def test_keys_pay_where_they_are_few(dialect: str, keys: float, pays: bool) -> None:
    decision = keys_pay(keys, branch(dialect), "id")
    assert decision.pays is pays
    assert decision.pays == (decision.pushed_seconds <= decision.fetched_seconds)  # type: ignore[operator]
    assert (decision.what, decision.mapping) == ("keys", "billing.accounts")


def test_keys_do_not_pay_for_a_table_that_is_small_itself() -> None:
    assert not keys_pay(50, branch("postgres", 60), "id").pays
    assert not keys_pay(50, branch("mysql", 700_000, Compare("id", "=", 7)), "id").pays


def test_keys_of_whom_nobody_knows_how_many_are_not_told() -> None:
    assert not keys_pay(None, branch(), "id").pays


def test_of_a_table_that_nobody_counted_only_few_keys_are_asked() -> None:
    assert keys_pay(50, branch(rows=None), "id").pays
    assert not keys_pay(5_000, branch(rows=None), "id").pays


def test_a_key_that_nobody_counted_is_taken_for_a_tenth_of_the_rows() -> None:
    assert "match about 210,000 rows" in keys_pay(3, branch(), "city").why
    assert not keys_pay(50, branch(), "city").pays


def test_more_latency_speaks_for_one_statement() -> None:
    far = Costs(speeds={"billing": Speed(latency=0.5)})
    assert keys_pay(50, branch("sqlite", 20_000), "id").pays
    assert not keys_pay(50, branch("sqlite", 20_000), "id", far).pays
    assert keys_pay(50, branch("mysql", 20_000), "id", far).pays, "many rows take several trips there and back"
    assert seconds_to_fetch(branch("mysql", 20_000), 1_000, far) < 0.6 < 4.4 < seconds_to_fetch(branch(), 1_001, far)
    assert seconds_to_ask(branch(), 3, far) == 1.5


def test_what_was_observed_is_the_pace() -> None:
    seen = Costs(speeds={"billing": Speed(0.02, rows_per_second=100_000, bytes_per_second=2_400_000)})
    assert seconds_to_fetch(branch(), 100_000, seen) == pytest.approx(0.02 + 1.0, rel=0.35)
    assert pace(branch(), Costs(speeds={"billing": Speed(latency=0.02)})).row == pace(branch()).row


def test_a_wrong_guess_is_what_was_seen_the_next_time() -> None:
    by_city = Compare("city", "=", "Łódź")
    before = expected(branch("mysql", 700_000, by_city), Costs())
    assert before == 70_000
    costs = Costs(seen={("billing.accounts", "city ="): Seen(140, before)})
    assert expected(branch("mysql", 700_000, by_city), costs) == pytest.approx(140)
    assert expected(branch("mysql", 700_000, Compare("city", "=", "Kraków")), costs) == pytest.approx(140)
    assert expected(branch("mysql", 1_400_000, by_city), costs) == pytest.approx(280), "the table has grown"
    assert expected(branch("mysql", 700_000, Compare("country", "=", "PL")), costs) == 35_000, "another form"


def test_what_came_of_a_table_that_nobody_counted_is_expected_again() -> None:
    costs = Costs(seen={("billing.accounts", "city ="): Seen(140)})
    assert expected(branch("mysql", None, Compare("city", "=", "x")), costs) == 140
    assert expected(branch("mysql", None, Compare("city", "<", "x")), costs) is None


def test_a_stale_count_of_the_table_is_corrected_for_every_form() -> None:
    costs = Costs(seen={("billing.accounts", ""): Seen(1_400_000, 700_000)})
    assert expected(branch("mysql", 700_000, Compare("country", "=", "PL")), costs) == 70_000
    assert expected(branch(limit=10), costs) == 10


def test_a_source_does_not_look_for_partners_of_rows_that_are_left_out_here() -> None:
    """Where conditions that it is not told leave few rows, the partners of these few are asked for by their keys."""
    known, other = branch("sqlite", 20_000), branch("sqlite", 60_000)
    equal = Equal(FACTS.columns["id"], FACTS.columns["id"])
    partners = Partners(((Side(other, (("id", "id"),)), (equal,)),), anti=False)
    assert look_pays(known, partners, NOTHING).pays
    assert look_pays(known, partners, NOTHING, kept=19_000).pays
    assert not look_pays(known, partners, NOTHING, kept=50).pays


def test_keys_save_less_of_a_table_that_is_read_by_its_declared_types() -> None:
    read = branch("sqlite", 22_000)
    facts = replace(FACTS, rows=22_000, declared=frozenset({"id", "country", "name"}))
    declared = replace(read, facts=replace(facts, relation=RemoteTable(("accounts",))))
    assert keys_pay(50, declared, "id").pays
    assert not keys_pay(50, declared, "id", gathered=True).pays
    assert keys_pay(50, read, "id", gathered=True).pays
