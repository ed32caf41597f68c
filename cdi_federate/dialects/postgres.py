"""Postgres: numbers, moments and booleans compare there as here; text by bytes, beside what an index may serve.

A deterministic collation takes texts for equal only if their bytes are, so a plain `=` is exact and uses an index. A
nondeterministic one, citext and char(n) find more: the bytes are compared beside it. Order is the bytes' under
`COLLATE "C"` only, which no index of another collation serves. `lower` under "C" changes ASCII capitals and no others.
A NaN is equal to itself and greatest in floats there as here; in a numeric it reads as NULL here, so it is left out.
Sources: postgresql.org/docs/current: collation, datatype-numeric, datatype-character, functions-matching.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import postgres_groups, postgres_wire
from cdi_federate.dialects.postgres_days import days
from cdi_federate.dialects.postgres_lists import among_integers, among_texts
from cdi_federate.dialects.postgres_stretches import stretches
from cdi_federate.dialects.postgres_unchanged import unchanged
from cdi_federate.dialects.postgres_wire import as_text, by_bytes, is_text, nan, plain
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

_FAMILIES = frozenset({"integer", "decimal", "double", "boolean", "date", "timestamp", "timestamptz", "text"})
_MOST_VALUES = 50_000
_LONGEST = 100_000
"""Characters of one constant."""
_PLAIN_TOO = frozenset({"character", "bpchar", "citext"})
"""Types whose own `=` finds every text of the same bytes, and more, and is what an index serves."""


class Postgres:
    """The dialect of PostgreSQL 13 and later."""

    name = "postgres"
    one_snapshot = True
    nulls_low = False
    says_nulls = True
    sorts_by_part = True
    joins_looks = True

    def prove(self, literal: ColumnLiteral, column: ColumnFacts) -> Proof:
        """Prove numbers, booleans, dates, timestamps and texts; of other types only whether they are NULL."""
        family = type_info(column.type).family
        if isinstance(literal, Known | Unknown):
            return Proof(Strength.EXACT, Reason.SAME_TYPE)
        if family not in _FAMILIES:
            return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"{column.native or column.type} column {column.name}")
        values = values_of(literal)
        if len(values) > _MOST_VALUES:
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a list of {len(values)} values")
        foreign = column.collation.startswith("encoding ")
        if not all(_fits(value, family, ascii_only=foreign) for value in values):
            return Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, f"a constant for column {column.name}")
        match literal:
            case StartsWith() | FoldedContains() if family != "text":
                return Proof(Strength.LOCAL, Reason.UNSUPPORTED_FORM, f"column {column.name} is no text")
            case FoldedContains():
                return Proof(Strength.SUPERSET, Reason.PART_OF_TEXT)
            case Compare(_, op, _) if foreign and op not in ("=", "<>"):
                return Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"order of text in {column.collation}")
            case _:
                return Proof(Strength.EXACT, Reason.BINARY_TEXT if family == "text" else Reason.SAME_TYPE)

    def spell(self, literal: ColumnLiteral, column: ColumnFacts) -> Tree:
        """Write the predicate."""
        family = type_info(column.type).family
        if family == "text":
            return _of_text(literal, column)
        name = postgres_wire.compared(column)
        match literal:
            case Known():
                return _number(tree.negated(tree.is_null(name)), column)
            case Unknown():
                unknown = tree.is_null(name)
                return unknown if family != "decimal" else tree.any_of(unknown, tree.equals(name.copy(), nan()))
            case Compare(_, op, value):
                made = tree.comparison(op, name, _constant(value, family))
                return _number(made, column) if op in ("<>", ">", ">=") else made
            case Within(_, values) if family == "integer" and all(isinstance(value, int) for value in values):
                return among_integers(name, values)
            case Within(_, values):
                return tree.is_in(name, [_constant(value, family) for value in values])
            case Without(_, values):
                return _number(tree.negated(tree.is_in(name, [_constant(value, family) for value in values])), column)
            case _:
                raise AssertionError("a text's clause over a column that is none was not proved")

    def unchanged(self, relation: RemoteTable, columns: Sequence[ColumnFacts]) -> Tree:
        """Return what fails the statement once a column changed, or a table it reads was written anew under it."""
        stamps = tuple(sorted((column.name, column.stamp) for column in columns if column.stamp))
        return unchanged(relation.name, relation.stored, stamps)

    def to_wire(self, column: ColumnFacts) -> Tree:
        """Send a column in a form that the engine reads without loss."""
        return postgres_wire.to_wire(column)

    def from_wire(self, column: ColumnFacts, wire: Tree) -> Tree:
        """Take what came."""
        return postgres_wire.from_wire(column, wire)

    def wire_type(self, column: ColumnFacts) -> str:
        """Return the type in which it comes."""
        return postgres_wire.wire_type(column)

    stretches = staticmethod(stretches)
    ordered = staticmethod(postgres_groups.ordered)
    digits = staticmethod(postgres_groups.digits)
    grouped = staticmethod(postgres_groups.grouped)
    alike = staticmethod(postgres_groups.alike)
    equal = staticmethod(postgres_groups.equal)
    coarse = staticmethod(postgres_groups.coarse)
    summed = staticmethod(postgres_groups.summed)
    days = staticmethod(days)
    number = staticmethod(postgres_groups.number)
    exact = staticmethod(postgres_groups.exact)
    sum_sent = staticmethod(postgres_groups.sum_sent)
    total = staticmethod(postgres_groups.total)
    sum_of = staticmethod(tree.detached)
    extreme = staticmethod(postgres_groups.extreme)


def _of_text(literal: ColumnLiteral, column: ColumnFacts) -> Tree:
    """Write a predicate over a column that is text here, of whatever type it is there."""
    name = tree.column(column.name)
    binary = tree.collated(_in_parentheses(as_text(column)), '"C"')
    alone = is_text(column) and column.binary
    also = not alone and (is_text(column) or plain(column.native).rsplit(".", 1)[-1] in _PLAIN_TOO)
    match literal:
        case Compare(_, ("=" | "<>") as op, value) if alone:
            return tree.comparison(op, name, _text(value))
        case Compare(_, "=", value) if also:
            return tree.all_of(tree.equals(name, _text(value)), tree.equals(binary, _text(value)))
        case Compare(_, op, value):
            ordered = name if alone and by_bytes(column) else binary
            return tree.comparison(op, ordered, _text(value))
        case Within(_, values):
            if also:
                return tree.all_of(among_texts(name, values), among_texts(binary, values))
            return among_texts(name if alone else binary, values)
        case Without(_, values):
            return tree.negated(tree.is_in(name if alone else binary, [_text(value) for value in values]))
        case StartsWith(_, prefix, negated):
            like = exp.Like(this=name if alone else binary, expression=tree.string(_pattern(prefix)))
            escaped = exp.Escape(this=like, expression=tree.string("!"))
            return tree.negated(escaped) if negated else escaped
        case FoldedContains(_, piece):
            found = exp.StrPosition(this=exp.Lower(this=binary), substr=tree.string(piece))
            return tree.comparison(">", found, tree.number(0))
        case Known():
            return tree.negated(tree.is_null(name))
        case Unknown():
            return tree.is_null(name)


def _in_parentheses(text: Tree) -> Tree:
    return text if isinstance(text, exp.Column | exp.Cast) else exp.Paren(this=text)


def _number(predicate: Tree, column: ColumnFacts) -> Tree:
    """Leave out the NaN of a numeric, greatest there and NULL here."""
    if type_info(column.type).family != "decimal":
        return predicate
    return tree.all_of(predicate, tree.comparison("<", tree.column(column.name), nan()))


def _fits(value: Value, family: str, *, ascii_only: bool) -> bool:
    match value:
        case bool():
            return family == "boolean"
        case str():
            known = value.isascii() if ascii_only else _is_unicode(value)
            return family == "text" and "\0" not in value and known and len(value) <= _LONGEST
        case int():
            return family in ("integer", "decimal") or (family == "double" and abs(value) <= 2**53)
        case Decimal():
            return family in ("integer", "decimal") and value.is_finite() and abs(value.adjusted()) < 1000
        case float():
            return family == "double"
        case datetime():
            return family == ("timestamp" if value.tzinfo is None else "timestamptz")
        case date():
            return family == "date"
        case _:
            return False


def _is_unicode(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)


def _text(value: Value) -> Tree:
    assert isinstance(value, str)
    return tree.string(value)


def _constant(value: Value, family: str) -> Tree:
    match value:
        case bool():
            return exp.Boolean(this=value)
        case int() if family == "double":
            return _float(float(value))
        case int():
            return tree.number(value)
        case Decimal():
            node = exp.Literal.number(f"{value.copy_abs():f}")
            return exp.Neg(this=node) if value < 0 else node
        case float():
            return _float(value)
        case datetime():
            moment = value if value.tzinfo is None else value.astimezone(UTC)
            return _read(moment.isoformat(sep=" "), "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ")
        case date():
            return _read(value.isoformat(), "DATE")
    raise AssertionError("a constant that was not proved")


def _float(value: float) -> Tree:
    """Return a double; a bare number would be a numeric."""
    shown = "NaN" if math.isnan(value) else repr(value) if math.isfinite(value) else f"{value:+}"
    return _read(shown.replace("+inf", "Infinity").replace("-inf", "-Infinity"), "DOUBLE")


def _read(text: str, type_: str) -> Tree:
    return tree.cast(tree.string(text), type_)


def _pattern(prefix: str) -> str:
    return "".join(f"!{c}" if c in "%_!" else c for c in prefix) + "%"
