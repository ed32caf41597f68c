"""The seams that later work hangs on: a subject with each call, queries known before they run, one event stream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pytest

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck import seal
from cdi_federate.federation import Prepared
from cdi_federate.query.optimise.rule import Rule
from cdi_federate.query.optimise.run import check
from cdi_federate.stages.events import Event
from cdi_federate.stages.query import Guard
from cdi_federate.stages.relations import FileScan
from cdi_federate.stages.steps import FederatedPlan, Fetch, Keep, KeySet, Residual
from cdi_federate.stages.subject import Subject
from tests.worlds import World

SQL = (
    "SELECT c.email, o.amount FROM customer c JOIN orders o USING (customer_id) WHERE c.country = 'DE' AND o.amount > 1"
)


@pytest.fixture
def world(worlds: dict[str, World]) -> World:
    return worlds["shops"]


@pytest.fixture
def plan(world: World) -> FederatedPlan:
    return world.plan(SQL)


def test_steps_are_fetches_then_one_residual(plan: FederatedPlan) -> None:
    assert [type(step) for step in plan.steps] == [Fetch, Fetch, Residual]


def test_a_step_waits_for_earlier_ones_only(world: World) -> None:
    plan = world.plan(SQL, eager=True)
    assert [type(step) for step in plan.steps] == [Fetch, Keep, KeySet, Fetch, Residual]
    names = [step.name for step in plan.steps if not isinstance(step, Residual)]
    for at, step in enumerate(plan.steps):
        waits = step.after if isinstance(step, Fetch) else (step.kept,) if isinstance(step, KeySet) else ()
        assert set(waits) <= set(names[:at])


def test_the_subject_is_given_with_each_call(world: World) -> None:
    one = world.federation.sql("SELECT 1", subject=Subject("ann", "analyst", "fraud"))
    two = world.federation.sql("SELECT 1", subject=Subject("bob"))
    assert one.plan.plan.query.subject == Subject("ann", "analyst", "fraud")
    assert two.plan.plan.query.subject == Subject("bob")


def test_prepared_knows_the_answer_and_its_parameters_without_running(world: World) -> None:
    told: list[Event] = []
    prepared = world.federation.prepare(
        "SELECT order_id, amount * 2 AS a FROM orders WHERE amount > $least AND status = $s"
    )
    assert [(column.name, column.type) for column in prepared.columns] == [
        ("order_id", "BIGINT"),
        ("a", "DECIMAL(18,2)"),
    ]
    assert prepared.parameters == {"least": "DECIMAL(12,2)", "s": "VARCHAR"}
    assert isinstance(prepared, Prepared)
    first = world.federation.run(prepared, least=1000, s="paid", listener=told.append).fetchall()
    again = world.federation.run(prepared, least=1, s="paid").fetchall()
    assert (len(first), len(again)) == (0, 2)
    assert {event.kind for event in told} >= {"end"}


def test_one_stream_of_events_in_order(world: World) -> None:
    told: list[Event] = []
    world.federation.sql(SQL, listener=told.append).arrow()
    kinds = [event.kind for event in told]
    stages = [event.detail["stage"] for event in told if event.kind == "stage"]
    assert stages == ["bind", "unfold", "facts", "optimise", "transpile"]
    assert len({event.query for event in told}) == 1
    assert [event.at for event in told] == sorted(event.at for event in told)
    assert kinds.count("fragment_start") == 2
    assert kinds[-1] == "end"


def test_a_table_in_memory_is_a_source_like_any_other(tmp_path: Path) -> None:
    world = World.build("shops", tmp_path)
    world.federation.register("basket", pa.table({"customer_id": ["A1", "W2", None], "n": [1, 2, 3]}))
    rows = world.federation.sql("SELECT b.n FROM basket b JOIN customer c USING (customer_id) WHERE c.region = 'EU'")
    assert rows.fetchall() == [(1,)]
    world.close()


# --- what the seal holds -------------------------------------------------------------------------------------------


def test_a_sound_plan_passes(plan: FederatedPlan) -> None:
    seal.check_plan(plan)


def test_a_scan_without_its_guard_does_not(plan: FederatedPlan) -> None:
    first, *rest = plan.plan.scans
    other = replace(first, guard=Guard("customer", row_filter=tree.never()))
    with pytest.raises(InvariantError, match="guard"):
        seal.check_plan(replace(plan, plan=replace(plan.plan, scans=(other, *rest))))


def test_a_query_whose_guards_are_gone_does_not(plan: FederatedPlan) -> None:
    query = replace(plan.plan.query, guards=MappingProxyType({}))
    with pytest.raises(InvariantError, match="guard"):
        seal.check_plan(replace(plan, plan=replace(plan.plan, query=query)))


def test_a_leaf_that_no_scan_asked_for_does_not(plan: FederatedPlan) -> None:
    leaves = {**plan.residual.leaves, "more": FileScan("csv", ("/etc/hosts",), {})}
    tampered = replace(plan, steps=(*plan.steps[:-1], replace(plan.residual, leaves=leaves)))
    with pytest.raises(InvariantError, match="no scan"):
        seal.check_plan(tampered)


def test_a_fragment_that_reads_another_table_does_not(plan: FederatedPlan) -> None:
    first = plan.steps[0]
    assert isinstance(first, Fetch)
    text = first.fragment.text.replace(' FROM "', ' FROM "secrets" JOIN "', 1)
    tampered = replace(plan, steps=(replace(first, fragment=replace(first.fragment, text=text)), *plan.steps[1:]))
    with pytest.raises(InvariantError, match="reads a table"):
        seal.check_plan(tampered)


@pytest.mark.parametrize("text", ["DELETE FROM accounts", "SELECT 1; SELECT 2", "((("])
def test_a_fragment_that_is_not_one_select_does_not(plan: FederatedPlan, text: str) -> None:
    first = plan.steps[0]
    assert isinstance(first, Fetch)
    with pytest.raises(InvariantError):
        seal.check_plan(
            replace(plan, steps=(replace(first, fragment=replace(first.fragment, text=text)), *plan.steps[1:]))
        )


# --- what the runner holds -----------------------------------------------------------------------------------------


def test_a_rule_that_loses_a_scan_a_guard_or_the_statement_is_named(plan: FederatedPlan) -> None:
    whole = plan.plan
    rule = Rule("bad_rule", lambda plan, context: plan)
    ungarded = replace(whole.scans[0], guard=Guard("customer", denied=frozenset({"email"})))
    for worse in (
        replace(whole, scans=whole.scans[:1]),
        replace(whole, scans=(ungarded, *whole.scans[1:])),
        replace(whole, query=replace(whole.query, subject=Subject("root"))),
    ):
        with pytest.raises(InvariantError, match="bad_rule"):
            check(whole, worse, rule)
    check(whole, whole, rule)
