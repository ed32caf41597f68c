"""Of which kind values are, and what may be done with them so that nothing is converted that might not fit.

Kinds: number, text, date, timestamp, boolean; of constants `day` and `null`. `any` is a value of which nothing is known
but that it is there; "" is what may fail. The nodes are those of the engine's own reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cdi_federate.stages.types import type_info

Reading = Mapping[str, Any]

_TEXTS = frozenset({"~~", "!~~", "~~*", "!~~*", "prefix", "suffix", "contains", "starts_with", "ends_with"})
_SCALE = 6
"""Digits behind the point up to which any two numbers of 18 digits, and sums of them, fit into one type of 38."""


def kind_of_type(type_: str) -> str:
    """Return what a column's values may be compared with, "" if that is not known."""
    info = type_info(type_)
    match info.family:
        case "integer":
            return "number" if info.high < 2**64 else ""
        case "decimal":
            return "number" if info.precision <= 18 and info.scale <= _SCALE else ""
        case "double":
            return "number"
        case "text" | "date" | "timestamp" | "boolean":
            return info.family
    return ""


def constant(value: Reading) -> str:
    """Return the kind of a constant as it is written."""
    if value.get("is_null"):
        return "null"
    type_ = str(value["type"]["id"])
    if type_ == "VARCHAR":
        return "text"
    if type_ == "DECIMAL":
        digits = value["type"]["type_info"]
        return "number" if digits["width"] <= 18 and digits["scale"] <= _SCALE else ""
    return "number" if type_ in ("INTEGER", "BIGINT", "DOUBLE") else ""


def typed_constant(node: Reading) -> str:
    """Return the kind of a typed constant: TRUE, DATE '2024-01-01', TIMESTAMP '2024-01-01 10:00:00'."""
    inner, type_ = node["child"], str(node["cast_type"].get("id"))
    text = str(inner["value"].get("value")) if inner.get("class") == "CONSTANT" and not node.get("try_cast") else ""
    if type_ == "BOOLEAN":
        return "boolean" if text in ("t", "f") else ""
    pattern = {"DATE": "%Y-%m-%d", "TIMESTAMP": "%Y-%m-%d %H:%M:%S" if ":" in text else "%Y-%m-%d"}.get(type_, "")
    try:
        moment = datetime.strptime(text, pattern) if pattern else None
    except ValueError:
        moment = None
    if moment is None or moment.strftime(pattern) != text:
        return ""
    return "day" if type_ == "DATE" else "timestamp"


def alike(kinds: Iterable[str]) -> str:
    """Return the one kind of several values, "" where an engine would convert some of them."""
    found = set(kinds) - {"null"}
    if "day" in found and len(found) > 1:
        found -= {"day"}
        return found.pop() if found <= {"date", "timestamp"} and len(found) == 1 else ""
    if not found:
        return "null"
    kind = found.pop()
    return "" if found or kind == "any" else kind


def operator(type_: str, kinds: list[str]) -> str:
    """Return the kind of what an operator makes of operands of these kinds."""
    match type_:
        case "OPERATOR_NOT":
            return "boolean" if alike([*kinds, "boolean"]) else ""
        case "OPERATOR_IS_NULL" | "OPERATOR_IS_NOT_NULL":
            return "boolean" if all(kinds) else ""
        case "COMPARE_IN" | "COMPARE_NOT_IN":
            return "boolean" if alike(kinds) else ""
        case "OPERATOR_COALESCE":
            return alike(kinds)
    return ""


def call(name: str, kinds: list[str]) -> str:
    """Return the kind of what a function makes of arguments of these kinds."""
    if not all(kinds):
        return ""
    match name, kinds:
        case (("count" | "count_star"), _):
            return "number"
        case (("min" | "max" | "any_value"), [kind]):
            return kind
        case (("sum" | "avg"), ["number"]):
            return "number"
        case (("year" | "month" | "day" | "quarter"), ["date" | "timestamp"]):
            return "number"
        case (("lower" | "upper" | "trim" | "lcase" | "ucase"), ["text"]):
            return "text"
        case (("length" | "len" | "strlen"), ["text"]):
            return "number"
        case _, ["text", "text"] if name in _TEXTS:
            return "boolean"
    return ""
