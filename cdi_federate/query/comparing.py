"""A constant brought to the field's own type, as the engine's comparison would bring it.

Where that comparison would convert the field instead (text against a number, a decimal against a double), it is
refused.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal

from cdi_federate.query.constants import Local
from cdi_federate.stages.clauses import (
    Clause,
    Compare,
    Known,
    Never,
    Operator,
    Value,
)
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo


def brought(name: str, op: Operator, value: Value, kind: TypeInfo) -> Clause:
    """Return `field op value` with the value in the field's own type, as the engine would compare the two."""
    match kind.family, value:
        case "text", str():
            return Compare(name, op, value)
        case "boolean", bool():
            return Compare(name, op, value)
        case (("integer" | "decimal"), bool()):
            raise Local(Reason.LOSSY_CAST, "a number against a boolean")
        case (("integer" | "decimal"), int() | Decimal()):
            return Compare(name, op, value)
        case "double", int() | float() | Decimal() if not isinstance(value, bool) and math.isfinite(value):
            if isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
                raise Local(Reason.LOSSY_CAST, "a decimal of more than 15 digits against a double")
            return Compare(name, op, float(value))
        case "date", datetime():
            return _day(name, op, _naive(value))
        case "date", date():
            return Compare(name, op, value)
        case "timestamp", datetime():
            return Compare(name, op, _naive(value))
        case "timestamp", date():
            return Compare(name, op, datetime.combine(value, time()))
        case "timestamptz", datetime() if value.tzinfo is not None:
            return Compare(name, op, value)
        case _:
            raise Local(Reason.LOSSY_CAST, f"a comparison that converts the field of type {kind.name}")


def _naive(value: datetime) -> datetime:
    """The session's time zone is UTC, so a zoned moment compares with a plain one as its UTC reading."""
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value


def _day(name: str, op: Operator, moment: datetime) -> Clause:
    """A date compares with a timestamp as its midnight."""
    day, midnight = moment.date(), moment.time() == time()
    if midnight:
        return Compare(name, op, day)
    match op:
        case "=":
            return Never()
        case "<>":
            return Known(name)
        case "<" | "<=":
            return Compare(name, "<=", day)
        case _:
            return Compare(name, ">", day)
