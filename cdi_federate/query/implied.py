"""What is certain of the rows that a source is told to keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cdi_federate.stages.clauses import (
    And,
    Clause,
    Compare,
    FoldedContains,
    Known,
    StartsWith,
    Unknown,
    Within,
    Without,
)

Literal = Compare | Within | Without | StartsWith | FoldedContains | Known | Unknown


def is_known(column: str, told: Iterable[Clause]) -> bool:
    """Return whether a raw column is NULL in none of the rows: a comparison is never TRUE of NULL."""
    return any(each.column == column and not isinstance(each, Unknown) for each in _literals(told))


def implies(told: Iterable[Clause], wanted: Clause) -> bool:
    """Return whether `wanted`, bounds of raw columns, holds of all rows that satisfy everything told."""
    certain = tuple(_literals(told))
    parts = wanted.parts if isinstance(wanted, And) else (wanted,)
    return all(any(_implies(each, part) for each in certain) for part in parts)


def _literals(told: Iterable[Clause]) -> Iterator[Literal]:
    """Yield the literals that hold of every row."""
    for clause in told:
        match clause:
            case And(parts):
                yield from _literals(parts)
            case Compare() | Within() | Without() | StartsWith() | FoldedContains() | Known() | Unknown():
                yield clause


def _implies(certain: Literal, wanted: Clause) -> bool:
    match certain, wanted:
        case _ if certain == wanted:
            return True
        case Compare(column, op, value), Compare(bounded, bound_op, bound) if column == bounded:
            if not isinstance(value, int | Decimal) or not isinstance(bound, int | Decimal):  # exact numbers only
                return False
            if op not in (bound_op[0], bound_op[0] + "=", "=") or bound_op[0] not in "<>":
                return False
            at_the_bound = "=" in bound_op or "=" not in op
            return (value == bound and at_the_bound) or (value < bound if bound_op[0] == "<" else value > bound)
        case Within(column, values), Compare(bounded) if column == bounded:
            return bool(values) and all(_implies(Compare(column, "=", value), wanted) for value in values)
        case _:
            return False
