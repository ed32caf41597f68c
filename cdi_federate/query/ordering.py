"""A statement's ORDER BY as fields, and each of them as the raw column that sorts so at a branch's source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Const
from cdi_federate.query.monotony import digits_of, sorted_as
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.summary import Sort
from cdi_federate.tree import Tree


def sort_keys(query: Tree, order: Tree, scan: Scan) -> list[Sort] | None:
    """Return the sort keys over fields; None where one of them is no bare field."""
    found = []
    for each in order.expressions:
        if not isinstance(each, exp.Ordered) or not tree.has_only(each, "this", "desc", "nulls_first"):
            return None
        field = _field(each.this, query, scan)
        if field is None:
            return None
        found.append(Sort(field, bool(tree.arg(each, "desc")), bool(tree.arg(each, "nulls_first"))))
    return found


def raw_order(branch: Branch, scan: Scan, keys: Sequence[Sort]) -> tuple[Sort, ...] | None:
    """Return the keys over raw columns that sort a branch's rows so at its source; None where one of them does not."""
    order = []
    for key in keys:
        if not _is_same_for_all(branch, key):
            raw = _raw(branch, scan, key)
            if raw is None:
                return None
            order.append(raw)
    return tuple(order)


def unsorted(branch: Branch, scan: Scan, keys: Sequence[Sort]) -> str:
    """Return the first field by which the branch's source does not sort as is done here; empty where it does."""
    odd = (key for key in keys if not _is_same_for_all(branch, key) and _raw(branch, scan, key) is None)
    return next((key.column for key in odd), "")


def _is_same_for_all(branch: Branch, key: Sort) -> bool:
    return isinstance(branch.shapes.get(key.column), Const | None)


def _raw(branch: Branch, scan: Scan, key: Sort) -> Sort | None:
    if branch.facts is None:
        return None
    type_ = schema_of(scan.entity)[key.column].type
    if (digits := digits_of(branch, branch.facts, key.column, type_)) is not None:
        return replace(key, column=digits, digits=True)
    raw = sorted_as(branch, branch.facts, key.column, type_)
    return replace(key, column=raw[0], fits=raw[1]) if raw is not None else None


def _field(key: Tree, query: Tree, scan: Scan) -> str | None:
    """Return the field that a sort key names: itself, by an alias (which comes first), or by its place."""
    outputs = query.expressions
    if any(isinstance(each, exp.Star) and not tree.is_plain_star(each) for each in outputs):
        return None
    if isinstance(key, exp.Literal) and not key.is_string and not any(each.is_star for each in outputs):
        at = int(key.name) - 1 if key.name.isdigit() else -1
        key = outputs[at].unalias() if 0 <= at < len(outputs) else key
    elif isinstance(key, exp.Column) and not key.table:
        named = [each for each in outputs if isinstance(each, exp.Alias) and each.alias.lower() == key.name.lower()]
        if len(named) > 1:
            return None
        key = named[0].unalias() if named else key
    if not isinstance(key, exp.Column) or len(key.parts) > 2:
        return None
    if key.table and key.table.lower() != (scan.ref.alias or scan.entity.name).lower():
        return None
    name = key.name.lower()
    return name if name in schema_of(scan.entity) else None
