"""Let sources group and compute what can be put together here of parts: counts, exact sums, averages, least, greatest.

    SELECT country, sum(balance) FROM customer WHERE … GROUP BY country
    →  at the CRM:  SELECT country_name, SUM(cents) FROM accounts WHERE … GROUP BY country_name
    →  here:        SELECT country, sum(m1) FROM (each source's parts) GROUP BY country

Sound because a group's rows are the disjoint union of its parts: equal raw columns give equal fields, so groups of raw
columns are finer than those wanted; counts and exact sums add up, minima have a minimum. It needs exact filters (the
WHERE moves to where the rows are), keys that the source tells apart as they are told apart here (text by its bytes),
and a field that is the raw column, cast without loss or scaled; a raw value that does not fit the field's type is left
out by the very condition under which the field has a value. A branch that cannot is grouped here. Where each group is
whole at a source, it is told what HAVING asks of it, too (`havings.py`).
The same of what is computed of such fields (`terms.py`); rows of which DuckDB would fail to compute it are counted.
Not sums of doubles, whose parts add up to another sum; not over joins; not aggregates of other kinds.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate import tree
from cdi_federate.query import havings
from cdi_federate.query.blocks import Block, block_of
from cdi_federate.query.combining import Measures
from cdi_federate.query.computing import has_room, summed
from cdi_federate.query.constants import Constants
from cdi_federate.query.cost import groups_pay
from cdi_federate.query.havings import are_whole, conditions
from cdi_federate.query.limits import conjuncts_of, is_behind, is_exact
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.summary import Summary
from cdi_federate.tree import Tree


def push_groups(plan: Plan, context: Context) -> Plan:
    """Return the plan whose grouped scans have a summary, and its tree with aggregates put together of parts."""
    for scan in plan.scans:
        if any(branch.dialect for branch in scan.branches):
            plan = _summarised(plan, scan, context)
    return plan


def _summarised(plan: Plan, scan: Scan, context: Context) -> Plan:
    block = block_of(plan.tree, scan) if not is_behind(plan, scan) and scan.summary is None else None
    if block is None or block.conjuncts != conjuncts_of(scan) or not block.slots:
        return plan
    schema = schema_of(scan.entity)
    if any(schema[name].strict for name in scan.fields):
        return plan
    measures = Measures(schema)
    words: list[tuple[Tree, Tree]] = []
    for slot in block.slots:
        made = measures.put_together(slot)
        if made is None:
            return plan
        words.append((slot.node, made))
    keys = tuple(name for name in scan.fields if name.lower() in block.keys)
    grains = tuple(block.grains.get(name.lower(), "") for name in keys)
    having: tuple[Clause, ...] = ()
    if are_whole(block, scan, keys):
        constants = Constants(context.evaluate, plan.query.bound.parameters)
        having = conditions(block, schema, words, measures.all, constants)
    asked = Summary(keys, tuple(measures.all), None, block.alias, (), grains, having)
    if not all(has_room(branch, scan, asked.measures) for branch in scan.branches):
        return plan
    told = {
        branch.mapping.qualified: replace(branch, summed=clauses, having=havings.told(having, branch, asked.measures))
        for branch in scan.branches
        if is_exact(branch, len(scan.filters)) and (clauses := summed(branch, scan, keys, asked.measures)) is not None
    }
    decisions = tuple(groups_pay(branch, scan, keys, context.costs, grains) for branch in told.values())
    chosen = {decision.mapping for decision in decisions if decision.pays or context.eager}
    plan = replace(plan, decisions=(*plan.decisions, *decisions)) if decisions else plan
    if not chosen:
        return plan
    branches = tuple(
        told[branch.mapping.qualified] if branch.mapping.qualified in chosen else branch for branch in scan.branches
    )
    said = tuple(tree.text(made) for _, made in words)
    where = tree.detached(block.where) if block.where is not None else None
    summary = replace(asked, where=where, words=said)
    scans = tuple(replace(each, branches=branches, summary=summary) if each is scan else each for each in plan.scans)
    return replace(plan, tree=_changed(plan.tree, block, words), scans=scans)


def _changed(root: Tree, block: Block, words: list[tuple[Tree, Tree]]) -> Tree:
    """Return a copy of the statement in which the block reads parts."""
    made = {id(node): word for node, word in words}
    return tree.rebuilt(root, lambda node: made.get(id(node)), where=(block.select, None))


RULE = Rule("push_groups", push_groups, needs_facts=True)
