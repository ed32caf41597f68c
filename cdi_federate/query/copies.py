"""Filters of a scan as its branches are told them, and what they say of the rows that are left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeGuard

from cdi_federate.query.telling import told
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Always, Clause, Compare, Never, Value, Within, columns, is_sayable, literals
from cdi_federate.stages.plan import Branch, Dropped, Filter, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.types import TypeInfo, type_info

MOST_LITERALS = 400
"""Comparisons that a source is told at most: SQLite takes a depth of 1,000, and each comparison may be two deep."""


def told_filters(scan: Scan) -> Scan:
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
        if not told_exactly or isinstance(push.raw, Always) or not isinstance(clause, Compare) or clause.op != "=":
            continue
        if is_sayable(clause) and _is_value(clause.value, type_info(schema_of(scan.entity)[clause.column].type)):
            yield clause.column, clause.value  # type: ignore[misc]  # just these two types


def _is_value(value: Value, of: TypeInfo) -> bool:
    """Whether a constant is a text or an integer of a type; one that is too great is equal to no row's, but fails."""
    return (of.family == "text" and type(value) is str) or (
        of.family == "integer" and type(value) is int and of.low <= value <= of.high
    )


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


def is_fixed(scan: Scan, field: str) -> bool:
    """Return whether a filter says of a scan's rows that a field is one of some constants."""
    return any(constant(each, field) is not None for each in scan.filters)


def constant(filter_: Filter, field: str) -> Compare | Within | None:
    """Return the clause of a filter that says that a field is one of some constants, and nothing else."""
    clause = filter_.clause
    return clause if is_constant(clause) and clause.column == field else None


def is_constant(clause: Clause | None) -> TypeGuard[Compare | Within]:
    """Return whether a clause says that a field is one of some constants, and nothing else."""
    return isinstance(clause, Within) or (isinstance(clause, Compare) and clause.op == "=")
