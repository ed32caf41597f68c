"""Copy filters into branches, turned round through the mapping, as far as the source's dialect proves them.

Sound because the filter stays in the query and is applied again: a branch may lose only rows for which it is not TRUE.
A conjunction may go in part (superset); a disjunction only whole. A branch for which a filter turns out to be TRUE for
no row is dropped. Where the engine reads a source itself, a filter over a bare column needs no copy: it filters as it
reads; a copy in raw words lets it skip row groups and partitions.
Not for a `strict` field: its error must come for every row that the query reads.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.catalog.model import Column
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.inverse import Inverted, inverted
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.prove import proved
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    FoldedContains,
    Never,
    Or,
    columns,
    conjunction,
    disjunction,
    literals,
    texts,
)
from cdi_federate.stages.plan import Branch, Dropped, Filter, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength

MOST_LITERALS = 400
"""Comparisons that a source is told at most: SQLite takes a depth of 1,000, and each comparison may be two deep."""


def push_filters(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.pushed` filled."""
    if not any(scan.filters for scan in plan.scans):
        return plan
    return replace(plan, scans=tuple(_pushed(scan) if scan.filters else scan for scan in plan.scans))


def _pushed(scan: Scan) -> Scan:
    kept: list[Branch] = []
    dropped: list[Dropped] = list(scan.dropped)
    for branch in scan.branches:
        tried = _within_measure(tuple(_try(filter_, branch, scan) for filter_ in scan.filters), branch)
        never = next((push for push in tried if isinstance(push.raw, Never)), None)
        if never is None:
            kept.append(replace(branch, pushed=tried))
        else:
            dropped.append(Dropped(branch.mapping.qualified, branch.mapping.source, never.text))
    return replace(scan, branches=tuple(kept), dropped=tuple(dropped))


def _within_measure(tried: tuple[Pushed, ...], branch: Branch) -> tuple[Pushed, ...]:
    """Keep here what a source's parser would find too much: pushing must never add an error."""
    if not branch.dialect:
        return tried
    told, left = [], MOST_LITERALS
    for push in tried:
        left -= sum(1 for _ in literals(push.raw)) if push.raw is not None else 0
        if push.raw is not None and left < 0 and not isinstance(push.raw, Always | Never):
            push = Pushed(push.text, None, Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, "too long a condition"))
        told.append(push)
    return tuple(told)


def _try(filter_: Filter, branch: Branch, scan: Scan) -> Pushed:
    if filter_.clause is None or branch.facts is None:
        return Pushed(filter_.text, None, filter_.local or Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE))
    strict = [name for name in columns(filter_.clause) if schema_of(scan.entity)[name].strict]
    if strict:
        return Pushed(filter_.text, None, Proof(Strength.LOCAL, Reason.NOT_INVERTIBLE, f"{strict[0]} is strict"))
    clause, proof = _through(filter_.clause, branch, scan)
    return Pushed(filter_.text, clause, proof)


def _through(clause: Clause, branch: Branch, scan: Scan) -> tuple[Clause | None, Proof]:
    """Return what the branch's source may be told of a clause over fields, and the proof."""
    match clause:
        case And(parts):
            told = [_through(part, branch, scan) for part in parts]
            sent = [raw for raw, _ in told if raw is not None]
            if not sent:
                return None, told[0][1]
            return conjunction(*sent), _weakest([proof for _, proof in told], len(sent) < len(parts))
        case Or(parts):
            told = [_through(part, branch, scan) for part in parts]
            unsaid = next((proof for raw, proof in told if raw is None), None)
            if unsaid is not None:
                return None, unsaid
            return disjunction(*(raw for raw, _ in told if raw is not None)), _weakest([p for _, p in told], False)
        case Always() | Never():
            return clause, Proof(Strength.EXACT, Reason.CONSTANT)
    shape = branch.shapes.get(clause.column)
    assert branch.facts is not None
    try:
        type_ = schema_of(scan.entity)[clause.column].type
        result = inverted(clause, shape, type_, branch.facts, branch.mapping.claims)
    except NotInvertible as why:
        return None, Proof(Strength.LOCAL, why.reason, why.detail)
    if isinstance(result.clause, Always | Never):
        return result.clause, Proof(Strength.EXACT, Reason.CONSTANT)
    if not branch.dialect:
        return _in_place(result, bare=isinstance(shape, Column) and shape == Column(shape.column, place=shape.place))
    return proved(result, branch.facts, branch.dialect)


def _in_place(result: Inverted, bare: bool) -> tuple[Clause | None, Proof]:
    costly = any(isinstance(literal, FoldedContains) for literal in literals(result.clause))
    if any("\0" in text for text in texts(result.clause)):
        return None, Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, "a text with NUL, which no statement can hold")
    if bare or costly:
        return None, Proof(Strength.LOCAL, Reason.IN_PLACE)
    return result.clause, Proof(Strength.EXACT if result.exact else Strength.SUPERSET, Reason.INVERTED)


def _weakest(proofs: list[Proof], partial: bool) -> Proof:
    if partial:
        unsaid = next(proof for proof in proofs if proof.strength is Strength.LOCAL)
        return Proof(Strength.SUPERSET, Reason.PARTIAL_CLAUSE, unsaid.detail)
    weak = next((proof for proof in proofs if proof.strength is Strength.SUPERSET), None)
    return weak or proofs[0]


RULE = Rule("push_filters", push_filters, needs_facts=True)
