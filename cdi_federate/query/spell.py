"""Clauses → trees: in a source's dialect for a fragment, in DuckDB's for what the engine reads in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects.days import digits
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.implied import implies, is_known
from cdi_federate.query.prove import said_days
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.values import literal as constant
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    ClauseLiteral,
    ColumnLiteral,
    Compare,
    CompareDays,
    Day,
    FoldedContains,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
)
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.summary import Sort
from cdi_federate.tree import Tree


def at_source(clause: Clause, facts: TableFacts, dialect: str) -> Tree:
    """Return the predicate as the source is told it; every literal was proved before."""

    def spelt(literal: ClauseLiteral) -> Tree:
        if isinstance(literal, CompareDays):
            days = said_days(literal, facts, dialect)
            assert days is not None, "only what can be said is proved"
            return days
        column = facts.column(literal.column)
        assert column is not None, "only known columns are proved"
        return dialect_named(dialect).spell(literal, column)

    return _spelt(clause, spelt)


def in_place(clause: Clause, facts: TableFacts) -> Tree:
    """Return the predicate over the raw columns of `t`, in DuckDB's dialect."""

    def column_of(name: str) -> Tree:
        known = facts.column(name)
        return tree.column(known.name if known else name, ALIAS)

    def spelt(literal: ClauseLiteral) -> Tree:
        if isinstance(literal, CompareDays):
            return _days(literal, column_of)
        return _in_duckdb(literal, column_of(literal.column))

    return _spelt(clause, spelt)


def sort_keys(
    order: Sequence[Sort], facts: TableFacts, dialect: str, told: Sequence[Clause] = (), *, table: str
) -> list[Tree]:
    """Return the keys of an ORDER BY at a source; each was proved before. `told` holds of all rows that are sorted.

    What a column is sent as bears its name, and in ORDER BY a name means what is sent: `table` says otherwise.
    """
    spoken = dialect_named(dialect)
    keys: list[Tree] = []
    for sort in order:
        column = facts.column(sort.column)
        key = (spoken.digits if sort.digits else spoken.ordered)(column) if column is not None else None
        assert key is not None and column is not None, "only columns that sort alike are sort keys"
        # Said only where it matters: an index serves the order that is the source's own.
        fits = None if sort.fits is None or implies(told, sort.fits) else sort.fits
        known = fits is None and (not column.nullable or is_known(column.name, told))
        nulls_first = sort.nulls_first if not known else sort.descending != spoken.nulls_low
        if fits is not None:
            key = tree.given(at_source(fits, facts, dialect), key)
        if not isinstance(spoken.to_wire(column), exp.Column):
            key = tree.qualified(key, table)
        own = sort.descending != spoken.nulls_low
        if nulls_first is not own and not spoken.says_nulls:
            keys.append(tree.sorted_by(tree.is_null(key.copy()), descending=nulls_first, nulls_first=not nulls_first))
            nulls_first = own
        keys.append(tree.sorted_by(key, descending=sort.descending, nulls_first=nulls_first))
    return keys


def _spelt(clause: Clause, spelt: Callable[[ClauseLiteral], Tree]) -> Tree:
    match clause:
        case And(parts):
            return tree.all_of(*(_spelt(part, spelt) for part in parts))
        case Or(parts):
            return tree.any_of(*(_spelt(part, spelt) for part in parts))
        case Always():
            return tree.equals(tree.number(1), tree.number(1))
        case Never():
            return tree.equals(tree.number(1), tree.number(0))
        case _:
            return spelt(clause)


def _days(literal: CompareDays, column_of: Callable[[str], Tree]) -> Tree:
    """Return a comparison of days; texts that are not of full width are kept."""
    read = [column_of(day.column) for day in literal.days]
    patterns = [f"^{digits(day.form, '[0-9]', '[@]')}$" if day.form else "" for day in literal.days]
    sure = [
        tree.call("regexp_full_match", text.copy(), tree.string(pattern))
        for text, pattern in zip(read, patterns, strict=True)
        if pattern
    ]
    sides = [
        tree.call("try_strptime", text.copy(), tree.string(day.form)) if day.form else text.copy()
        for text, day in zip(read, literal.days, strict=True)
    ]
    other = [] if isinstance(literal.other, Day) else [_written(literal.other)]
    compared = tree.comparison(literal.op, *sides, *other)
    if not sure:
        return compared
    known = [tree.negated(tree.is_null(text.copy())) for text in read]
    return tree.all_of(*known, tree.given(tree.all_of(*sure), compared, exp.Boolean(this=True)))


def _in_duckdb(literal: ColumnLiteral, column: Tree) -> Tree:
    match literal:
        case Compare(_, op, value):
            return tree.comparison(op, column, _written(value))
        case Within(_, values):
            return tree.is_in(column, [_written(value) for value in values])
        case Without(_, values):
            return tree.negated(tree.is_in(column, [_written(value) for value in values]))
        case StartsWith(_, prefix, negated):
            found = tree.call("starts_with", column, tree.string(prefix))
            return tree.negated(found) if negated else found
        case FoldedContains(_, piece):
            return tree.call("contains", tree.call("lower", column), tree.string(piece))
        case Known():
            return tree.negated(tree.is_null(column))
        case Unknown():
            return tree.is_null(column)


def _written(value: Value) -> Tree:
    if isinstance(value, str):
        return tree.string(value)
    return tree.parse_expression(constant(value))
