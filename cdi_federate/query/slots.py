"""Aggregates of a SELECT that can be put together of parts, and those that equal rows do not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.functions import AGGREGATES
from cdi_federate.stages.summary import Computed, Number, Term
from cdi_federate.tree import Tree

Kind = Literal["rows", "ones", "count", "sum", "avg", "min", "max"]
"""`rows` is count(*); `ones` the same as a sum, which is NULL where nothing is counted."""

FieldOf = Callable[[Tree], str | None]
"""Gives the field that a tree is, where it is certainly a column of one."""

TermOf = Callable[[Tree], Term | None]
"""Gives the term that a tree is: a field, or an exact number computed of fields."""

_KINDS: dict[type[Tree], Kind] = {exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max"}
_ALIKE = frozenset({"bool_and", "bool_or", "bit_and", "bit_or"})
"""Aggregates, beside min, max and those of DISTINCT values, that equal rows do not change."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An aggregate that can be put together of parts: `node` in the tree, `of` a field or number (None: of rows).

    `where` is a condition over keys under which a row counts: that of FILTER, or of `sum(CASE WHEN … THEN x END)`,
    whose `otherwise` stands for the rows that fail it; `cases` tells the two apart.
    """

    node: Tree
    kind: Kind
    of: str | Computed | None = None
    where: Tree | None = None
    otherwise: Tree | None = None
    cases: bool = False


def slot_of(node: Tree, term_of: TermOf) -> Slot | None:
    """Return an aggregate as a slot, None where it cannot be put together of parts."""
    kind = _KINDS.get(type(node))
    whole, where = node, None
    if isinstance(node.parent, exp.Filter):
        whole, where = node.parent, node.parent.expression.this
    if kind is None or not tree.has_only(node, "this", "big_int"):
        return None
    of = node.this
    if kind == "count" and (of is None or isinstance(of, exp.Star | exp.Literal)):
        return Slot(whole, "rows", where=where)
    if isinstance(of, exp.Case) and where is None and kind in ("sum", "count"):
        return _of_case(whole, kind, of, term_of)
    term = _summed(of, kind, term_of)
    return Slot(whole, kind, term, where) if term is not None else None


def _summed(of: Tree, kind: Kind, term_of: TermOf) -> str | Computed | None:
    """Return what is aggregated: a field, or of a sum or an average a number that is computed of fields."""
    term = term_of(of) if isinstance(of, exp.Column) or kind in ("sum", "avg") else None
    return None if isinstance(term, Number) else term


def _of_case(node: Tree, kind: Kind, case: exp.Case, term_of: TermOf) -> Slot | None:
    """`sum(CASE WHEN p THEN x ELSE 0 END)`, `count(CASE WHEN p THEN x END)`, and the same of 1 for x."""
    branches, default = tree.arg(case, "ifs") or [], tree.arg(case, "default")
    if tree.arg(case, "this") is not None or len(branches) != 1 or isinstance(default, exp.Null):
        return None
    value = tree.arg(branches[0], "true")
    zero = isinstance(default, exp.Literal) and not default.is_string and default.name == "0"
    if default is not None and not (zero and kind == "sum"):
        return None
    term = _summed(value, kind, term_of) if isinstance(value, exp.Expr) else None
    if term is not None:
        return Slot(node, kind, term, branches[0].this, default, True)
    if not isinstance(value, exp.Literal) or value.is_string or (kind == "sum" and value.name != "1"):
        return None
    return Slot(node, "ones" if kind == "sum" else "rows", None, branches[0].this, default, True)


def is_aggregate(node: Tree) -> bool:
    """Whether a node is an aggregate of the rows of a group, and not of a window."""
    if isinstance(node, exp.Grouping) or not (
        isinstance(node, exp.AggFunc) or (isinstance(node, exp.Anonymous) and node.name.lower() in AGGREGATES)
    ):
        return False
    holder = node.parent.parent if isinstance(node.parent, exp.Filter | exp.IgnoreNulls) else node.parent
    return not isinstance(holder, exp.Window) or holder.this not in (node, node.parent)


def is_alike(node: Tree) -> bool:
    """Whether equal rows do not change an aggregate."""
    if isinstance(node, exp.Min | exp.Max):
        return tree.has_only(node, "this")
    if isinstance(node, exp.Anonymous) and node.name.lower() in _ALIKE:
        return len(node.expressions) == 1 and not isinstance(node.expressions[0], exp.Order)
    return isinstance(node, exp.Count | exp.Sum | exp.Avg) and isinstance(node.this, exp.Distinct)
