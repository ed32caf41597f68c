"""The form of a condition: what is remembered of it between runs, for its constants may be values of customers."""

from __future__ import annotations

from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    Compare,
    FoldedContains,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Within,
    Without,
)


def form(clause: Clause) -> str:
    """Return a clause without its constants: which columns are compared in which way; empty for every row."""
    match clause:
        case Always():
            return ""
        case Never():
            return "FALSE"
        case And(parts):
            return " AND ".join(sorted({form(part) for part in parts}))
        case Or(parts):
            return f"({' OR '.join(sorted({form(part) for part in parts}))})"
        case Compare(column, op, _):
            word: str = op
        case Within(column, _):
            word = "IN"
        case Without(column, _):
            word = "NOT IN"
        case StartsWith(column, _, negated):
            word = "NOT LIKE" if negated else "LIKE"
        case FoldedContains(column, _):
            word = "CONTAINS"
        case Known(column):
            word = "IS NOT NULL"
        case Unknown(column):
            word = "IS NULL"
    return f"{column.lower()} {word}"
