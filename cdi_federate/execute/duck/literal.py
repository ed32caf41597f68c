"""The one closed printer of Python values as DuckDB literals. What it does not know it refuses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from cdi_federate.errors import InvariantError


def text(value: str) -> str:
    """Return a string literal. NUL ends a statement for DuckDB, so it is spelt as `chr(0)`."""
    if "\x00" not in value:
        return "'" + value.replace("'", "''") + "'"
    return "(" + " || chr(0) || ".join(text(part) for part in value.split("\x00")) + ")"


def name(value: str) -> str:
    """Return a quoted identifier."""
    if "\x00" in value:
        raise InvariantError("a name holds a NUL character")
    return '"' + value.replace('"', '""') + '"'


def literal(value: Any, type_: str = "") -> str:
    """Return a value as DuckDB text, cast to `type_` where given; raises `InvariantError` for a kind it does not know.

    Lists become DuckDB lists, mappings become structs (as reader options such as `columns` want them).
    """
    printed = _literal(value)
    return f"CAST({printed} AS {type_})" if type_ else printed


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if math.isnan(value) or math.isinf(value):
                return f"CAST('{value}' AS DOUBLE)"
            return f"CAST('{value!r}' AS DOUBLE)"
        case Decimal():
            return _decimal(value)
        case str():
            return text(value)
        case bytes():
            return "CAST('" + "".join(f"\\x{byte:02X}" for byte in value) + "' AS BLOB)"
        case datetime():
            return f"CAST('{value.isoformat(sep=' ')}' AS {'TIMESTAMP' if value.tzinfo is None else 'TIMESTAMPTZ'})"
        case date():
            return f"CAST('{value.isoformat()}' AS DATE)"
        case time():
            return f"CAST('{value.isoformat()}' AS TIME)"
        case list() | tuple():
            return "[" + ", ".join(_literal(item) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{text(str(key))}: {_literal(item)}" for key, item in value.items()) + "}"
        case _:
            raise InvariantError(f"a value of type {type(value).__name__} has no literal")


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        return f"CAST('{value}' AS DOUBLE)"
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    width = max(len(digits) + max(0, int(exponent)), scale, 1)
    if width > 38:
        raise InvariantError("a decimal has more than 38 digits")
    return f"CAST('{value:f}' AS DECIMAL({width},{scale}))"
