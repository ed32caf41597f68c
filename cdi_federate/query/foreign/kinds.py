"""What sort of value a node gives, and where a dialect's own type for it is not the one sqlglot knows."""

from __future__ import annotations

import re

from sqlglot import exp

from cdi_federate.tree import Tree, arg


def kind(node: Tree) -> str:
    """Return what sort of value a node gives: integer, float, decimal, text, date, timestamp, boolean, null or ''."""
    if isinstance(node, exp.Paren | exp.Neg):
        return kind(node.this)
    if isinstance(node, exp.Cast) and node.type is None:
        node.type = arg(node, "to")
    if isinstance(node, exp.Null):
        return "null"
    if isinstance(node, exp.Literal):
        return (
            "text"
            if node.is_string
            else ("integer" if node.name.isdigit() else "decimal" if _plain(node.name) else "float")
        )
    type_ = node.type.this if node.type else None
    if type_ is None:
        return ""
    if type_ in exp.DataType.INTEGER_TYPES:
        return "integer"
    if type_ in (exp.DType.FLOAT, exp.DType.DOUBLE):
        return "float"
    if type_ == exp.DType.DECIMAL:
        return "decimal"
    if type_ in exp.DataType.TEXT_TYPES:
        return "text"
    if type_ == exp.DType.DATE:
        return "date"
    if type_ in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME):
        return "timestamp"
    return "boolean" if type_ == exp.DType.BOOLEAN else ""


def real_type(node: Tree, dialect: str) -> str:
    """Return the type a function really has in a dialect where sqlglot has another; it decides what `/` means."""
    sort = kind(node.this) if isinstance(node.this, exp.Expr) else ""
    if isinstance(node, exp.Avg):
        exact = ("integer", "decimal") if dialect in ("postgres", "mysql", "snowflake") else ("decimal",)
        return "DECIMAL" if sort in exact else ""
    if isinstance(node, exp.Sum) and sort == "integer":
        big = node.this.type is not None and node.this.type.this not in (exp.DType.INT, exp.DType.SMALLINT)
        return "DECIMAL" if dialect == "mysql" or (dialect == "postgres" and big) else ""
    if dialect == "postgres" and isinstance(node, exp.Extract):
        return "DECIMAL"
    if dialect == "postgres" and isinstance(node, exp.Ceil | exp.Floor | exp.Round) and sort == "integer":
        return "DOUBLE"
    return ""


def _plain(number: str) -> bool:
    return bool(re.fullmatch(r"\d*\.\d*", number))
