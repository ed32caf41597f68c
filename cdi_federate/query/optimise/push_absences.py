"""Let a source leave out rows that have a partner there, where only those without one are wanted.

    SELECT name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND …)
    →  at the CRM:  SELECT … FROM accounts LEFT JOIN orders ON … WHERE "account_no_2" IS NULL
    →  here:        no orders at all; the statement's NOT EXISTS is TRUE of every customer that comes

Sound because the condition stands in WHERE over rows that no outer join has made up, so rows that fail it are wanted
nowhere; and because a source is told it whole, for the rows that it looks for are read no more: all filters of them
exactly, by columns that are equal there just where the fields are here (`Dialect.equal`), NULL being equal to nothing
on both sides. Every branch of theirs stands in the source or never meets the row's own (`joints.py`).
Not through a guard, not where a field is `strict`, and not of merged rows.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.absences import absences
from cdi_federate.query.joining_cost import absences_pay, with_rows
from cdi_federate.query.joinings import Partner
from cdi_federate.query.limits import is_behind
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.referring import is_plain, joint_of
from cdi_federate.stages.plan import Plan


def push_absences(plan: Plan, context: Context) -> Plan:
    """Return the plan with a joint for each scan of which only rows without partners come."""
    scans = {scan.ref.node: scan for scan in plan.scans if is_plain(scan) and not is_behind(plan, scan)}
    if len(scans) < 2:
        return plan
    for node, partner in list(absences(plan.tree, scans)):
        if not plan.joined & {node, partner.node} and all(branch.dialect for branch in scans[node].branches):
            plan = _without(plan, node, partner, context)
    return plan


def _without(plan: Plan, node: str, partner: Partner, context: Context) -> Plan:
    joint = joint_of((node,), (), {scan.ref.node: scan for scan in plan.scans}, partners=(partner,))
    if joint is None:
        return plan
    branches = tuple(with_rows(branch, context.counted) for branch in joint.scan.branches)
    decisions = tuple(absences_pay(branch, context.costs) for branch in branches)
    plan = replace(plan, decisions=(*plan.decisions, *decisions))
    if not context.eager and not all(decision.pays for decision in decisions):
        return plan
    return replace(plan, joints=(*plan.joints, replace(joint, scan=replace(joint.scan, branches=branches))))


RULE = Rule("push_absences", push_absences, needs_facts=True)
