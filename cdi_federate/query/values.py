"""Constants while planning: whether one satisfies a clause, and the one closed printer of literals.

Text compares by bytes (Python's code point order is UTF-8's byte order); numbers compare exactly. Floats that are NaN
never become constants here.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    Compare,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
)


def literal(value: Value | None) -> str:
    """Return a value as a literal of DuckDB's dialect that reads back as that value with its type."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case float():
            if math.isinf(value) or math.isnan(value):
                return f"CAST('{value}' AS DOUBLE)"
            return f"CAST('{value!r}' AS DOUBLE)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMP WITH TIME ZONE"
            return f"CAST('{value.isoformat(sep=' ')}' AS {kind})"
        case date():
            return f"CAST('{value.isoformat()}' AS DATE)"


def satisfies(clause: Clause, value: Value | None) -> bool:
    """Return whether a clause over one column is TRUE when that column has `value` (None is NULL)."""
    match clause:
        case Always():
            return True
        case Never():
            return False
        case And(parts):
            return all(satisfies(part, value) for part in parts)
        case Or(parts):
            return any(satisfies(part, value) for part in parts)
        case Unknown():
            return value is None
        case _ if value is None:
            return False
        case Known():
            return True
        case Compare(_, op, other):
            return _compare(value, op, other)
        case Within(_, values):
            return any(_compare(value, "=", other) for other in values)
        case Without(_, values):
            return all(_compare(value, "<>", other) for other in values)
        case StartsWith(_, prefix, negated):
            return isinstance(value, str) and value.startswith(prefix) != negated
        case _:
            raise TypeError(f"a constant cannot be held against {type(clause).__name__}")


def is_true_on_null(clause: Clause) -> bool:
    """Return whether a clause is TRUE when all its columns are NULL."""
    match clause:
        case Always() | Unknown():
            return True
        case And(parts):
            return all(is_true_on_null(part) for part in parts)
        case Or(parts):
            return any(is_true_on_null(part) for part in parts)
        case _:
            return False


def _compare(left: Value, op: str, right: Value) -> bool:
    if isinstance(left, str) != isinstance(right, str):
        raise TypeError("text is compared with text only")
    if isinstance(left, datetime) != isinstance(right, datetime):
        raise TypeError("timestamps are compared with timestamps only")
    match op:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]  # like with like
        case "<=":
            return left <= right  # type: ignore[operator]  # like with like
        case ">":
            return left > right  # type: ignore[operator]  # like with like
        case _:
            return left >= right  # type: ignore[operator]  # like with like
