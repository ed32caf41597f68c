"""Casts of other dialects: the pairs of types whose every outcome is alike, and each writer's own DECIMAL."""

from __future__ import annotations

import re

from sqlglot import exp

from cdi_federate.query.foreign.kinds import kind
from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg, assumed, cast, detached

_DECIMALS = {"mysql": "10, 0", "tsql": "18, 0", "snowflake": "38, 0", "spark": "10, 0", "bigquery": "38, 9"}
_CASTS = {
    ("integer", "integer"),
    ("integer", "decimal"),
    ("integer", "float"),
    ("integer", "text"),
    ("decimal", "integer"),
    ("decimal", "decimal"),
    ("decimal", "float"),
    ("float", "float"),
    ("text", "text"),
    ("date", "date"),
    ("date", "timestamp"),
    ("date", "text"),
    ("timestamp", "date"),
    ("timestamp", "timestamp"),
}

ISO = {"date": r"\d{4}-\d\d-\d\d", "timestamp": r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?"}
"""What the constant text of a date and of a timestamp must look like to be read alike everywhere."""


def converted(node: Tree, dialect: str) -> Tree:
    """A cast whose every outcome is alike; a bare DECIMAL gets the writer's own scale."""
    if assumed(node):
        inner: Tree = detached(node.this)
        inner.type = node.type
        return inner
    to = arg(node, "to")
    source, target = kind(node.this), kind(node)
    iso = isinstance(node.this, exp.Literal) and re.fullmatch(ISO.get(target, "(?!)"), node.this.name)
    if (source, target) not in _CASTS and not iso and (source, target) != ("null", target):
        raise refused(
            f"a cast from {source or 'an unknown type'} to {target or to} is not carried over from {dialect}", node
        )
    if to.this in (exp.DType.CHAR, exp.DType.NCHAR) and dialect != "mysql":
        raise refused("a cast to CHAR cuts off or pads", node, "cast to varchar")
    if target == "integer" and dialect not in ("postgres", "mysql") and source != "integer":
        raise refused(f"this cast to an integer is not carried over from {dialect}", node)
    if target == "integer" and dialect == "spark" and str(to) != "BIGINT":
        raise refused("a cast to a smaller integer wraps around in Spark", node, "cast to bigint")
    if target == "text" and to.expressions:
        raise refused("a cast to a text of limited length is not carried over", node)
    if target == "decimal" and not to.expressions:
        if dialect not in _DECIMALS:
            raise refused("a decimal without digits keeps every digit there", node, "write numeric(38, 6) or the like")
        return cast(node.this, f"DECIMAL({_DECIMALS[dialect]})")
    if target == "float" and dialect in ("tsql", "snowflake"):
        return cast(node.this, "DOUBLE")
    return node
