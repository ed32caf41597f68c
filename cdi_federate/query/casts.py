"""A clause over TRY_CAST(x AS field type) → the clause over x, where the cast loses and re-reads nothing.

A value that does not fit the field's type is NULL there, so each result also says that x fits. Texts are never cast
back to numbers or dates here: TRY_CAST(' 42 ' AS INTEGER) is 42, and so is that of '042'.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Context, Decimal
from fractions import Fraction

from cdi_federate.stages.clauses import (
    Clause,
    ClauseLiteral,
    Compare,
    Known,
    Never,
    Operator,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo

_WIDE = Context(prec=100)


class NotInvertible(Exception):  # noqa: N818 - an answer, caught by the rule that asked
    """A mapping that cannot be turned round for this clause; says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def through_cast(literal: ClauseLiteral, inner: TypeInfo, outer: TypeInfo) -> Clause:
    """Return the clause over x that keeps the rows on which `literal` is TRUE of TRY_CAST(x AS outer).

    Raises:
        NotInvertible: where the cast rounds, re-reads text, or compares in a way that is not proved.
    """
    if inner.name == outer.name:
        if inner.family == "other" and not isinstance(literal, Known | Unknown):
            raise NotInvertible(Reason.UNKNOWN_TYPE, f"type {inner.name}")
        return literal
    if inner.is_number and outer.is_number and inner.scale <= outer.scale:
        return _number(literal, inner, outer)
    if inner.family == "integer" and outer.family == "text":
        return _integer_as_text(literal, inner)
    if inner.family == "date" and outer.family == "timestamp":
        return _date_as_timestamp(literal)
    if inner.family == "timestamptz" and outer.family == "timestamp":
        return _moment_as_timestamp(literal)
    raise NotInvertible(Reason.LOSSY_CAST, f"{inner.name} to {outer.name}")


def _number(literal: ClauseLiteral, inner: TypeInfo, outer: TypeInfo) -> Clause:
    """Widening keeps every value; narrowing makes NULL of what lies outside [low, high]."""
    low, high = _bounds(outer)
    inner_low, inner_high = _bounds(inner)
    fits: list[Clause] = []
    if inner_low < low:
        fits.append(_against(">=", low, inner))
    if inner_high > high:
        fits.append(_against("<=", high, inner))
    match literal:
        case Known():
            return conjunction(*fits) if fits else literal
        case Unknown():
            below = _against("<", low, inner) if inner_low < low else Never()
            above = _against(">", high, inner) if inner_high > high else Never()
            return disjunction(literal, below, above)
        case Compare(_, op, value):
            told = _against(op, value, inner)
            assert isinstance(value, int | Decimal), "only numbers are told"
            inside = (op == "=" and low <= value <= high) or (op in ("<", "<=") and value <= high and inner_low >= low)
            return (
                told
                if inside or (op in (">", ">=") and value >= low and inner_high <= high)
                else conjunction(told, *fits)
            )
        case Within(_, values):
            return disjunction(*(_number(Compare("", "=", value), inner, outer) for value in values))
        case Without(_, values):
            return conjunction(*(_against("<>", value, inner) for value in values), *fits)
        case _:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a text comparison of a number")


def _against(op: Operator, value: Value, inner: TypeInfo) -> Clause:
    """Return `x op value` with a constant that fits x's own type: out of range or between two steps is decided here."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotInvertible(Reason.LOSSY_CAST, "a constant that is no exact number")
    low, high = _bounds(inner)
    if value < low:
        return Known("") if op in (">", ">=", "<>") else Never()
    if value > high:
        return Known("") if op in ("<", "<=", "<>") else Never()
    steps = Fraction(value) * 10**inner.scale
    floor = steps.numerator // steps.denominator
    if floor == steps:
        return Compare("", op, number(floor, inner.scale))
    match op:
        case "=":
            return Never()
        case "<>":
            return Known("")
        case "<" | "<=":
            return Compare("", "<=", number(floor, inner.scale))
        case _:
            return Compare("", ">=", number(floor + 1, inner.scale))


def _integer_as_text(literal: ClauseLiteral, inner: TypeInfo) -> Clause:
    """An integer has one text form, without sign or zeros in front; other texts equal none."""

    def numbers(values: tuple[Value, ...]) -> tuple[Value, ...]:
        found = [int(v) for v in values if isinstance(v, str) and _is_integer_text(v)]
        return tuple(number for number in found if inner.low <= number <= inner.high)

    match literal:
        case Known() | Unknown():
            return literal
        case Compare(_, "=", value):
            return Within("", numbers((value,))) if numbers((value,)) else Never()
        case Compare(_, "<>", value):
            return Without("", numbers((value,))) if numbers((value,)) else Known("")
        case Within(_, values):
            return Within("", numbers(values)) if numbers(values) else Never()
        case Without(_, values):
            return Without("", numbers(values)) if numbers(values) else Known("")
        case StartsWith(_, "", negated):
            return Never() if negated else Known("")
        case _:
            raise NotInvertible(Reason.LOSSY_CAST, "the order of numbers as text")


def _is_integer_text(value: str) -> bool:
    digits = value[1:] if value.startswith("-") else value
    return len(digits) < 40 and digits.isascii() and digits.isdigit() and value == str(int(value))


def _date_as_timestamp(literal: ClauseLiteral) -> Clause:
    """A date is its midnight."""

    def one(op: Operator, value: Value) -> Clause:
        if not isinstance(value, datetime) or value.tzinfo is not None:
            raise NotInvertible(Reason.LOSSY_CAST, "a date against a zoned timestamp")
        day, midnight = value.date(), value.time() == time()
        match op:
            case "=":
                return Compare("", "=", day) if midnight else Never()
            case "<>":
                return Compare("", "<>", day) if midnight else Known("")
            case "<":
                return Compare("", "<" if midnight else "<=", day)
            case ">=":
                return Compare("", ">=" if midnight else ">", day)
            case _:
                return Compare("", op, day)

    match literal:
        case Compare(_, op, value):
            return one(op, value)
        case Within(_, values):
            return disjunction(*(one("=", value) for value in values))
        case Without(_, values):
            return conjunction(*(one("<>", value) for value in values))
        case Known() | Unknown():
            return literal
        case _:
            raise NotInvertible(Reason.LOSSY_CAST, "a text comparison of a date")


def _moment_as_timestamp(literal: ClauseLiteral) -> Clause:
    """A moment is its time in UTC, the zone of every session; no two moments are one time there."""

    def at(value: Value) -> Value:
        if not isinstance(value, datetime) or value.tzinfo is not None:
            raise NotInvertible(Reason.LOSSY_CAST, "a moment against another type")
        return value.replace(tzinfo=UTC)

    match literal:
        case Compare(_, op, value):
            return Compare("", op, at(value))
        case Within(_, values):
            return Within("", tuple(map(at, values)))
        case Without(_, values):
            return Without("", tuple(map(at, values)))
        case Known() | Unknown():
            return literal
        case _:
            raise NotInvertible(Reason.LOSSY_CAST, "a text comparison of a moment")


def number(steps: int, scale: int) -> int | Decimal:
    """Return so many steps of a type with some decimal places, exactly: a Decimal keeps 28 digits by itself."""
    return Decimal(steps).scaleb(-scale, context=_WIDE) if scale else steps


def is_step(value: int | Decimal, kind: TypeInfo) -> bool:
    """Return whether a number is one that a type of exact numbers holds as it is."""
    low, high = _bounds(kind)
    return low <= value <= high and Decimal(value) == Decimal(value).quantize(
        Decimal(1).scaleb(-kind.scale), context=_WIDE
    )


def _bounds(kind: TypeInfo) -> tuple[int | Decimal, int | Decimal]:
    if kind.family == "integer":
        return kind.low, kind.high
    top = 10**kind.precision - 1
    return number(-top, kind.scale), number(top, kind.scale)
