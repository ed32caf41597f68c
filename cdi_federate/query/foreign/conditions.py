"""Comparisons, branches and truth values of other dialects: sorts that a dialect would convert are not mixed."""

from __future__ import annotations

import re

from sqlglot import exp

from cdi_federate.query.foreign.conversions import ISO
from cdi_federate.query.foreign.kinds import kind
from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg


def compared(node: Tree, dialect: str) -> Tree:
    """Values of one sort compare alike; sorts that a dialect would convert are not mixed."""
    sides = [node.this, *(node.expressions if isinstance(node, exp.In) else [])]
    sides += [side for side in (arg(node, key) for key in ("expression", "low", "high")) if isinstance(side, exp.Expr)]
    sides = [
        side for side in sides if not isinstance(side, exp.Any | exp.All | exp.Tuple | exp.Subquery | exp.Placeholder)
    ]
    sorts = {kind(side) for side in sides} - {"null"}
    texts = [side for side in sides if kind(side) == "text"]
    moments = sorts & {"date", "timestamp"}
    if moments and all(isinstance(t, exp.Literal) and re.fullmatch(ISO["timestamp"], t.name) for t in texts):
        sorts -= {"text"}
    if "" not in sorts and (
        sorts <= {"integer", "decimal", "float"} or sorts <= {"date", "timestamp"} or len(sorts) <= 1
    ):
        return node
    shown = " and ".join(sorted(sort or "an unknown type" for sort in sorts))
    raise refused(f"a comparison of {shown} is not carried over from {dialect}", node, "cast both sides to one type")


def alternatives(node: Tree, dialect: str) -> Tree:
    """The branches of CASE and the arguments of COALESCE are of one sort."""
    if isinstance(node, exp.Case):
        sides = [arg(branch, "true") for branch in arg(node, "ifs")] + [arg(node, "default")]
    elif isinstance(node, exp.If):
        sides = [arg(node, "true"), arg(node, "false")]
    else:
        sides = [node.this, *node.expressions]
    sorts = {kind(side) for side in sides if isinstance(side, exp.Expr)} - {"null"}
    if "" not in sorts and (sorts <= {"integer", "decimal", "float"} or len(sorts) <= 1):
        return node
    raise refused(f"branches of different types are not carried over from {dialect}", node, "cast them to one type")


def logical(node: Tree, dialect: str) -> Tree:
    """AND, OR and NOT join conditions; MySQL also takes numbers and texts, and reads `||` as OR."""
    sides = [node.this, node.expression] if isinstance(node, exp.Connector) else [node.this]
    if all(kind(side) in ("boolean", "null", "") for side in sides):
        return node
    raise refused(f"{dialect} takes this value for true or false in a way of its own", node, "write a comparison")
