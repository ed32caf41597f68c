"""How SQLite sorts, groups and sums a column so that it means what it means here.

Cells of another class than the column's read as NULL here, so they are taken for NULL there. What is sent decides what
is read, so rows are grouped by just that text, by its bytes. SUM fails beyond 64 bits, so the upper and the lower half
of each integer are summed apart. Decimals are binary fractions there, which neither sort nor sum as decimals do.
Sources: sqlite.org/lang_aggfunc.html, sqlite.org/datatype3.html (collation of expressions).
"""

from __future__ import annotations

from fractions import Fraction

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import sqlite_wire
from cdi_federate.dialects.base import Extreme, Grouped
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.tree import Tree

_GROUPED = frozenset({"BIGINT", "BOOLEAN", "VARCHAR", "DECIMAL"})


def ordered(column: ColumnFacts) -> Tree | None:
    """Return what sorts the column as it is sorted here, or None."""
    match column.type:
        case "BIGINT" | "BOOLEAN" | "DOUBLE":
            return sqlite_wire.typed(column)
        case "VARCHAR" if sqlite_wire.affinity(column.native) == "TEXT" and "UTF-16" not in column.collation:
            typed = sqlite_wire.typed(column)
            return typed if column.binary and isinstance(typed, exp.Column) else _binary(typed)
        case _:
            return None


def digits(column: ColumnFacts) -> Tree | None:
    """Return what sorts an integer as its text is sorted here, or None."""
    if column.type != "BIGINT":
        return None
    return _binary(exp.cast(sqlite_wire.typed(column), "TEXT", dialect="sqlite"))


def equal(left: ColumnFacts, right: ColumnFacts) -> Tree | None:
    """Return what is TRUE where two integers, or the bytes of two texts, are equal; or None.

    Cells of columns of one affinity are compared as they are, and those of another class are taken for NULL.
    """
    kinds = {(column.type, sqlite_wire.affinity(column.native)) for column in (left, right)}
    if kinds not in ({("BIGINT", "INTEGER")}, {("VARCHAR", "TEXT")}):
        return None
    one, two = tree.column(left.name), tree.column(right.name)
    word = "integer" if left.type == "BIGINT" else "text"
    own = [tree.equals(tree.call("typeof", name.copy()), tree.string(word)) for name in (one, two)]
    binary = left.type == "BIGINT" or (left.binary and right.binary)
    return tree.all_of(tree.equals(one if binary else tree.collated(one, "BINARY"), two), *own)


def grouped(column: ColumnFacts) -> Grouped | None:
    """Return how the column is sent and grouped, or None where its values are told apart otherwise there."""
    if column.type.split("(")[0] not in _GROUPED:
        return None
    sent = sqlite_wire.to_wire(column)
    plain = isinstance(sent, exp.Column) and (column.binary or column.type != "VARCHAR")
    return Grouped(sent, sent.copy() if plain else _binary(sent.copy()))


def coarse(column: ColumnFacts, grain: str) -> None:
    """SQLite has no dates."""


def summed(column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the sums of the upper 32 bits and of the lower ones of an integer cell, as one text, or None."""
    return sum_sent(cell) if column.type == "BIGINT" else None


def number(column: ColumnFacts) -> Tree | None:
    """Return an integer; it has no other exact numbers."""
    return tree.column(column.name) if column.type == "BIGINT" else None


def exact(digits: int, places: int, most: Fraction) -> bool:
    """Whether what is computed stays within 64 bits; beyond them it would become a fraction."""
    return places == 0 and most < 2**63


def sum_sent(number: Tree) -> Tree:
    """Return the sums of both halves of integers, as one text."""
    return tree.replaced(
        tree.parse_expression(_HALVES, "sqlite"),
        lambda node: exp.Paren(this=number.copy()) if node.key == "column" and node.name == "c" else None,
    )


def total(column: ColumnFacts, cell: Tree) -> None:
    """SQLite's sum of integers fails where it has no room in 64 bits."""


_HALVES = "SUM(c >> 32) || ' ' || SUM(c & 4294967295)"


def sum_of(text: Tree) -> Tree:
    """Return DuckDB's expression that makes the sum of its two halves."""
    whole = "CAST(split_part(c, ' ', 1) AS HUGEINT) * 4294967296 + CAST(split_part(c, ' ', 2) AS HUGEINT)"
    return tree.replaced(
        tree.parse_expression(whole), lambda node: text.copy() if node.key == "column" and node.name == "c" else None
    )


def extreme(kind: Extreme, column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the least or greatest of a sorted cell of the column, as the column itself would travel, or None."""
    if ordered(column) is None:
        return None
    found = exp.Min(this=cell) if kind == "min" else exp.Max(this=cell)
    return sqlite_wire.wired(column, found)


def _binary(cell: Tree) -> Tree:
    inner = cell if isinstance(cell, exp.Column) else exp.Paren(this=cell)
    return tree.collated(inner, "BINARY")
