"""How SQLite compares days: it has texts only, of which year, month and day one after the other are compared as bytes.

Source: sqlite.org/lang_expr.html (GLOB).
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import sqlite_wire
from cdi_federate.dialects.days import OtherDay, RawDay, digits, is_plain, pieces
from cdi_federate.tree import Tree


def days(op: str, left: RawDay, right: OtherDay) -> Tree | None:
    """Return what keeps all rows on which one day compares with another, and those whose texts say none; or None."""
    sides = [each for each in (left, right) if isinstance(each, RawDay)]
    if not all(_is_text(each) for each in sides):
        return None
    known = [tree.negated(tree.is_null(tree.column(each.column.name))) for each in sides]
    sure = [
        exp.Glob(this=tree.column(each.column.name), expression=tree.string(digits(each.form, "[0-9]", "@")))
        for each in sides
    ]
    compared = tree.comparison(op, *(_written(each) for each in (left, right)))
    return tree.all_of(*known, tree.given(tree.all_of(*sure), compared, tree.number(1)))


def _is_text(each: RawDay) -> bool:
    return sqlite_wire.affinity(each.column.native) == "TEXT" and is_plain(each.form)


def _written(each: OtherDay) -> Tree:
    if isinstance(each, date):
        return tree.string(each.isoformat().replace("-", ""))
    text = " || ".join(f"SUBSTR(c, {at}, {width})" for at, width in pieces(each.form))
    return exp.Paren(
        this=tree.replaced(
            tree.parse_expression(text, "sqlite"),
            lambda node: tree.column(each.column.name) if node.key == "column" and node.name == "c" else None,
        )
    )
