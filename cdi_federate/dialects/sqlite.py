"""SQLite: comparisons by storage class, text by bytes where the collation is BINARY.

A cell may be of another storage class than its column declares; it reads as NULL here (see `sqlite_wire`), so each
predicate also says which class it wants. `=` and `IN` need no such word: a constant of one class never equals a cell
of another. SQLite has no NaN. `LIKE` ignores case, so prefixes go by GLOB, which compares bytes and uses an index.
Sources: sqlite.org/datatype3.html (comparison, affinity), sqlite.org/lang_expr.html (GLOB, COLLATE).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import sqlite_groups, sqlite_wire
from cdi_federate.dialects.sqlite_days import days
from cdi_federate.stages.clauses import (
    ColumnLiteral,
    Compare,
    FoldedContains,
    Known,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
    values_of,
)
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_INT64 = range(-(2**63) + 1, 2**63)
_CLASSES = {"text": ("text",), "integer": ("integer",), "double": ("real", "integer")}
_LONGEST_PATTERN = 40_000
"""Bytes of a GLOB pattern; SQLite refuses those above 50,000 by default."""
_MOST_VALUES = 10_000
"""Longest list that is sent; beyond it the text grows past what SQLite's parser takes (1 MB by default)."""


class Sqlite:
    """The dialect of SQLite 3."""

    name = "sqlite"
    one_snapshot = False
    nulls_low = True
    says_nulls = True
    sorts_by_part = True
    joins_looks = True

    def prove(self, literal: ColumnLiteral, column: ColumnFacts) -> Proof:
        """Prove integers, doubles and binary text; everything else stays local."""
        family = type_info(column.type).family
        if family not in _CLASSES:
            return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"{column.native or column.type} column {column.name}")
        if family == "text" and sqlite_wire.affinity(column.native) != "TEXT":
            return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"column {column.name} may hold numbers beside texts")
        values = values_of(literal)
        if len(values) > _MOST_VALUES:
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a list of {len(values)} values")
        if not all(_fits(value, family) for value in values):
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a constant for column {column.name}")
        match literal:
            case StartsWith(_, prefix) if len(_glob(prefix).encode()) > _LONGEST_PATTERN:
                return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a prefix of {len(prefix)} characters")
            case FoldedContains():
                return Proof(Strength.SUPERSET, Reason.PART_OF_TEXT)
            case Known() | Unknown():
                return Proof(Strength.EXACT, Reason.SAME_TYPE)
            case Compare(_, op, _) if family == "text" and op not in ("=", "<>") and "UTF-16" in column.collation:
                return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, "order of UTF-16 text")
            case _:
                return Proof(Strength.EXACT, Reason.BINARY_TEXT if family == "text" else Reason.SAME_TYPE)

    def spell(self, literal: ColumnLiteral, column: ColumnFacts) -> Tree:
        """Write the predicate; text is compared COLLATE BINARY whatever the column's collation."""
        family = type_info(column.type).family
        name = tree.column(column.name)
        own = tree.is_in(tree.call("typeof", name.copy()), [tree.string(word) for word in _CLASSES[family]])
        compared = tree.collated(name.copy(), "BINARY") if family == "text" and not column.binary else name.copy()
        match literal:
            case Compare(_, "=", value):
                return _own(tree.equals(compared, _constant(value)), own, column)
            case Compare(_, op, value):
                return tree.all_of(tree.comparison(op, compared, _constant(value)), own)
            case Within(_, values):
                return _own(tree.is_in(compared, [_constant(value) for value in values]), own, column)
            case Without(_, values):
                return tree.all_of(tree.negated(tree.is_in(compared, [_constant(value) for value in values])), own)
            case StartsWith(_, prefix, negated):
                like = exp.Glob(this=name.copy(), expression=tree.string(_glob(prefix)))
                return tree.all_of(tree.negated(like) if negated else like, own)
            case FoldedContains(_, piece):
                found = tree.call("instr", tree.call("lower", name.copy()), tree.string(piece))
                return tree.comparison(">", found, tree.number(0))
            case Known():
                return own
            case Unknown():
                return tree.negated(own)

    def alike(self, left: ColumnFacts, right: ColumnFacts) -> bool:
        """Integers are, and texts of BINARY columns; between columns of two affinities cells are converted first."""
        kinds = {(type_info(column.type).family, sqlite_wire.affinity(column.native)) for column in (left, right)}
        return kinds in ({("integer", "INTEGER")}, {("text", "TEXT")}) and left.binary and right.binary

    def unchanged(self, relation: RemoteTable, columns: Sequence[ColumnFacts]) -> None:
        """SQLite counts the changes of its schema itself, and the count is the token of the facts."""

    def to_wire(self, column: ColumnFacts) -> Tree:
        """Send every column as exact text."""
        return sqlite_wire.to_wire(column)

    def from_wire(self, column: ColumnFacts, wire: Tree) -> Tree:
        """Read the exact text back."""
        return sqlite_wire.from_wire(column, wire)

    def wire_type(self, column: ColumnFacts) -> str:
        """Every column arrives as text."""
        return "VARCHAR"

    def stretches(self, pages: int, count: int) -> tuple[Tree, ...]:
        """No two of its connections see one moment."""
        return ()

    ordered = staticmethod(sqlite_groups.ordered)
    digits = staticmethod(sqlite_groups.digits)
    grouped = staticmethod(sqlite_groups.grouped)
    equal = staticmethod(sqlite_groups.equal)
    coarse = staticmethod(sqlite_groups.coarse)
    summed = staticmethod(sqlite_groups.summed)
    days = staticmethod(days)
    number = staticmethod(sqlite_groups.number)
    exact = staticmethod(sqlite_groups.exact)
    sum_sent = staticmethod(sqlite_groups.sum_sent)
    total = staticmethod(sqlite_groups.total)
    sum_of = staticmethod(sqlite_groups.sum_of)
    extreme = staticmethod(sqlite_groups.extreme)


def _own(equal: Tree, own: Tree, column: ColumnFacts) -> Tree:
    """Return the condition that a cell is one of some values, of those of the column's own class.

    A table makes an integer of 0.0 in a column of integers; a view of several queries hands it on, and it is 0 to
    SQLite. Of an equality SQLite takes TYPEOF(c) to be that of the constant, so one value is said as a range.
    """
    if column.type != "BIGINT" or column.clean or column.indexed:  # what has an index is a table
        return equal
    values = equal.expressions if isinstance(equal, exp.In) else [equal.expression]
    if len(values) > 1:
        return tree.all_of(equal, own)
    low, high = (tree.comparison(op, equal.this.copy(), values[0].copy()) for op in (">=", "<="))
    return tree.all_of(low, high, own)


def _fits(value: Value, family: str) -> bool:
    match value:
        case bool():
            return False
        case str():
            return family == "text" and "\0" not in value
        case int():
            return family in ("integer", "double") and value in _INT64
        case float():
            return family == "double" and math.isfinite(value)
        case _:
            return False


def _constant(value: Value) -> Tree:
    if isinstance(value, str):
        return tree.string(value)
    if isinstance(value, float):
        return tree.real(value)
    assert isinstance(value, int | Decimal)
    return tree.number(int(value))


def _glob(prefix: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in prefix) + "*"
