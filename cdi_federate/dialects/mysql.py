"""MySQL and MariaDB: numbers as they are, text by its bytes, with an index where its collation finds no less.

Text is compared there by the column's collation, which takes `alice` for `Alice` and `Ann` for `Ann `. A text equals
itself in every collation, so `name = 'x'` keeps all the right rows and finds them by an index; the bytes, compared
beside it, keep only those. What no index serves (`<>`, order, prefixes) is asked of the bytes alone.

A text never meets a number, nor a date a text that is no date: nothing is converted implicitly. No constant is written
with a backslash, and no empty one in quotes, so that what `sql_mode` says of them does not matter.
Sources: mariadb.com/kb/en/character-sets, mariadb.com/kb/en/sql-mode, dev.mysql.com/doc/refman/8.0/en/charset.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import mysql_groups, mysql_wire
from cdi_federate.dialects.mysql_constants import constant, fits, has, held, text
from cdi_federate.dialects.mysql_days import days
from cdi_federate.dialects.mysql_groups import is_text
from cdi_federate.dialects.mysql_unchanged import unchanged
from cdi_federate.stages.clauses import (
    ColumnLiteral,
    Compare,
    FoldedContains,
    Known,
    Never,
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

_FAMILIES = frozenset({"text", "integer", "decimal", "double", "boolean", "date", "timestamp", "timestamptz"})
_MOST_VALUES = 50_000


class Mysql:
    """The dialect of MySQL 8 and MariaDB."""

    name = "mysql"
    one_snapshot = False
    nulls_low = True
    says_nulls = False
    sorts_by_part = False
    joins_looks = False

    def prove(self, literal: ColumnLiteral, column: ColumnFacts) -> Proof:
        """Prove numbers, moments and text of known collations; of other types only whether they are NULL."""
        family = type_info(column.type).family
        if isinstance(literal, Known | Unknown):
            return Proof(Strength.EXACT, Reason.SAME_TYPE)
        if family not in _FAMILIES or (family == "text" and not is_text(column)) or _is_rounded(column):
            return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"{column.native or column.type} column {column.name}")
        values = values_of(literal)
        if len(values) > _MOST_VALUES:
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a list of {len(values)} values")
        if not all(fits(value, family) for value in values):
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a constant for column {column.name}")
        match literal:
            case FoldedContains():
                return Proof(Strength.SUPERSET, Reason.PART_OF_TEXT)
            case _:
                return Proof(Strength.EXACT, Reason.BINARY_TEXT if family == "text" else Reason.SAME_TYPE)

    def spell(self, literal: ColumnLiteral, column: ColumnFacts) -> Tree:
        """Write the predicate; only for what was proved."""
        match type_info(column.type).family:
            case "text":
                return _text(literal, column)
            case "date" | "timestamp" | "timestamptz":
                return _moment(literal, column)
            case _:
                return _number(literal, column)

    def alike(self, left: ColumnFacts, right: ColumnFacts) -> bool:
        """Nothing is looked up there: MariaDB 10.11.19 was seen to die (signal 11) of `IN (SELECT …)` with its look."""
        return False

    def unchanged(self, relation: RemoteTable, columns: Sequence[ColumnFacts]) -> Tree | None:
        """Hold name, type and collation of each column against the server's own catalog."""
        stamps = tuple(sorted(column.stamp for column in columns))
        if relation.select or len(relation.name) != 2 or not stamps or not all(stamps):
            return None
        return unchanged(relation.name[0], relation.name[1], stamps)

    def to_wire(self, column: ColumnFacts) -> Tree:
        """Send every column so that it arrives whole."""
        return mysql_wire.to_wire(column)

    def from_wire(self, column: ColumnFacts, wire: Tree) -> Tree:
        """Make the column's type of what came."""
        return mysql_wire.from_wire(column, wire)

    def wire_type(self, column: ColumnFacts) -> str:
        """Return the type in which the column arrives."""
        return mysql_wire.wire_type(column)

    def stretches(self, pages: int, count: int) -> tuple[Tree, ...]:
        """No two of its connections see one moment."""
        return ()

    ordered = staticmethod(mysql_groups.ordered)
    digits = staticmethod(mysql_groups.digits)
    grouped = staticmethod(mysql_groups.grouped)
    equal = staticmethod(mysql_groups.equal)
    coarse = staticmethod(mysql_groups.coarse)
    summed = staticmethod(mysql_groups.summed)
    days = staticmethod(days)
    number = staticmethod(mysql_groups.number)
    exact = staticmethod(mysql_groups.exact)
    sum_sent = staticmethod(mysql_groups.sum_sent)
    total = staticmethod(mysql_groups.total)
    sum_of = staticmethod(tree.detached)
    extreme = staticmethod(mysql_groups.extreme)


def _text(literal: ColumnLiteral, column: ColumnFacts) -> Tree:
    name = tree.column(column.name)
    match literal:
        case Known():
            return tree.negated(tree.is_null(name))
        case Unknown():
            return tree.is_null(name)
        case Compare(_, op, str() as value) if column.binary and has(column, value):
            return tree.comparison(op, name, text(value))
        case Within(_, values) if column.binary and has(column, *values):
            return tree.is_in(name, [text(str(value)) for value in values])
        case Compare(_, op, str() as value):
            exact = tree.comparison(op, mysql_wire.binary(column), text(value))
            found = op == "=" and _finds(column, value)
            return tree.all_of(tree.equals(name, text(value)), exact) if found else exact
        case Within(_, values):
            exact = tree.is_in(mysql_wire.binary(column), [text(str(value)) for value in values])
            found = _finds(column, *values)
            return tree.all_of(tree.is_in(name, [text(str(value)) for value in values]), exact) if found else exact
        case Without(_, values):
            return tree.negated(tree.is_in(mysql_wire.binary(column), [text(str(value)) for value in values]))
        case StartsWith(_, prefix, negated):
            start = tree.call("LEFT", mysql_wire.binary(column), tree.number(len(prefix.encode())))
            return tree.comparison("<>" if negated else "=", start, text(prefix))
        case FoldedContains(_, piece):
            found_at = tree.call("LOCATE", text(piece), mysql_wire.folded(column))
            return tree.comparison(">", found_at, tree.number(0))
    raise AssertionError("only texts are compared with texts")


def _moment(literal: ColumnLiteral, column: ColumnFacts) -> Tree:
    """Write a predicate over dates or moments; those that are none of the calendar's are NULL."""
    name = tree.column(column.name)
    fitting = mysql_wire.fitting(name.copy())
    match literal:
        case Known():
            return fitting
        case Unknown():
            return mysql_wire.misfit(name)
        case Compare(_, "=", value):
            return tree.equals(name, constant(value))
        case Compare(_, op, value):
            return tree.all_of(tree.comparison(op, name, constant(value)), fitting)
        case Within(_, values):
            return tree.is_in(name, [constant(value) for value in values])
        case Without(_, values):
            return tree.all_of(tree.negated(tree.is_in(name, [constant(value) for value in values])), fitting)
    raise AssertionError("no other literal is proved of a moment")


def _number(literal: ColumnLiteral, column: ColumnFacts) -> Tree:
    """Write a predicate over numbers with constants that the column can hold.

    An index is looked up by the constant as the column would store it: 1.5 finds the 2 of an integer column.
    """
    known = type_info(column.type)
    own = literal if known.family == "double" else held(literal, known)
    match own:
        case Never():
            return tree.equals(tree.number(1), tree.number(0))
        case Compare() | Within() | Without() | Known() | Unknown():
            return _of_number(own, _plain_year(own, column), column)
    raise AssertionError("no other literal is proved of a number")


def _of_number(literal: Compare | Within | Without | Known | Unknown, name: Tree, column: ColumnFacts) -> Tree:
    match literal:
        case Known():
            return tree.negated(tree.is_null(name))
        case Unknown():
            return tree.is_null(name)
        case Compare(_, op, value):
            return tree.comparison(op, name, constant(value, column))
        case Within(_, values):
            return tree.is_in(name, [constant(value, column) for value in values])
        case Without(_, values):
            return tree.negated(tree.is_in(name, [constant(value, column) for value in values]))


def _plain_year(literal: ColumnLiteral, column: ColumnFacts) -> Tree:
    """Return the column; a year as a number, for by itself it takes 24 for 2024."""
    name = tree.column(column.name)
    if mysql_wire.word(column.native) != "year" or all(1901 <= int(float(str(v))) <= 2155 for v in values_of(literal)):
        return name
    return exp.Add(this=name, expression=tree.number(0))


def _is_rounded(column: ColumnFacts) -> bool:
    """Whether constants are rounded to the column's digits before they are looked up in an index: `double(10,2)`."""
    return mysql_wire.word(column.native) in ("float", "double", "real") and "(" in column.native


def _finds(column: ColumnFacts, *values: Value) -> bool:
    """Whether the column's own comparison certainly keeps the texts that have the constants' bytes.

    The constants come into the column's character set, if it has them; then a text equals itself. An enum compares by
    the number of its word, and a cell that is none of its words is the empty text.
    """
    kind = mysql_wire.word(column.native)
    return kind != "set" and not (kind == "enum" and "" in values) and has(column, *values)
