"""Texts of other dialects: joining, patterns, trimming, parts and lengths."""

from __future__ import annotations

from sqlglot import exp

from cdi_federate.query.foreign.kinds import kind
from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg, call

_SKIPS_NULL = frozenset({"postgres", "tsql"})


def joined(node: Tree, dialect: str) -> Tree:
    """`concat` leaves NULLs out in Postgres and T-SQL; elsewhere one NULL makes the whole NULL."""
    parts = node.expressions
    if not parts or any(kind(part) not in ("text", "integer") for part in parts):
        raise refused("concat is carried over for texts and integers only", node, "cast its arguments to text")
    if dialect in _SKIPS_NULL:
        return call("concat", *parts)
    result = parts[0]
    for part in parts[1:]:
        result = exp.DPipe(this=result, expression=part)
    return exp.Paren(this=result)


def piped(node: Tree, dialect: str) -> Tree:
    """`||` joins texts; one NULL makes the whole NULL."""
    if not {kind(node.this), kind(node.expression)} <= {"text", "integer", "null"}:
        raise refused("'||' is carried over for texts and integers only", node, "cast both sides to text")
    return exp.DPipe(this=node.this, expression=node.expression)


def pattern(node: Tree, dialect: str) -> Tree:
    """A pattern is carried if no dialect sees an escape or a set of characters in it."""
    said = node.expression
    if not (isinstance(said, exp.Literal) and said.is_string) or "\\" in said.name:
        raise refused("a pattern is carried over if it is a constant without backslashes", node)
    if dialect == "tsql" and "[" in said.name:
        raise refused("a set of characters in a T-SQL pattern is not carried over", node)
    return node


def trimmed(node: Tree, dialect: str) -> Tree:
    """`trim` takes off spaces; DuckDB's takes off every kind of white space unless told."""
    if dialect == "bigquery" or arg(node, "expression") is not None or arg(node, "collation") is not None:
        raise refused(f"this trim of {dialect} is not carried over", node)
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(arg(node, "position") or "").upper(), "trim")
    return call(name, node.this, exp.Literal.string(" "))


def part_of_text(node: Tree, dialect: str) -> Tree:
    """`substring` is alike from the first character on."""
    start, length = arg(node, "start"), arg(node, "length")
    if not isinstance(start, exp.Literal) or start.is_string or start.name in ("0", "") or not start.name.isdigit():
        raise refused("substring is carried over with a constant start of 1 or more", node)
    if length is not None and not (isinstance(length, exp.Literal) and length.name.isdigit()):
        raise refused("substring is carried over with a constant length", node)
    return call("substring", node.this, start, *([length] if length is not None else []))


def length(node: Tree, dialect: str) -> Tree:
    """`length` counts characters, but bytes in MySQL, and T-SQL leaves trailing spaces out."""
    if dialect in ("mysql", "tsql") or kind(node.this) != "text":
        raise refused(f"this length of {dialect} is not carried over", node)
    return call("length", node.this)
