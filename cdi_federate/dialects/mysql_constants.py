"""Constants as MySQL and MariaDB read them alike, whatever `sql_mode` says: no backslash, no empty text in quotes."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Context, Decimal

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.stages.clauses import ColumnLiteral, Compare, Known, Never, Value, Within, Without
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import TypeInfo, type_info
from cdi_federate.tree import Tree

_WIDE = Context(prec=100)
_LONGEST = 100_000
"""Characters of one constant; more would run into `max_allowed_packet` sooner or later."""

_PLAIN = re.compile(r"[^\x00-\x1f\x7f\\]+")
"""What may stand in quotes whatever `sql_mode` says."""

_EVERYWHERE = re.compile(r"[A-Za-z0-9 ]*")
"""Characters that every character set has."""


def text(value: str) -> Tree:
    """Return a text constant that reads alike in every `sql_mode`."""
    if _PLAIN.fullmatch(value):
        return tree.string(value)
    return tree.parse_expression(f"_utf8mb4 x'{value.encode().hex()}'", "mysql")


def fits(value: Value, family: str) -> bool:
    """Whether a constant can be written for a column of a family, and compares there as here."""
    match value:
        case bool():
            return family == "boolean"
        case str():
            return family == "text" and len(value) <= _LONGEST and not any("\ud800" <= c <= "\udfff" for c in value)
        case int():
            return (family in ("integer", "decimal") and abs(value) < 10**38) or (
                family == "double" and abs(value) <= 2**53
            )
        case Decimal():
            places = -int(value.as_tuple().exponent) if value.is_finite() else 99
            return family in ("integer", "decimal") and places <= 30 and len(value.as_tuple().digits) <= 38
        case float():
            return family == "double" and math.isfinite(value)
        case datetime():
            zoned = value.tzinfo is not None
            return family == ("timestamptz" if zoned else "timestamp")
        case date():
            return family == "date"
        case _:
            return False


def constant(value: Value, column: ColumnFacts | None = None) -> Tree:
    """Return a number, boolean, date or moment that `fits`."""
    match value:
        case bool():
            return tree.number(int(value))
        case int() if column is None or type_info(column.type).family != "double":
            return tree.number(value)
        case int() | float():
            return _double(float(value))
        case Decimal():
            number = exp.Literal.number(f"{value.copy_abs():f}")
            return exp.Neg(this=number) if value < 0 else number
        case datetime():
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
            written = f"{moment.year:04}{moment.isoformat(sep=' ', timespec='microseconds')[4:]}"
            return tree.parse_expression(f"CAST('{written}' AS DATETIME(6))", "mysql")
        case date():
            return tree.parse_expression(f"CAST('{value.isoformat()}' AS DATE)", "mysql")
    raise AssertionError("only what fits is written")


def _double(value: float) -> Tree:
    """Return a double's constant: with an exponent, for without one it would be a decimal."""
    digits = repr(abs(value))
    number = exp.Literal.number(digits if "e" in digits else f"{digits}e0")
    return exp.Neg(this=number) if math.copysign(1.0, value) < 0 else number


def has(column: ColumnFacts, *values: Value) -> bool:
    """Whether a column's character set certainly has every character of some texts."""
    match mysql_wire.charset(column.collation):
        case "utf8mb4":
            return True
        case "utf8mb3" | "utf8":
            return all(max(str(value), default="") <= "\uffff" for value in values)
        case "ascii":
            return all(str(value).isascii() for value in values)
        case "latin1":
            return all(_in_latin1(str(value)) for value in values)
        case _:
            return all(_EVERYWHERE.fullmatch(str(value)) for value in values)


def _in_latin1(value: str) -> bool:
    """Whether MySQL's latin1, which is Windows' code page 1252, has a text's characters; its five gaps are left out."""
    try:
        return bool(value.encode("cp1252")) or not value
    except UnicodeEncodeError:
        return False


def held(literal: ColumnLiteral, kind: TypeInfo) -> ColumnLiteral | Never:
    """Return a literal over integers, decimals or booleans that keeps the same rows by constants of their own type."""
    match literal:
        case Compare(column, op, value) if not isinstance(value, str | float | date | bytes):
            low, high, step = _bounds(kind)
            if value < low or value > high:
                return Known(column) if op == "<>" or ((op in ("<", "<=")) == (value > high) and op != "=") else Never()
            below = Decimal(value).quantize(step, rounding=ROUND_FLOOR, context=_WIDE)
            if below == value:
                return literal
            match op:
                case "=":
                    return Never()
                case "<>":
                    return Known(column)
                case _:
                    return Compare(column, "<=" if op in ("<", "<=") else ">", below)
        case Within(column, values):
            kept = tuple(value for value in values if held(Compare(column, "=", value), kind) != Never())
            return Within(column, kept) if kept else Never()
        case Without(column, values):
            kept = tuple(value for value in values if held(Compare(column, "=", value), kind) != Never())
            return Without(column, kept) if kept else Known(column)
    return literal


def _bounds(kind: TypeInfo) -> tuple[Decimal, Decimal, Decimal]:
    """Return the least and the greatest number of a type, and the step between two."""
    if kind.family == "decimal":
        step = Decimal(1).scaleb(-kind.scale)
        high = _WIDE.subtract(Decimal(1).scaleb(kind.precision - kind.scale), step)
        return high.copy_negate(), high, step
    low, high_ = (kind.low, kind.high) if kind.family == "integer" else (0, 1)
    return Decimal(low), Decimal(high_), Decimal(1)
