"""The closed grammar of predicates that may travel to a source.

A clause denotes the set of rows on which the predicate is TRUE, no more: NULL and FALSE are the same to a filter. So
there is no Not: negation is taken inwards when a clause is built (negation normal form), by SQL's three-valued logic.
`column` is a field of an entity before mapping inversion and a raw column of a table after it. Values are Python
values of the column's own type: text is `str`, DECIMAL is `Decimal`, dates and timestamps are `datetime` values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Value = bool | int | float | Decimal | str | bytes | date | datetime
"""A constant that is not NULL."""

Operator = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """`column op value`, in DuckDB's meaning: text by bytes, NaN equal to itself and greatest."""

    column: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Within:
    """`column IN (values)`; no values means no row."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """`column NOT IN (values)`: known and none of them."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class StartsWith:
    """`column LIKE 'prefix%'`, by code points, case-sensitive; `negated` is NOT LIKE."""

    column: str
    prefix: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class FoldedContains:
    """The column's text, its ASCII capitals made small, contains `piece`; only ever a superset of what is wanted."""

    column: str
    piece: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day in a column: a date, or with a `form` a text that says it so (`%d/%m/%Y`)."""

    column: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class CompareDays:
    """`day op other`, both known; of texts that say no day in their form it keeps what it likes."""

    day: Day
    op: Operator
    other: Day | date

    @property
    def column(self) -> str:
        """The column of the first day."""
        return self.day.column

    @property
    def days(self) -> tuple[Day, ...]:
        """The days that stand in columns."""
        return tuple(each for each in (self.day, self.other) if isinstance(each, Day))


@dataclass(frozen=True, slots=True)
class Known:
    """`column IS NOT NULL`."""

    column: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """`column IS NULL`."""

    column: str


@dataclass(frozen=True, slots=True)
class Always:
    """Every row."""


@dataclass(frozen=True, slots=True)
class Never:
    """No row."""


@dataclass(frozen=True, slots=True)
class And:
    """Rows in all parts."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Rows in any part."""

    parts: tuple[Clause, ...]


ColumnLiteral = Compare | Within | Without | StartsWith | FoldedContains | Known | Unknown
"""What speaks of one column, and is proved by what it is."""

ClauseLiteral = ColumnLiteral | CompareDays
Clause = ClauseLiteral | Always | Never | And | Or


def values_of(literal: ClauseLiteral) -> tuple[Value, ...]:
    """Return the constants that a literal holds."""
    match literal:
        case Compare(_, _, value) | CompareDays(_, _, date() as value):
            return (value,)
        case Within(_, values) | Without(_, values):
            return values
        case StartsWith(_, text) | FoldedContains(_, text):
            return (text,)
        case _:
            return ()


def conjunction(*parts: Clause) -> Clause:
    """Return the rows in all parts, flattened; `Never` absorbs, `Always` vanishes."""
    flat: list[Clause] = []
    for part in parts:
        match part:
            case Always():
                continue
            case Never():
                return part
            case And(inner):
                flat.extend(inner)
            case _:
                flat.append(part)
    return Always() if not flat else flat[0] if len(flat) == 1 else And(tuple(dict.fromkeys(flat)))


def disjunction(*parts: Clause) -> Clause:
    """Return the rows in any part, flattened; `Always` absorbs, `Never` vanishes."""
    flat: list[Clause] = []
    for part in parts:
        match part:
            case Never():
                continue
            case Always():
                return part
            case Or(inner):
                flat.extend(inner)
            case _:
                flat.append(part)
    return Never() if not flat else flat[0] if len(flat) == 1 else Or(tuple(dict.fromkeys(flat)))


def literals(clause: Clause) -> Iterator[ClauseLiteral]:
    """Yield the literals of a clause, left to right."""
    match clause:
        case And(parts) | Or(parts):
            for part in parts:
                yield from literals(part)
        case Always() | Never():
            return
        case _:
            yield clause


def texts(clause: Clause) -> Iterator[str]:
    """Yield the texts among a clause's constants."""
    for literal in literals(clause):
        match literal:
            case Compare(_, _, str() as text) | StartsWith(_, text) | FoldedContains(_, text):
                yield text
            case Within(_, values) | Without(_, values):
                yield from (value for value in values if isinstance(value, str))


def is_sayable(clause: Clause) -> bool:
    """Return whether a statement can hold the clause: of a text with NUL its reader sees what stands before that."""
    return not any("\0" in text for text in texts(clause))


def columns(clause: Clause) -> tuple[str, ...]:
    """Return the columns a clause reads, each once, in order."""
    return tuple(dict.fromkeys(name for literal in literals(clause) for name in _columns(literal)))


def _columns(literal: ClauseLiteral) -> tuple[str, ...]:
    return tuple(day.column for day in literal.days) if isinstance(literal, CompareDays) else (literal.column,)


def renamed(literal: ClauseLiteral, called: Callable[[str], str]) -> ClauseLiteral:
    """Return the literal over columns of other names."""
    if isinstance(literal, CompareDays):
        day, other = replace(literal.day, column=called(literal.day.column)), literal.other
        other = replace(other, column=called(other.column)) if isinstance(other, Day) else other
        return CompareDays(day, literal.op, other)
    return replace(literal, column=called(literal.column))


def mapped(clause: Clause, change: Callable[[ClauseLiteral], Clause]) -> Clause:
    """Return the clause with every literal replaced by what `change` makes of it."""
    match clause:
        case And(parts):
            return conjunction(*(mapped(part, change) for part in parts))
        case Or(parts):
            return disjunction(*(mapped(part, change) for part in parts))
        case Always() | Never():
            return clause
        case _:
            return change(clause)
