"""How Postgres sorts, groups and sums a column so that it means what it means here.

Text is in the bytes' order under `COLLATE "C"` only, and is grouped by its bytes: under a nondeterministic collation,
or as citext, `alice` and `Alice` are one group. NaN of a numeric is NULL here, so it is left out; NaN of a float is
equal to itself and greatest on both sides. Sums of integers and numerics are exact there. Booleans have no MIN,
and oids no SUM.
Sources: postgresql.org/docs/current/functions-aggregate.html, collation.html.
"""

from __future__ import annotations

from fractions import Fraction

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import postgres_wire
from cdi_federate.dialects.base import Extreme, Grouped
from cdi_federate.dialects.postgres_wire import SQL_ASCII, as_text, by_bytes, compared, is_text, nan, wired
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_SORTED = frozenset({"integer", "decimal", "double", "boolean", "date", "timestamp", "timestamptz", "text"})
_GROUPED = _SORTED - {"double"}
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying"})
_SUMMED = frozenset({"integer", "decimal"})


def ordered(column: ColumnFacts) -> Tree | None:
    """Return what sorts the column as it is sorted here, or None."""
    family = type_info(column.type).family
    if family not in _SORTED or (family == "text" and column.collation.startswith("encoding ")):
        return None
    if family == "text":
        alone = is_text(column) and column.binary and by_bytes(column)
        return tree.column(column.name) if alone else _binary(column)
    if family == "decimal":
        return exp.Nullif(this=tree.column(column.name), expression=nan())
    return compared(column)


def digits(column: ColumnFacts) -> Tree | None:
    """Return what sorts an integer as its text is sorted here."""
    return _binary(column) if postgres_wire.plain(column.native) in _WHOLE else None


def grouped(column: ColumnFacts) -> Grouped | None:
    """Return how the column is sent and grouped, or None where its values are told apart otherwise there."""
    family = type_info(column.type).family
    if family not in _GROUPED or column.collation == SQL_ASCII:
        return None
    if family == "text" and not (is_text(column) and column.binary):
        return Grouped(_binary(column), _binary(column))
    sent = postgres_wire.to_wire(column)
    return Grouped(sent, sent.copy())


def alike(left: ColumnFacts, right: ColumnFacts) -> bool:
    """Whole numbers and days are; a text equals itself under any collation, if both columns have the same."""
    kinds = [postgres_wire.plain(column.native) for column in (left, right)]
    if all(kind in _WHOLE for kind in kinds):
        return True
    if all(kind in _TEXTS for kind in kinds):
        return left.collation == right.collation
    return kinds[0] == kinds[1] and kinds[0] in ("date", "uuid")


def equal(left: ColumnFacts, right: ColumnFacts) -> Tree | None:
    """Return what is TRUE where two whole numbers, or texts of one deterministic collation, are equal; or None."""
    kinds = {postgres_wire.plain(column.native) for column in (left, right)}
    texts = kinds <= _TEXTS and left.binary and right.binary and left.collation == right.collation
    if not kinds <= _WHOLE and (not texts or left.collation.startswith("encoding ")):
        return None
    return tree.equals(tree.column(left.name), tree.column(right.name))


def coarse(column: ColumnFacts, grain: str) -> Grouped | None:
    """Return how rows are grouped by the day, month or year of a date or moment, each sent as its first, or None."""
    if column.type not in ("DATE", "TIMESTAMP"):
        return None
    cut = f"DATE_TRUNC('{grain}', CAST(c AS TIMESTAMP))"
    if column.type == "DATE":  # of which some are beyond every timestamp
        cut = f"CASE WHEN c BETWEEN '0001-01-01' AND '9999-12-31' THEN CAST({cut} AS DATE) ELSE c END"
    cell = tree.column(column.name)
    made = tree.replaced(
        tree.parse_expression(cut, "postgres"),
        lambda node: cell.copy() if node.name == "c" and node.key == "column" else None,
    )
    return Grouped(wired(column, made), made.copy())


def summed(column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the exact sum of a cell of the column, as text, or None."""
    number = total(column, cell)
    return None if number is None else tree.cast(number, "VARCHAR")


def total(column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the exact sum of a cell of the column, or None."""
    if type_info(column.type).family not in _SUMMED:
        return None
    return exp.Sum(this=tree.cast(cell, "BIGINT") if postgres_wire.plain(column.native) == "oid" else cell)


def number(column: ColumnFacts) -> Tree | None:
    """Return the column as a numeric, whose sums, differences and products have all their digits; or None."""
    if type_info(column.type).family not in _SUMMED:
        return None
    return tree.column(column.name) if postgres_wire.decimal(column.native) else _as_numeric(column)


def _as_numeric(column: ColumnFacts) -> Tree:
    return exp.cast(compared(column), "DECIMAL", dialect="postgres")


MOST_DIGITS = 1_000
"""Of what is computed there; a numeric has room for many more."""


def exact(digits: int, places: int, most: Fraction) -> bool:
    """Whether a numeric keeps all digits of what is computed."""
    return digits <= MOST_DIGITS


def sum_sent(number: Tree) -> Tree:
    """Return the sum of numbers, as text."""
    return tree.cast(exp.Sum(this=number), "VARCHAR")


def extreme(kind: Extreme, column: ColumnFacts, cell: Tree) -> Tree | None:
    """Return the least or greatest of a sorted cell of the column, as the column itself would travel, or None."""
    if type_info(column.type).family == "boolean" or ordered(column) is None:
        return None
    found = exp.Min(this=cell) if kind == "min" else exp.Max(this=cell)
    return found if column.type == "VARCHAR" else wired(column, found)


def _binary(column: ColumnFacts) -> Tree:
    text = as_text(column)
    return tree.collated(text if isinstance(text, exp.Column | exp.Cast) else exp.Paren(this=text), '"C"')
