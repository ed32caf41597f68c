"""Note at each scan the conjuncts that speak of it alone, their constants folded by the engine.

Sound because nothing moves: the conjunct stays where the user wrote it, and a filter is only a copy (`mentions.py` says
when a copy may be laid over a scan). A predicate over the null-supplying side of an outer join that is TRUE on NULL is
not copied: `orders LEFT JOIN customer … WHERE customer.email IS NULL` would lose customers and find too many orders.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate import tree
from cdi_federate.query.constants import Constants
from cdi_federate.query.harmless import harmless
from cdi_federate.query.mentions import Mention, mentions
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.predicates import clause_of
from cdi_federate.query.values import is_true_on_null
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Filter, Plan, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength


def collect_filters(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Scan.filters` filled."""
    scans = {scan.ref.node: scan for scan in plan.scans}
    found = list(mentions(plan.tree, scans))
    if not found:
        return plan
    constants = Constants(context.evaluate, plan.query.bound.parameters)
    types = {node: {name: field.type for name, field in schema_of(scan.entity).items()} for node, scan in scans.items()}
    for mention in found:
        if mention.refused is None:
            clause_of(mention.predicate, types[mention.node], constants)
    constants.compute()
    filters: dict[str, list[Filter]] = {}
    for mention in found:
        filter_ = replace(_filter(mention, types[mention.node], constants), implied=mention.implied)
        if not mention.implied or filter_.local is None or filter_.here is not None:
            filters.setdefault(mention.node, []).append(filter_)
    for node, of_guard in _of_guards(plan).items():
        filters.get(node, []).sort(key=lambda each: each.text not in of_guard)
    return replace(plan, scans=tuple(_with(scan, filters.get(scan.ref.node, [])) for scan in plan.scans))


def _of_guards(plan: Plan) -> dict[str, set[str]]:
    """Return the conjuncts of each guard's row filter, which a source is told before the user's."""
    filtered = {node: guard.row_filter for node, guard in plan.query.guards.items() if guard.row_filter is not None}
    return {node: {tree.text(part) for part in tree.conjuncts(said)} for node, said in filtered.items()}


def _filter(mention: Mention, types: dict[str, str], constants: Constants) -> Filter:
    text = tree.text(mention.predicate)
    if mention.refused is not None:
        return Filter(text, local=Proof(Strength.LOCAL, mention.refused))
    clause = clause_of(mention.predicate, types, constants)
    if isinstance(clause, Proof):
        here = None if mention.must_reject_null else harmless(mention.predicate, types)
        return Filter(text, local=clause, here=here)
    assert clause is not None, "every constant was computed"
    if mention.must_reject_null and is_true_on_null(clause):
        return Filter(text, local=Proof(Strength.LOCAL, Reason.OUTER_JOIN))
    return Filter(text, clause)


def _with(scan: Scan, filters: list[Filter]) -> Scan:
    """Return a scan with the filters that it has of its own before those that it took of others."""
    return replace(scan, filters=(*filters, *(each for each in scan.filters if each.by))) if filters else scan


RULE = Rule("collect_filters", collect_filters)
