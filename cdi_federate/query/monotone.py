"""Whether a query over fewer rows gives fewer rows and none that is wrong: only then may a source be left out.

The engine's own reading of the statement is walked. What may stand over a table that lacks rows is a closed list:
select, project, inner and semi join, the preserved side of an outer join, UNION, plain DISTINCT, and in WHERE what asks
that a row exists (EXISTS, IN, = ANY) where it is not negated. Everything else is named as the reason why not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cdi_federate.query.functions import OPERATORS, SCALARS

Node = Mapping[str, Any]

_PRESERVED = {
    "INNER": (True, True),
    "SEMI": (True, True),
    "LEFT": (True, False),
    "RIGHT": (False, True),
    "ANTI": (True, False),
}
"""Join type → whether rows may be missing on its left, on its right."""

_POSITIVE = frozenset({"EXISTS", "ANY"})


class _NotMonotoneError(Exception):
    """Says why, in words that continue "the query"."""


def why_not(reading: Node, lacking: Collection[str]) -> str:
    """Return why a query must not be asked of tables that lack rows; empty where it may.

    `reading` is that of `ParsedQuery`; `lacking` are the names of the entities that lack rows.
    """
    names = dict.fromkeys((name.lower() for name in lacking), True)
    try:
        for statement in reading["statements"]:
            _query(statement["node"], names)
    except _NotMonotoneError as found:
        return str(found)
    except RecursionError:
        return "is nested too deeply"
    return ""


def _query(node: Node, names: Mapping[str, bool]) -> bool:
    """Return whether the rows of a query lack some; `names` says it of the tables by name."""
    scope = dict(names)
    for entry in node["cte_map"]["map"]:
        scope[entry["key"].lower()] = _query(entry["value"]["query"]["node"], scope)
    match node["type"]:
        case "SELECT_NODE":
            lacks = _select(node, scope)
        case "SET_OPERATION_NODE":
            sides = [_query(node["left"], scope), _query(node["right"], scope)]
            lacks = any(sides)
            if lacks and node["setop_type"] != "UNION":
                raise _NotMonotoneError(f"takes {node['setop_type']} of its rows")
        case _:
            lacks = _mentions(node, scope)
            if lacks:
                raise _NotMonotoneError("reads its own rows again (RECURSIVE)")
    for modifier in node["modifiers"]:
        _modifier(modifier, scope, lacks)
    return lacks


def _select(node: Node, names: Mapping[str, bool]) -> bool:
    lacks = _table(node["from_table"], names)
    if node["where_clause"] is not None:
        lacks = _where(node["where_clause"], names) or lacks
    beside = [node["select_list"], node["group_expressions"], node["having"], node["qualify"]]
    if _mentions(beside, names):
        raise _NotMonotoneError("computes a value from a subquery")
    if not lacks:
        return False
    if node["group_expressions"] or node["having"] or node["aggregate_handling"] != "STANDARD_HANDLING":
        raise _NotMonotoneError("groups rows")
    if node["qualify"]:
        raise _NotMonotoneError("compares rows with each other (QUALIFY)")
    if node["sample"]:
        raise _NotMonotoneError("takes a sample")
    _no_aggregates([node["select_list"], node["where_clause"], node["modifiers"]])
    return True


def _modifier(modifier: Node, names: Mapping[str, bool], lacks: bool) -> None:
    if _mentions(modifier, names):
        raise _NotMonotoneError("computes a value from a subquery")
    if not lacks:
        return
    kind = modifier["type"]
    if kind.startswith("LIMIT"):
        raise _NotMonotoneError("takes some of its rows (LIMIT or OFFSET)")
    if kind == "DISTINCT_MODIFIER" and modifier["distinct_on_targets"]:
        raise _NotMonotoneError("takes one row of several (DISTINCT ON)")
    if kind not in ("DISTINCT_MODIFIER", "ORDER_MODIFIER"):
        raise _NotMonotoneError("is of a form that is not known to be safe")


def _table(node: Node, names: Mapping[str, bool]) -> bool:
    match node["type"]:
        case "BASE_TABLE":
            of_catalog = node["schema_name"].lower() == "information_schema"
            lacks = not of_catalog and names.get(node["table_name"].lower(), False)
        case "SUBQUERY":
            lacks = _query(node["subquery"]["node"], names)
        case "JOIN":
            lacks = _join(node, names)
        case _:
            if _mentions(node, names):
                raise _NotMonotoneError(f"makes a table of a subquery ({node['type'].lower().replace('_', ' ')})")
            lacks = False
    if lacks and node["sample"]:
        raise _NotMonotoneError("takes a sample")
    return lacks


def _join(node: Node, names: Mapping[str, bool]) -> bool:
    left, right = _table(node["left"], names), _table(node["right"], names)
    if _mentions([node["condition"]], names):
        raise _NotMonotoneError("joins by a subquery")
    if not (left or right):
        return False
    kind, how = node["join_type"], node["ref_type"]
    if how not in ("REGULAR", "NATURAL", "CROSS", "DEPENDENT"):
        raise _NotMonotoneError(f"joins rows by their order ({how} JOIN)")
    may_left, may_right = _PRESERVED.get(kind, (False, False))
    if (left and not may_left) or (right and not may_right):
        raise _NotMonotoneError(f"asks for rows that have no partner ({kind} JOIN)")
    _no_aggregates([node["condition"]])
    return True


def _where(node: Node, names: Mapping[str, bool]) -> bool:
    """Return whether a condition holds for fewer rows than it should."""
    if node["class"] == "CONJUNCTION":
        parts = [_where(child, names) for child in node["children"]]  # every part is looked at
        return any(parts)
    if node["class"] == "SUBQUERY" and node["subquery_type"] in _POSITIVE:
        if _mentions([node["child"]], names):
            raise _NotMonotoneError("computes a value from a subquery")
        return _query(node["subquery"]["node"], names)
    if _mentions(node, names):
        raise _NotMonotoneError("asks that no row exists, or computes a value from a subquery")
    return False


def _mentions(node: Any, names: Mapping[str, bool]) -> bool:
    """Return whether anything in a part of a statement reads a table that lacks rows; CTEs inside it may hide names."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if part.get("type") == "BASE_TABLE" and names.get(str(part["table_name"]).lower(), False):
                return True
            waiting += part.values()
    return False


def _no_aggregates(parts: list[Any]) -> None:
    """Hold that expressions compute from one row only, those in subqueries too: `(SELECT sum(outer.x))` does not."""
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            kind = part.get("class")
            if kind == "WINDOW":
                raise _NotMonotoneError("compares rows with each other (a window function)")
            name = str(part.get("function_name", "")).lower()
            if kind == "FUNCTION" and name not in SCALARS and name not in OPERATORS:
                raise _NotMonotoneError(f"computes {name.removesuffix('_star')} over rows")
            waiting += part.values()
