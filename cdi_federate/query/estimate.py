"""How many rows a branch has to give, from counts that its source keeps. Guesses: they guide cost and prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from cdi_federate.catalog.model import Column
from cdi_federate.query.selectivity import INDEXED_ROWS, RANGE, distinct, nulls, selectivity
from cdi_federate.query.shapes import columns_of
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    ClauseLiteral,
    Compare,
    CompareDays,
    Never,
    Within,
    conjunction,
    mapped,
)
from cdi_federate.stages.plan import Branch, Scan

Estimated = Callable[[Branch], float | None]
"""What gives the rows that a branch's source sends, None where that is not known."""


def rows_of(branch: Branch) -> float | None:
    """Return how many rows the branch's source sends for what it is told; None where its table's rows are not known."""
    return _at_most(branch, _kept(branch, told(branch)))


def rows_of_scan(scan: Scan, estimated: Estimated = rows_of) -> float | None:
    """Return how many rows of the scan are left by the filters that were copied into it, at the source or here.

    `estimated` gives what a branch's source sends. None where any branch's rows are not known.
    """
    total = 0.0
    for branch in scan.branches:
        sent = estimated(branch)
        if sent is None or branch.facts is None:
            return None
        total += max(min(sent, 1.0), _part_here(scan, branch) * sent)
    return total


def matched(branch: Branch, column: str, keys: float, estimated: Estimated = rows_of) -> float | None:
    """Return how many rows of the branch `keys` different values of a raw column match, of those that it would send.

    None where the rows are not known, or nobody knows how often one value stands in the column. `estimated` as above.
    """
    rows, facts = estimated(branch), branch.facts
    known = facts.column(column) if facts is not None else None
    if rows is None or facts is None or known is None:
        return None
    values = distinct(facts, known)
    if values is not None:
        return min(rows, rows * (1 - nulls(known)) * min(1.0, keys / max(values, 1.0)))
    return min(rows, keys * INDEXED_ROWS) if known.indexed else None


def told(branch: Branch) -> Clause:
    """Return all that the branch's source is told, over raw columns."""
    return conjunction(*(push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None))


def _at_most(branch: Branch, rows: float | None) -> float | None:
    """Return no more than the limit, and of rows of which one of a kind suffices, no more than there are kinds."""
    if rows is None:
        return None
    if branch.once and branch.facts is not None:
        raw = dict.fromkeys(name for shape in branch.shapes.values() for name in columns_of(shape))
        kinds = [distinct(branch.facts, column) for name in raw if (column := branch.facts.column(name)) is not None]
        if kinds and all(count is not None for count in kinds):
            rows = min(rows, prod((count or 0) + 1 for count in kinds))  # NULL is a kind
    return rows if branch.limit is None else min(rows, float(branch.limit))


def _kept(branch: Branch, clause: Clause) -> float | None:
    """Return the rows of a branch's table that a clause keeps: one at least, for a plan that counts on none is fragile.

    Where it names a value for each column of a unique set, there is no more than one row for each of these.
    """
    facts = branch.facts
    if facts is None or facts.rows is None:
        return None
    if isinstance(clause, Never) or not facts.rows:
        return 0.0
    found = facts.rows * selectivity(clause, facts)
    named: dict[str, int] = {}
    for part in clause.parts if isinstance(clause, And) else (clause,):
        match part:
            case Compare(column, "=", _):
                named[column.lower()] = 1
            case Within(column, values):
                named[column.lower()] = min(len(values), named.get(column.lower(), len(values)))
    for names in facts.unique:
        if names and all(name.lower() in named for name in names):
            found = min(found, float(prod(named[name.lower()] for name in names)))
    return max(1.0, found)


def _part_here(scan: Scan, branch: Branch) -> float:
    """Return which part of what a branch's source sends is left by the filters that it was not told."""
    assert branch.facts is not None
    untold: list[Clause] = []
    for filter_, push in zip(scan.filters, branch.pushed, strict=False):
        if push.raw is None and filter_.clause is not None:
            untold.append(mapped(filter_.clause, lambda literal: _raw(literal, branch)))
    other = RANGE if any(filter_.here is not None for filter_ in scan.filters) else 1.0
    return other * selectivity(conjunction(*untold), branch.facts) if untold else other


def _raw(literal: ClauseLiteral, branch: Branch) -> Clause:
    """Return a literal over a field as one over the raw column that the field is, nothing where it is made of it."""
    if isinstance(literal, CompareDays):
        return literal  # which columns it speaks of makes no difference
    shape = branch.shapes.get(literal.column)
    if not isinstance(shape, Column) or shape != Column(shape.column, place=shape.place):
        return Always()
    return replace(literal, column=shape.column)
