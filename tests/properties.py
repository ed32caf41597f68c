"""What holds for every case without being written."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from cdi_federate import tree
from cdi_federate.execute.partial import Leniency
from cdi_federate.federation.informed import informed, looked
from cdi_federate.query.authorise import authorise
from cdi_federate.query.bind import bind
from cdi_federate.query.optimise.rule import Context
from cdi_federate.query.optimise.run import RULES, optimise
from cdi_federate.query.parse import parse
from cdi_federate.query.split import split
from cdi_federate.query.transpile import transpile
from cdi_federate.query.unfold import unfold
from cdi_federate.stages.plan import Plan
from cdi_federate.stages.steps import FederatedPlan
from tests.harness import Case, fired, written
from tests.worlds import World


def hold(case: Case, world: World, plan: FederatedPlan) -> list[str]:
    """Assert all of them; returns the rows of the answer."""
    columns, rows = world.rows(plan)
    assert columns == [f"{column.name} {column.type}" for column in plan.plan.query.bound.columns]
    _guards_are_intact(plan.plan)
    _each_rule_twice_is_once(
        plan.plan, Context(world.federation._setting.binder.evaluate, eager="eager" in case.values)
    )
    _no_tree_is_changed(case, world)
    found = written(rows)
    _asked_again_it_is_answered_alike(case, world, found)
    if "some of" not in case.values:
        _rules_change_no_answer(case, world, plan.plan, found)
    return found


def _asked_again_it_is_answered_alike(case: Case, world: World, rows: list[str]) -> None:
    query, dialect = case.values["query"], case.values.get("dialect", "duckdb")
    result = world.federation.sql(query, dialect=dialect, parameters=case.given)
    again = world.federation.sql(query, dialect=dialect, parameters=case.given)
    assert again.plan_was_kept == (again.plan.plan.query.bound.clock is None)
    assert again.explain() == result.explain() or not again.plan_was_kept
    if "some of" not in case.values:
        assert Counter(written(again.fetchall())) == Counter(rows), "the answer is another with the plan that was kept"


def _guards_are_intact(plan: Plan) -> None:
    mentioned = {scan.ref.node: scan.guard for scan in plan.scans if not scan.feeds}
    assert mentioned.items() <= dict(plan.query.guards).items()
    assert {scan.feeds for scan in plan.scans if scan.feeds} <= set(mentioned)
    guarded = {ref.node.removesuffix("_all") for ref in plan.query.tables}
    assert {table.node for table in plan.query.bound.tables} <= guarded
    assert {ref.node for ref in plan.query.tables} == set(plan.query.guards)


def _each_rule_twice_is_once(plan: Plan, context: Context) -> None:
    for rule in RULES:
        assert rule.apply(plan, context).scans == plan.scans, f"{rule.name} has another effect the second time"


def _rules_change_no_answer(case: Case, world: World, plan: Plan, rows: list[str]) -> None:
    every = tuple(rule.name for rule in RULES)
    for without in (every, *((rule,) for rule in sorted(fired(plan)))):
        _, other = world.rows(case.plan(world, without))
        assert Counter(written(other)) == Counter(rows), f"the answer is another without {', '.join(without)}"


def _no_tree_is_changed(case: Case, world: World) -> None:
    """Walk the stages as `federation/path.py` does; a stage may make trees, and change none that it was given."""
    subject, setting = world.federation._subject, world.federation._setting
    catalog, binder, context = (
        setting.catalog,
        setting.binder,
        Context(setting.binder.evaluate, eager="eager" in case.values),
    )
    seen: list[tuple[str, tree.Tree, Any]] = []

    def note(stage: str, *trees: tree.Tree) -> None:
        for name, node, before in seen:
            assert tree.serialise(node) == before, f"{stage} changed the tree that {name} made"
        seen.extend((stage, node, tree.serialise(node)) for node in trees)

    parsed = parse(case.values["query"], binder, dialect=case.values.get("dialect", "duckdb"), schema=setting.schema)
    note("parse", parsed.tree)
    bound = bind(parsed, catalog, binder, case.given)
    note("bind", bound.tree)
    authorised = authorise(bound, setting.policy, subject, catalog, catalog)
    note("authorise", authorised.bound.tree)
    unfolded = unfold(authorised, catalog, setting.locate, setting.ids)
    note("unfold", unfolded.tree)
    pruned = optimise(unfolded, context, facts=False)
    note("optimise", pruned.tree)
    facts, errors = looked(pruned, setting, math.inf)
    known, _ = informed(pruned, facts, errors, setting, Leniency(catalog, "fail"))
    optimised = optimise(known, context, facts=True)
    note("optimise", optimised.tree)
    parts = split(optimised)
    note("split", parts.residual.tree, *(fragment.tree for fragment in parts.fragments))
    whole = transpile(parts, binder, setting.engine.spell)
    note("transpile", whole.residual.tree, *(fragment.tree for fragment in whole.fragments))
    setting.engine.spell(whole.residual)
    note("spell")
