"""Which part of a table's rows a condition keeps, and how often a value stands in a column, from what sources count.

No value is looked at: there are neither histograms nor most common values, for those would be customers' values. Where
a column has no counts, the parts are those of System R (Selinger and others, "Access path selection in a relational
database management system", 1979), unless said otherwise.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import prod

from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    ColumnLiteral,
    Compare,
    CompareDays,
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
from cdi_federate.stages.facts import ColumnFacts, TableFacts

EQUAL = 1 / 10
"""`column = value` where nobody counted the values (System R)."""

INDEXED_ROWS = 10
"""Rows of one value in an index that nobody counted: what SQLite assumes of a table without ANALYZE."""

RANGE = 1 / 3
"""`column > value` (System R)."""

BETWEEN = 1 / 4
"""A range with two ends (System R)."""

BEYOND = 10**15
"""A number that few columns reach: a bound as far as this says that a value fits the field's type, and is met."""

PREFIX = 1 / 20
"""`LIKE 'p%'`: System R had none; between SQLite's 1/16 (two ends of a range, 1/4 each) and 1/26, a letter of many."""

NULLS = 1 / 10
"""`column IS NULL` of a column that may be NULL: NULL taken as one value among those that nobody counted."""

FOUR_YEARS = 1_461
"""Days over which the dates of a table are taken to be spread, where a part of them is wanted."""

BACKOFF = 4
"""Conditions of AND that count. Columns depend on one another, so the second counts by its square root, the third by
its fourth root and so on, the strictest first (SQL Server's estimates since 2014)."""


def distinct(facts: TableFacts, column: ColumnFacts) -> float | None:
    """Return about how many values a column holds; None where nobody counted. A unique one holds one a row."""
    if facts.rows is not None and any(len(names) == 1 and _is(names[0], column) for names in facts.unique):
        return max(1.0, facts.rows * (1 - nulls(column)))
    return column.distinct


def nulls(column: ColumnFacts) -> float:
    """Return which part of a column's rows is NULL, as far as anybody counted; 0 otherwise."""
    return column.null_fraction or 0.0 if column.nullable else 0.0


def selectivity(clause: Clause, facts: TableFacts) -> float:
    """Return which part of a table's rows a clause over raw columns keeps, from 0 to 1."""
    match clause:
        case Always():
            return 1.0
        case Never():
            return 0.0
        case And(parts):
            return _all(parts, facts)
        case Or(parts):
            return min(1.0, sum(selectivity(part, facts) for part in parts))
    if isinstance(clause, CompareDays):
        return {"=": EQUAL, "<>": 1 - EQUAL}.get(clause.op, RANGE)
    column = facts.column(clause.column)
    return EQUAL if column is None else _literal(clause, column, facts)


def _literal(clause: ColumnLiteral, column: ColumnFacts, facts: TableFacts) -> float:
    known = 1 - nulls(column)
    match clause:
        case Compare(_, "=", _):
            return _equal(column, facts)
        case Compare(_, "<>", _):
            return known * (1 - min(1.0, _equal(column, facts)))
        case Compare(_, op, value):
            return known * (1.0 if _is_met(op, value) else RANGE)
        case Within(_, values):
            return min(known, len(values) * _equal(column, facts))
        case Without(_, values):
            return known * (1 - min(1.0, len(values) * _equal(column, facts)))
        case StartsWith(_, _, negated):
            part = max(PREFIX, min(1.0, _equal(column, facts)))
            return known * (1 - part if negated else part)
        case FoldedContains():  # what is told of an equality with folded text
            return min(PREFIX, _equal(column, facts))
        case Known():
            return known if column.null_fraction is not None else 1 - _nulls(column)
        case Unknown():
            return _nulls(column)


def _all(parts: tuple[Clause, ...], facts: TableFacts) -> float:
    """Return the part that all conditions keep; the two ends of a range count as one condition."""
    ends: dict[str, list[Value]] = {}
    for part in parts:
        if isinstance(part, Compare) and _ranged(part):
            ends.setdefault(_ranged(part), []).append(part.value)
    found = [selectivity(part, facts) for part in parts if len(ends.get(_ranged(part), ())) < 2]
    found += [_between(bounds) for bounds in ends.values() if len(bounds) > 1]
    return prod((part ** float(1 / 2**place) for place, part in enumerate(sorted(found)[:BACKOFF])), start=1.0)


def _ranged(part: Clause) -> str:
    """Return the column of which a clause bounds one end, in lower case; empty for any other clause."""
    is_end = isinstance(part, Compare) and part.op not in ("=", "<>") and not _is_met(part.op, part.value)
    return part.column.lower() if is_end and isinstance(part, Compare) else ""


def _between(bounds: list[Value]) -> float:
    """Return the part between two ends: of days their share of four years."""
    days = [bound.toordinal() for bound in bounds if isinstance(bound, date)]  # moments are days, too
    return min(BETWEEN, max(1, max(days) - min(days)) / FOUR_YEARS) if len(days) > 1 else BETWEEN


def _is_met(op: str, value: object) -> bool:
    """Whether a bound is beyond all that a column is likely to hold."""
    far = value if isinstance(value, int | float | Decimal) else 0
    return far >= BEYOND if op.startswith("<") else far <= -BEYOND


def _equal(column: ColumnFacts, facts: TableFacts) -> float:
    values = distinct(facts, column)
    if values is not None:
        return (1 - nulls(column)) / max(values, 1.0)
    if column.indexed and facts.rows:
        return min(EQUAL, INDEXED_ROWS / facts.rows)
    return EQUAL


def _nulls(column: ColumnFacts) -> float:
    if not column.nullable:
        return 0.0
    return NULLS if column.null_fraction is None else column.null_fraction


def _is(name: str, column: ColumnFacts) -> bool:
    return name.lower() == column.name.lower()
