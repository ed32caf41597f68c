"""Clauses of the closed grammar as SQL words, for reading only: no engine is ever sent this text."""

from __future__ import annotations

from datetime import date, datetime
from typing import assert_never

from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    Compare,
    CompareDays,
    Day,
    FoldedContains,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
)

MAX_LISTED = 20
"""A longer list of values is cut, and says so."""


def words(clause: Clause) -> str:
    """Return a clause as a reader of SQL would write it."""
    match clause:
        case CompareDays(left, op, right):
            return f"{_day(left)} {op} {_day(right)}"
        case Compare(column, op, value):
            return f"{column} {op} {literal(value)}"
        case Within(column, values):
            return f"{column} IN ({_listed(values)})"
        case Without(column, values):
            return f"{column} NOT IN ({_listed(values)})"
        case StartsWith(column, prefix, negated):
            return f"{column} {'NOT LIKE' if negated else 'LIKE'} {literal(prefix + '%')}"
        case FoldedContains(column, piece):
            return f"ASCII-lower({column}) contains {literal(piece)}"
        case Known(column):
            return f"{column} IS NOT NULL"
        case Unknown(column):
            return f"{column} IS NULL"
        case Always():
            return "TRUE"
        case Never():
            return "FALSE"
        case And(parts):
            return " AND ".join(f"({words(part)})" if isinstance(part, Or) else words(part) for part in parts)
        case Or(parts):
            return " OR ".join(f"({words(part)})" if isinstance(part, And) else words(part) for part in parts)
        case _:
            assert_never(clause)


def _day(day: Day | date) -> str:
    if isinstance(day, date):
        return literal(day)
    return f"strptime({day.column}, {literal(day.form)})" if day.form else day.column


def literal(value: Value | None) -> str:
    """Return a constant as SQL words: text in single quotes, dates with their type."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case bytes():
            return f"X'{value.hex().upper()}'"
        case _:
            return str(value)


def _listed(values: tuple[Value, ...]) -> str:
    shown = ", ".join(literal(value) for value in values[:MAX_LISTED])
    return shown if len(values) <= MAX_LISTED else f"{shown}, … {len(values) - MAX_LISTED} more"
