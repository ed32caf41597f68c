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

from collections.abc import Iterator
from dataclasses import replace

from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.telling import told
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Always, Compare, Never, columns, is_sayable, literals
from cdi_federate.stages.plan import Branch, Dropped, Filter, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.types import type_info

MOST_LITERALS = 400
"""Comparisons that a source is told at most: SQLite takes a depth of 1,000, and each comparison may be two deep."""


def push_filters(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.pushed` filled."""
    merged = {scan.ref.node: scan.filters for scan in plan.scans if scan.merge is not None}
    if not any(scan.filters for scan in plan.scans):
        return plan
    scans = (_waiting(scan, merged[scan.feeds]) if scan.feeds else scan for scan in plan.scans)
    return replace(plan, scans=tuple(pushed(scan) if scan.filters else scan for scan in scans))


def _waiting(records: Scan, filters: tuple[Filter, ...]) -> Scan:
    """Return a scan of records, of which none may be left out: the filters are laid over what is merged of them."""
    if not filters:
        return records
    waiting = tuple(Pushed(each.text, None, Proof(Strength.LOCAL, Reason.MERGED)) for each in filters)
    return replace(records, branches=tuple(replace(branch, pushed=waiting) for branch in records.branches))


def pushed(scan: Scan) -> Scan:
    """Return a scan whose branches are told its filters, as far as they can be, without those that these rule out."""
    kept: list[Branch] = []
    dropped: list[Dropped] = list(scan.dropped)
    for branch in scan.branches:
        tried = _within_measure(tuple(_try(filter_, branch, scan) for filter_ in scan.filters), branch)
        never = next((push for push in tried if isinstance(push.raw, Never)), None)
        if never is None:
            kept.append(replace(branch, pushed=tried, fixed=tuple(_fixed(branch, scan, tried))))
        else:
            dropped.append(Dropped(branch.mapping.qualified, branch.mapping.source, never.text))
    return replace(scan, branches=tuple(kept), dropped=tuple(dropped))


def _fixed(branch: Branch, scan: Scan, tried: tuple[Pushed, ...]) -> Iterator[tuple[str, str | int]]:
    """Yield the fields that are equal to a constant in every row that is left, where that is the very same value.

    Texts and integers are: equal doubles, and decimals of another scale, need not be. Records that are merged are
    compared to find their customers only, and what the engine reads itself is compared where it is read.
    """
    if scan.feeds or not branch.dialect:
        return
    for filter_, push in zip(scan.filters, tried, strict=True):
        clause, told_exactly = filter_.clause, push.raw is not None and push.proof.strength is Strength.EXACT
        if told_exactly and not isinstance(push.raw, Always) and isinstance(clause, Compare) and clause.op == "=":
            family = type_info(schema_of(scan.entity)[clause.column].type).family
            if is_sayable(clause) and (family, type(clause.value)) in (("text", str), ("integer", int)):
                yield clause.column, clause.value  # type: ignore[misc]  # just these two types


def _within_measure(tried: tuple[Pushed, ...], branch: Branch) -> tuple[Pushed, ...]:
    """Keep here what a source's parser would find too much: pushing must never add an error."""
    if not branch.dialect:
        return tried
    measured, left = [], MOST_LITERALS
    for push in tried:
        left -= sum(1 for _ in literals(push.raw)) if push.raw is not None else 0
        if push.raw is not None and left < 0 and not isinstance(push.raw, Always | Never):
            push = Pushed(push.text, None, Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, "too long a condition"))
        measured.append(push)
    return tuple(measured)


def _try(filter_: Filter, branch: Branch, scan: Scan) -> Pushed:
    if filter_.clause is None or branch.facts is None:
        return Pushed(filter_.text, None, filter_.local or Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE))
    strict = [name for name in columns(filter_.clause) if schema_of(scan.entity)[name].strict]
    if strict:
        return Pushed(filter_.text, None, Proof(Strength.LOCAL, Reason.NOT_INVERTIBLE, f"{strict[0]} is strict"))
    clause, proof = told(filter_.clause, branch, scan.entity)
    return Pushed(filter_.text, clause, proof)


RULE = Rule("push_filters", push_filters, needs_facts=True)
