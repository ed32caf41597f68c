"""The closed list of texts that the engine reads differently though they mean the same: each a rewrite of one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdi_federate.query.functions import FUNCTIONS

Node = dict[str, Any]
"""A node of the engine's parse tree, as JSON."""


def rewritten(node: Node) -> Node:
    """Return a node of a reading as every text of the same meaning has it."""
    if node.get("class") not in _REWRITTEN and "null_order" not in node and node.get("type") != "JOIN":
        return node
    for rewrite in REWRITES:
        node = rewrite(node)
    return node


_REWRITTEN = frozenset({"OPERATOR", "FUNCTION", "COLUMN_REF"})
"""Classes of expressions that some rewrite changes; looked at first, since there are many nodes."""


_POSITIVE = {"OPERATOR_IS_NOT_NULL": "OPERATOR_IS_NULL", "COMPARE_NOT_IN": "COMPARE_IN"}


def negated(node: Node) -> Node:
    """`x IS NOT NULL`, `x NOT IN (…)` are `NOT x IS NULL`, `NOT x IN (…)`."""
    if node.get("class") != "OPERATOR" or node["type"] not in _POSITIVE:
        return node
    inner = {**node, "type": _POSITIVE[node["type"]], "alias": ""}
    return {**node, "type": "OPERATOR_NOT", "children": [inner]}


def date_part(node: Node) -> Node:
    """The name of a date part has no case: `extract('dow' FROM d)` is `extract(DOW FROM d)`."""
    if node.get("class") != "FUNCTION" or node.get("function_name") not in ("date_part", "date_trunc", "date_diff"):
        return node
    first, *rest = node["children"] or [{}]
    value = first.get("value") if first.get("class") == "CONSTANT" else None
    if not isinstance(value, dict) or not isinstance(value.get("value"), str):
        return node
    return {**node, "children": [{**first, "value": {**value, "value": value["value"].lower()}}, *rest]}


def operators(node: Node) -> Node:
    """`a ^@ b` is `starts_with(a, b)`; `a ^ b` and `a ** b` are `power(a, b)`; `@a` is `abs(a)`."""
    if node.get("class") != "FUNCTION" or not node.get("is_operator") or node["function_name"] not in _SPELT:
        return node
    return {**node, "function_name": _SPELT[node["function_name"]], "is_operator": False}


_SPELT = {"^@": "starts_with", "^": "power", "**": "power", "@": "abs"}


def null_order(node: Node) -> Node:
    """`NULLS LAST` is the default; every session of ours pins it."""
    return {**node, "null_order": "ORDER_DEFAULT"} if node.get("null_order") == "NULLS LAST" else node


def session_word(node: Node) -> Node:
    """`CURRENT_DATE` without brackets is `current_date`: a word of the language has no case."""
    names = node.get("column_names")
    if node.get("class") == "COLUMN_REF" and names and len(names) == 1 and names[0].lower() in _WORDS:
        return {**node, "column_names": [names[0].lower()]}
    return node


_WORDS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})


def cross_join(node: Node) -> Node:
    """`a JOIN b ON true` is `a CROSS JOIN b`, which is `a, b`."""
    if node.get("type") != "JOIN" or node["join_type"] != "INNER" or node["ref_type"] != "REGULAR":
        return node
    condition = node["condition"] or {}
    if condition.get("class") != "CAST" or condition["cast_type"] != {"id": "BOOLEAN", "type_info": None}:
        return node
    if condition["child"].get("value", {}).get("value") != "t" or node["using_columns"]:
        return node
    return {**node, "ref_type": "CROSS", "condition": None}


def own_schema(node: Node) -> Node:
    """The engine's grammar spells some calls with a schema: `trim(x)` as `main.trim(x)`. Nobody can define another."""
    if (
        node.get("class") == "FUNCTION"
        and node["schema"] in ("main", "pg_catalog")
        and node["function_name"] in FUNCTIONS
    ):
        return {**node, "schema": ""}
    return node


def from_zero(node: Node) -> Node:
    """`range(n)` is `range(0, n)`, `generate_series(n)` likewise."""
    if node.get("class") != "FUNCTION" or node["function_name"] not in ("range", "generate_series"):
        return node
    return {**node, "children": [_ZERO, *node["children"]]} if len(node["children"]) == 1 else node


_ZERO: Node = {
    "class": "CONSTANT",
    "type": "VALUE_CONSTANT",
    "alias": "",
    "value": {"type": {"id": "INTEGER", "type_info": None}, "is_null": False, "value": 0},
}


def array_constructor(node: Node) -> Node:
    """`ARRAY[a, b]` is `[a, b]`, the engine's `list_value(a, b)`."""
    if node.get("class") != "OPERATOR" or node["type"] != "ARRAY_CONSTRUCTOR":
        return node
    return {
        "class": "FUNCTION",
        "type": "FUNCTION",
        "alias": node["alias"],
        "function_name": "list_value",
        "schema": "",
        "children": node["children"],
        "filter": None,
        "order_bys": {"type": "ORDER_MODIFIER", "orders": []},
        "distinct": False,
        "is_operator": False,
        "export_state": False,
        "catalog": "",
    }


REWRITES: tuple[Callable[[Node], Node], ...] = (
    negated,
    date_part,
    operators,
    null_order,
    session_word,
    cross_join,
    array_constructor,
    own_schema,
    from_zero,
)
