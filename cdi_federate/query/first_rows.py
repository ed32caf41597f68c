"""First rows by an index: a source that would sort a whole table is told to begin with the rows the index has first.

    ORDER BY due_on DESC NULLS LAST, invoice_no LIMIT 10, with an index on due_on
    →  the first 10 rows that have a day, in the index's own order; and
       of those that have none the first 10, where fewer than 10 have one

An index knows one place for NULL, and no place for a cell that is read as NULL here (a day that is none, a number that
the field cannot hold), so a sort that says where these go is made over all rows. Taken apart, the rows with a value are
sorted by the bare column. Both parts stand in one statement: they are of one moment.

A source that sorts by an index only where the index has all keys (MySQL) is asked for the values that the first rows
have, and for all rows of those values, of which the first are taken by all keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.estimate import told
from cdi_federate.query.implied import implies, is_known
from cdi_federate.query.limits import is_exact
from cdi_federate.query.meeting import called
from cdi_federate.query.ordering import raw_order
from cdi_federate.query.selectivity import selectivity
from cdi_federate.query.spell import at_source, sort_keys
from cdi_federate.stages.clauses import And, columns, conjunction
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.summary import Sort
from cdi_federate.tree import Tree

MOST = 1_000
"""Rows up to which an index is followed, from each to its row in the table."""

TIES = 20_000
"""Rows that may share the values of the first rows: they are all looked up where an index has not all keys."""

SPARSE = 20
"""The rows wanted are at least one in so many, or an index is followed past too many that are not."""

_VALUE = "cdi_first"


def first_of(branch: Branch, scan: Scan, keys: Sequence[Sort], rows: int, *, filters: int) -> Branch:
    """Return a branch of a scan that is told how many rows in which order, where that can be told.

    It can where the source keeps just the rows that pass all `filters`, and sorts by each key as is done here.
    """
    if branch.facts is None or not is_exact(branch, filters):
        return branch
    order = raw_order(branch, scan, keys)
    if order is None:
        return branch
    if order and _by_index(branch, branch.facts, order, rows):
        order = (replace(order[0], indexed=True), *order[1:])
    return replace(branch, order=order, limit=rows)


def _by_index(branch: Branch, facts: TableFacts, order: tuple[Sort, ...], rows: int) -> bool:
    """Return whether the first rows are taken by the index on the first key: how long it takes, never what comes."""
    first, *rest = order
    column, spoken = facts.column(first.column), dialect_named(branch.dialect)
    if column is None or not column.indexed or first.digits or rows > MOST:
        return False
    bare = _bare(column, branch.dialect)
    if bare is None:
        return False
    known = _is_known(branch, first, column, bare[1])
    whole = told(branch)
    parts = whole.parts if isinstance(whole, And) else (whole,)
    others = (each for each in parts if {*columns(each)} != {column.name})
    if (first.nulls_first and not known) or selectivity(conjunction(*others), facts) < 1 / SPARSE:
        return False
    if not rest or spoken.sorts_by_part:
        return not known or bare[1] is not None
    return (
        facts.rows is not None and column.distinct is not None and facts.rows / max(column.distinct, 1.0) * rows <= TIES
    )


def first_rows(
    branch: Branch, facts: TableFacts, source: Tree, conditions: Sequence[Tree], held: Tree | None
) -> Callable[[Sequence[Tree]], Tree]:
    """Return what makes the statement of a branch's first rows, of the list of what it sends.

    `conditions` are the branch's, `held` is the look at its table.
    """
    first, *rest = branch.order
    dialect, spoken, limit = branch.dialect, dialect_named(branch.dialect), branch.limit
    column = facts.column(first.column)
    sorted_by = _bare(column, dialect) if column is not None else None
    assert column is not None and sorted_by is not None and limit is not None, (
        "only first rows of a bare column are taken by its index"
    )
    bare, valid = sorted_by
    fits = at_source(first.fits, facts, dialect) if first.fits is not None else None
    has_value = [each for each in (valid, fits) if each is not None] or [tree.negated(tree.is_null(bare.copy()))]
    known, looks = _is_known(branch, first, column, valid), [] if held is None else [held]
    sorting = tree.qualified(bare, called(branch))
    key = tree.sorted_by(sorting, descending=first.descending, nulls_first=first.descending is not spoken.nulls_low)
    further = sort_keys(rest, facts, dialect, table=called(branch))

    def select(list_: Sequence[Tree], where: Sequence[Tree], **parts: Any) -> Tree:
        return tree.select(list_, source.copy(), where=tree.all_of(*(each.copy() for each in where)), **parts)

    kept = [*conditions, *has_value]
    joins: list[tuple[Tree, Tree]] = []
    if rest and not spoken.sorts_by_part:
        values = select([tree.aliased(bare.copy(), _VALUE)], kept, order=[key.copy()], limit=limit)
        once = tree.select([tree.column(_VALUE)], tree.subquery(values, "v"), distinct=True)
        joins = [(tree.subquery(once, "k"), tree.equals(sorting.copy(), tree.column(_VALUE, "k")))]
    found = tree.subquery(select([tree.number(1)], kept, limit=limit), "f")
    count = tree.select([tree.aggregate("count", tree.star())], found)
    too_few = tree.comparison("<", exp.Subquery(this=count), tree.number(limit))
    no_value = tree.negated(exp.Is(this=exp.Paren(this=tree.all_of(*has_value)), expression=exp.Boolean(this=True)))

    def made(list_: Sequence[Tree]) -> Tree:
        have = select(
            list_, [*kept, *looks], joins=joins, order=[key.copy(), *(each.copy() for each in further)], limit=limit
        )
        if known:
            return have
        have_none = select(list_, [too_few, *conditions, no_value, *looks], order=further, limit=limit)
        both = (tree.select([tree.star()], tree.subquery(part, name)) for part, name in ((have, "a"), (have_none, "b")))
        return tree.union_all(list(both))

    return made


def _is_known(branch: Branch, key: Sort, column: ColumnFacts, valid: Tree | None) -> bool:
    """Return whether every row that the branch is told to keep has a value of a key."""
    certain = [told(branch)]
    known = (not column.nullable and valid is None) or is_known(column.name, certain)
    return known and (key.fits is None or implies(certain, key.fits))


def _bare(column: ColumnFacts, dialect: str) -> tuple[Tree, Tree | None] | None:
    """Return the bare column by which an index sorts, and the condition under which it is what is read here."""
    match dialect_named(dialect).ordered(column):
        case exp.Column() as bare:
            return bare, None
        case exp.Case(args={"ifs": [exp.If(this=valid, args={"true": exp.Column() as bare})]}) as case:
            return None if tree.arg(case, "default") or tree.arg(case, "this") else (bare, valid)
        case _:
            return None
