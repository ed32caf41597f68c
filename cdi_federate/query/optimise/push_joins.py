"""Let a source join the tables that stand in it, where the statement groups what is joined.

    SELECT c.country, d.stage, count(*) FROM deal d JOIN customer c ON c.customer_id = d.customer_id GROUP BY ALL
    →  at the CRM:  SELECT country_name, stage, COUNT(*) FROM deals JOIN accounts ON … GROUP BY country_name, stage
    →  here:        each row of that, parted into one of d and one of c that have one number, by which they are joined

Sound because a join of unions is the union of the joins of their branches: of each choice of branches either no rows
meet (`partners.py`), or one source joins them by columns that are equal there just where the fields are here
(`Dialect.equal`), and is told all filters exactly, since WHERE and the conditions of the joins stand there and no more
in the statement (`joinings.py`: it has none but filters, equal fields and partners). The groups of a join are put
together of parts as those of one table are (`blocks.py`, `computing.py`). It is all or nothing.
Not over outer joins, whose rows without a partner may stand elsewhere; not where a field is `strict`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cdi_federate import tree
from cdi_federate.query.blocks import Block, joined_block
from cdi_federate.query.combining import Measures
from cdi_federate.query.computing import summed
from cdi_federate.query.joining_cost import joins_pay, with_rows
from cdi_federate.query.joinings import Joining, joinings
from cdi_federate.query.joints import branches_of, entity_of
from cdi_federate.query.limits import is_behind
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.summaries import NUMBER
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.joins import Joint
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.summary import Summary
from cdi_federate.tree import Tree


def push_joins(plan: Plan, context: Context) -> Plan:
    """Return the plan with `joints`, and its tree with aggregates put together of parts and joins by numbers."""
    if len(plan.scans) < 2:
        return plan
    tried: set[tuple[tuple[str, str], ...]] = set()
    while (joining := _next(plan, tried)) is not None:
        tried.add(joining.scans)
        plan = _joined(plan, joining, {scan.ref.node: scan for scan in plan.scans}, context)
    return plan


def _next(plan: Plan, tried: Collection[tuple[tuple[str, str], ...]]) -> Joining | None:
    """Return a SELECT of the statement as it stands that was not tried."""
    scans = {scan.ref.node: scan for scan in plan.scans if _is_plain(scan, plan) and scan.ref.node not in plan.joined}
    return next((each for each in joinings(plan.tree, scans) if each.scans not in tried), None)


def _is_plain(scan: Scan, plan: Plan) -> bool:
    strict = any(schema_of(scan.entity)[name].strict for name in scan.fields)
    return not is_behind(plan, scan) and scan.summary is None and not strict and bool(scan.branches)


def _joined(plan: Plan, joining: Joining, scans: dict[str, Scan], context: Context) -> Plan:
    """Return the plan in which a SELECT's join is made at the sources, where they can and it pays."""
    entity = entity_of(joining, scans)
    schema = schema_of(entity)
    names = {
        alias: {name: f"{alias}.{name}" for name in schema_of(scans[node].entity)} for node, alias in joining.scans
    }
    block = joined_block(joining.select, names, schema)
    if block is None:
        return plan
    measures = Measures(schema)
    words = [(slot.node, measures.put_together(slot)) for slot in block.slots]
    made = [(node, word) for node, word in words if word is not None]
    if len(made) < len(words):
        return plan
    fields = tuple(name for name in schema if name in block.keys or any(name in m.fields for m in measures.all))
    keys = tuple(name for name in fields if name in block.keys)
    said = tuple(tree.text(word) for _, word in made)
    summary = Summary(keys, tuple(measures.all), None, "", said, tuple(block.grains.get(name, "") for name in keys))
    ref = replace(scans[joining.scans[0][0]].ref, node=f"{joining.scans[0][0]}_joined")
    whole = Scan(ref, entity, Guard(entity.name), fields, branches_of(joining, scans, fields), summary=summary)
    branches = [_summed(with_rows(branch, context.costs), whole, summary) for branch in whole.branches]
    known = [branch for branch in branches if branch is not None]
    if not known or len(known) < len(branches):
        return plan
    decisions = tuple(joins_pay(branch, whole, context.costs) for branch in known)
    if not context.eager and not all(decision.pays for decision in decisions):
        return replace(plan, decisions=(*plan.decisions, *decisions))
    changed, rows = _changed(plan.tree, joining, block, {id(node): word for node, word in made})
    absorbed = tuple(partner.node for partner in joining.partners)
    joint = Joint(replace(whole, branches=tuple(known)), joining.scans, absorbed, rows)
    return replace(plan, tree=changed, joints=(*plan.joints, joint), decisions=(*plan.decisions, *decisions))


def _summed(branch: Branch, scan: Scan, summary: Summary) -> Branch | None:
    clauses = summed(branch, scan, summary.keys, summary.measures)
    return None if clauses is None else replace(branch, summed=clauses)


def _changed(root: Tree, joining: Joining, block: Block, made: dict[int, Tree]) -> tuple[Tree, tuple[str, ...]]:
    """Return a copy of the statement that reads parts and joins them by number, and its conditions for that."""
    (_, first), *others = joining.scans
    joins = tree.joins_of(joining.select)
    ons: dict[int, Tree] = {}
    loose: list[Tree] = []
    for join, (_, alias) in zip(joins, others, strict=True):
        before = joining.bound.get(id(join))
        if before is None:
            loose.append(_one_row(first, alias))
        else:
            ons[id(join)] = _one_row(before, alias)
    where = tree.all_of(*loose) if loose else None
    rows = tuple(tree.text(each) for each in (*ons.values(), *([] if where is None else [where])))
    return tree.rebuilt(root, lambda node: made.get(id(node)), where=(block.select, where), ons=ons), rows


def _one_row(left: str, right: str) -> Tree:
    return tree.equals(tree.column(NUMBER, left), tree.column(NUMBER, right))


RULE = Rule("push_joins", push_joins, needs_facts=True)
