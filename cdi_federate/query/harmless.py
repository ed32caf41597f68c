"""Conditions over one scan that cannot fail, so that they may be evaluated on rows that the query loses before.

    l_commitdate < l_receiptdate      two fields of one type
    p_name LIKE '%green%'             a text and a pattern
    substring(phone FROM 1 FOR 2) IN ('13', '31')

Where the engine brings both sides to one type first, a value that does not fit would be an error, so it is only taken
what compares alike as it stands. Everything else waits for its place in the statement.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

MOST_DIGITS = 20
"""Of a number that is compared with a constant of nine: a decimal of both has room in 38, whatever their scales."""

_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def harmless(predicate: Tree, types: Mapping[str, str]) -> Tree | None:
    """Return a condition over bare names of fields, None where it may fail or give another value each time.

    `types` are the DuckDB types of the scan's fields, by lower-case name.
    """
    if not _is_condition(predicate, types):
        return None
    return tree.replaced(predicate, lambda node: tree.bare_column(node) if isinstance(node, exp.Column) else None)


def shape_of(condition: Tree) -> str:
    """Return a condition without its constants, which may be values of customers."""
    blank = tree.replaced(condition, lambda node: exp.Placeholder() if isinstance(node, exp.Literal) else None)
    return tree.text(blank)


def _is_condition(node: Tree, types: Mapping[str, str]) -> bool:
    match node:
        case exp.Paren() | exp.Not():
            return _is_condition(node.this, types)
        case exp.And() | exp.Or():
            return all(_is_condition(part, types) for part in tree.chained(node))
        case exp.Like():
            return _is_text(node.this, types) and _is_constant(node.expression, "text")
        case exp.In():
            values = tree.in_values(node)
            kind = _kind(node.this, types)
            return bool(values) and bool(kind) and all(_is_constant(each, kind) for each in values or ())
        case exp.Is():
            return isinstance(node.this.unnest(), exp.Column) and isinstance(node.expression, exp.Null)
        case exp.Between():
            kind = _kind(node.this, types)
            ends = (tree.arg(node, "low"), tree.arg(node, "high"))
            return bool(kind) and all(_is_constant(end, kind) for end in ends)
        case _ if isinstance(node, _COMPARED):
            return _is_comparison(node.this.unnest(), node.expression.unnest(), types)
    return False


def _is_comparison(left: Tree, right: Tree, types: Mapping[str, str]) -> bool:
    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
        return types[left.name.lower()] == types[right.name.lower()]
    if _is_constant(left, "text") or _is_constant(left, "number"):
        left, right = right, left
    kind = _kind(left, types)
    return bool(kind) and _is_constant(right, kind)


def _kind(node: Tree, types: Mapping[str, str]) -> str:
    """Return what constants an operand compares with as it stands: `text`, `number`; empty: none."""
    inner = node.unnest()
    if _is_text(inner, types):
        return "text"
    known = type_info(types[inner.name.lower()]) if isinstance(inner, exp.Column) else None
    if known is None or known.family not in ("integer", "decimal"):
        return ""
    digits = len(str(known.high)) if known.family == "integer" else known.precision
    return "number" if digits <= MOST_DIGITS else ""


def _is_text(node: Tree, types: Mapping[str, str]) -> bool:
    """Whether an operand is a text field, or a piece of one by the places of its characters."""
    inner = node.unnest()
    if isinstance(inner, exp.Substring):
        ends = (tree.arg(inner, "start"), tree.arg(inner, "length"))
        return all(end is None or _is_constant(end, "number") for end in ends) and _is_text(inner.this, types)
    return isinstance(inner, exp.Column) and type_info(types[inner.name.lower()]).family == "text"


def _is_constant(node: Tree, kind: str) -> bool:
    """Whether a tree is a constant written out; a number has few digits, so that no comparison overflows."""
    inner = node.unnest()
    if not isinstance(inner, exp.Literal) or inner.is_string is not (kind == "text"):
        return False
    return kind == "text" or (len(inner.name) <= 9 and inner.name.replace(".", "", 1).isdigit())
