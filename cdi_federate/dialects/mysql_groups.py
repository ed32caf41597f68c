"""How MySQL and MariaDB sort, group and sum a column so that it means what it means here.

By itself text is sorted and grouped by its collation, which takes `alice` for `Alice`; as bytes it is told apart as it
is here, but only as far as the server looks while it sorts (`max_sort_length`, 1024 bytes): of texts that may be longer
it would make one group, or none's order, so they stay here. Sums of integers and decimals are exact decimals there.
What `GROUP BY` names by its bytes is sent as the least of each group, for all of a group are the same text; of bytes,
since MariaDB converts the text of MIN(CAST(…)) a second time. A column's own order is never asked for, not even where
it is that of its bytes: MariaDB has sorted `''` behind a tab by utf8mb4_nopad_bin.
Sources: mariadb.com/kb/en/group-by, dev.mysql.com/doc/refman/8.0/en/group-by-handling.html (ONLY_FULL_GROUP_BY).
"""

from __future__ import annotations

import re
from fractions import Fraction

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.dialects.base import Extreme, Grouped
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_LOCAL_TEXTS = frozenset({"time", "json", "uuid", "inet4", "inet6", "decimal", "numeric", ""})
"""Types that are text here and something else there."""

_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
_NUMBERS = frozenset({"integer", "decimal"})
_MOMENTS = frozenset({"date", "timestamp", "timestamptz"})


def is_text(column: ColumnFacts) -> bool:
    """Return whether the column is text there, too, in a known collation."""
    return mysql_wire.word(column.native) not in _LOCAL_TEXTS and bool(column.collation)


def ordered(column: ColumnFacts) -> Tree | None:
    """Return what sorts the column as it is sorted here, or None."""
    name = tree.column(column.name)
    match type_info(column.type).family:
        case "text" if is_text(column) and _is_short(column):
            return mysql_wire.binary(column)
        case "integer" | "decimal" | "double" if mysql_wire.word(column.native) != "bit":
            return name
        case "date" | "timestamp" | "timestamptz":
            return mysql_wire.fitted(name)
        case _:
            return None


def digits(column: ColumnFacts) -> Tree | None:
    """Return what sorts an integer as its text is sorted here, or None where it is written with zeros before it."""
    if mysql_wire.word(column.native) == "bit" or "zerofill" in column.native.lower():
        return None
    return exp.cast(tree.column(column.name), "BINARY", dialect="mysql")


def grouped(column: ColumnFacts) -> Grouped | None:
    """Return how the column is sent and grouped, or None where its values are told apart otherwise there."""
    family = type_info(column.type).family
    sent, name = mysql_wire.to_wire(column), tree.column(column.name)
    if family == "text" and is_text(column) and _is_short(column):
        if _is_plain(column):
            return Grouped(sent, name)
        return Grouped(mysql_wire.in_utf8(exp.Min(this=mysql_wire.binary(column))), mysql_wire.binary(column))
    if family in _NUMBERS | _MOMENTS | {"boolean"}:
        return Grouped(sent, name)
    return None


def equal(left: ColumnFacts, right: ColumnFacts) -> Tree | None:
    """Return what is TRUE where two whole numbers, or texts of one collation that compares bytes, are equal; or None.

    Not of other texts: MariaDB has found too few for NOT EXISTS of `a = b AND CAST(a AS BINARY) = CAST(b AS BINARY)`.
    """
    kinds = {mysql_wire.word(column.native) for column in (left, right)}
    whole = kinds <= _WHOLE and {type_info(column.type).family for column in (left, right)} == {"integer"}
    texts = kinds <= _TEXTS and is_text(left) and left.binary and right.binary and left.collation == right.collation
    return tree.equals(tree.column(left.name), tree.column(right.name)) if whole or texts else None


_FIRST = {"day": "%Y-%m-%d", "month": "%Y-%m-01", "year": "%Y-01-01"}


def coarse(column: ColumnFacts, grain: str) -> Grouped | None:
    """Return how rows are grouped by the day, month or year of a date or moment, each sent as its first, or None."""
    if column.type not in ("DATE", "TIMESTAMP"):
        return None
    type_ = "DATE" if column.type == "DATE" else "DATETIME"
    made = mysql_wire.filled(f"CAST(DATE_FORMAT({mysql_wire.FITTING}, '{_FIRST[grain]}') AS {type_})", column)
    return Grouped(made, made.copy())


def summed(column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the exact sum of a cell of the column, as text, or None."""
    number = total(column, cell)
    return None if number is None else mysql_wire.as_text(number)


def total(column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the exact sum of a cell of the column, or None."""
    if type_info(column.type).family not in _NUMBERS or mysql_wire.word(column.native) in ("bit", "year"):
        return None
    return exp.Sum(this=cell)


def number(column: ColumnFacts) -> Tree | None:
    """Return the column as a signed decimal: integers overflow there, and unsigned ones have no negative difference."""
    kind = type_info(column.type)
    if kind.family not in _NUMBERS or mysql_wire.word(column.native) in ("bit", "year"):
        return None
    digits = kind.precision or len(str(kind.high))
    return mysql_wire.filled(f"CAST(c AS DECIMAL({digits}, {kind.scale}))", column)


_ROOM, _PLACES, _ADDED = 65, 30, 22
"""Digits of a decimal, those after its point, and those that a sum has more than what is summed."""


def exact(digits: int, places: int, most: Fraction) -> bool:
    """Whether a decimal keeps all digits of what is computed, and of its sum."""
    return digits + _ADDED <= _ROOM and places <= _PLACES


def sum_sent(number: Tree) -> Tree:
    """Return the sum of numbers, as text."""
    return mysql_wire.as_text(exp.Sum(this=number))


def extreme(kind: Extreme, column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the least or greatest of a sorted cell of the column, as the column itself would travel, or None."""
    if ordered(column) is None:
        return None
    found = exp.Min(this=cell) if kind == "min" else exp.Max(this=cell)
    if column.type == "VARCHAR":
        return mysql_wire.in_utf8(found)
    return found if type_info(column.type).family in _MOMENTS else mysql_wire.wired(column, found)


def _is_plain(column: ColumnFacts) -> bool:
    """Whether the column's own order is that of its bytes in UTF-8, which is that of its characters."""
    return column.binary and mysql_wire.charset(column.collation) in mysql_wire.UTF8


_LONGEST = 255
"""Characters, of at most four bytes each, that are looked at while the server sorts."""

_DECLARED = re.compile(r"(?:var)?char\((\d+)\)")


def _is_short(column: ColumnFacts) -> bool:
    """Whether the column's texts certainly are so short that the server looks at all of their bytes."""
    native = column.native.lower()
    declared = _DECLARED.match(native)
    if declared:
        return int(declared[1]) <= _LONGEST
    if native.startswith("enum("):
        return max(map(len, native.split("','"))) <= _LONGEST
    return native == "tinytext" or (native.startswith("set(") and len(native) <= _LONGEST)
