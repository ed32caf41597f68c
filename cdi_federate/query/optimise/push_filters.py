"""Copy filters into branches, turned round through the mapping, as far as the source's dialect proves them.

Sound because the filter stays in the query and is applied again: a branch may lose only rows for which it is not TRUE.
A conjunction may go in part (superset); a disjunction only whole. A branch for which a filter turns out to be TRUE for
no row is dropped. Where the engine reads a source itself, a filter over a bare column needs no copy: it filters as it
reads; a copy in raw words lets it skip row groups and partitions. A field that its source has compared exactly with a
constant has that value in each row that comes, so it is neither fetched nor made anew (`Branch.fixed`).
Not for a `strict` field: its error must come for every row that the query reads. Nor past a merge: which of a
customer's values survives is known only once all its records are here.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.copies import told_filters
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Filter, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength


def push_filters(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.pushed` filled."""
    merged = {scan.ref.node: scan.filters for scan in plan.scans if scan.merge is not None}
    if not any(scan.filters for scan in plan.scans):
        return plan
    scans = (_waiting(scan, merged[scan.feeds]) if scan.feeds else scan for scan in plan.scans)
    return replace(plan, scans=tuple(told_filters(scan) if scan.filters else scan for scan in scans))


def _waiting(records: Scan, filters: tuple[Filter, ...]) -> Scan:
    """Return a scan of records, of which none may be left out: the filters are laid over what is merged of them."""
    if not filters:
        return records
    waiting = tuple(Pushed(each.text, None, Proof(Strength.LOCAL, Reason.MERGED)) for each in filters)
    return replace(records, branches=tuple(replace(branch, pushed=waiting) for branch in records.branches))


RULE = Rule("push_filters", push_filters, needs_facts=True)
