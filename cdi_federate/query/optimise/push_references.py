"""Let a source send rows together with those of other tables that they refer to, where both stand in it.

    FROM lineitem, orders o, customer c WHERE c.c_custkey = o.o_custkey AND o.o_orderkey = l_orderkey AND …
    →  at the CRM:  SELECT … FROM orders JOIN accounts ON account = id WHERE <what either is told>
    →  here:        o has the rows of that, c the different ones of it; the statement joins them as it did

Sound because links (`links.py`) say of either scan that its rows without a partner are not needed; what a source joins
are just the others. The field of the table that is referred to is unique over all its branches, so a row of the other
has one partner at most: it comes once, and a row that is referred to is told from the next by that field. Columns must
be equal at the source just where the fields are here (`Dialect.equal`), and every choice of branches either never meet
or stand in one source (`joints.py`). What these are told may keep rows too many, for the statement's conditions stay.
What the rows of the join are told further, by keys of other scans, is told of either.
Not of `strict` fields, whose error must come for every row, and not of merged rows. Through a guard where nobody can
see which rows come, or where the source keeps those that may be seen itself (`unseen.py`): it is asked of them again.
Whom a guard looks for is not among the tables that come together: of first rows few need to be looked for (`among.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cdi_federate.query.joining_cost import references_pay, with_rows
from cdi_federate.query.links import Link, links
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.referring import Reference, is_plain, joint_of, references
from cdi_federate.query.unseen import are_named, is_told, of_statement
from cdi_federate.stages.joins import Joint
from cdi_federate.stages.plan import Plan, Scan

MOST = 4
"""Tables that are sent together at most."""


def push_references(plan: Plan, context: Context) -> Plan:
    """Return the plan with a joint for each scan whose rows come together with those that they refer to."""
    own = of_statement(plan)
    free = (scan for scan in plan.scans if is_plain(scan) and is_told(plan, scan) and scan.ref.node not in plan.joined)
    able = (scan for scan in free if scan.ref.node in own and all(branch.dialect for branch in scan.branches))
    scans = {scan.ref.node: scan for scan in able}
    if len(scans) < 2:
        return plan
    every = {scan.ref.node: scan for scan in plan.scans}
    found = links(plan.tree, every)
    for tree_ in references(found, scans):
        plan = _referring(plan, tree_, scans, found, context)
    return plan


def _referring(
    plan: Plan, wanted: tuple[Reference, ...], scans: dict[str, Scan], found: Iterable[Link], context: Context
) -> Plan:
    """Return the plan with the joint of as many references as can be made at their sources, and pay."""
    made: Joint | None = None
    taken: list[Reference] = []
    for each in wanted[: MOST - 1]:
        if taken and each.pair.left[0] not in {taken[0].pair.left[0], *(one.pair.right[0] for one in taken)}:
            continue  # what it hangs on is not sent along
        pairs = tuple(one.pair for one in (*taken, each))
        joint = joint_of((pairs[0].left[0], *(pair.right[0] for pair in pairs)), pairs, scans)
        if joint is None:
            continue
        joint = replace(
            joint,
            scan=replace(
                joint.scan, branches=tuple(with_rows(branch, context.counted) for branch in joint.scan.branches)
            ),
        )
        narrowed = _is_narrowed(joint, scans, found)
        if plan.query.apart:  # not by cost, which follows how many rows there are
            made, taken = (joint, [*taken, each]) if are_named(joint.nodes, scans) else (made, taken)
            continue
        decisions = tuple(references_pay(branch, context.costs, narrowed=narrowed) for branch in joint.scan.branches)
        plan = replace(plan, decisions=(*plan.decisions, *decisions))
        if context.eager or all(decision.pays for decision in decisions):
            made, taken = joint, [*taken, each]
    return plan if made is None else replace(plan, joints=(*plan.joints, made))


def _is_narrowed(joint: Joint, scans: dict[str, Scan], found: Iterable[Link]) -> bool:
    """Whether scans that are not sent along may give keys to those that are."""
    return any(link.taker in joint.nodes and link.giver not in joint.nodes for link in found)


RULE = Rule("push_references", push_references, needs_facts=True)
