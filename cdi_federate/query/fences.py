"""Which raw integers the engine must not look into while it looks for first rows (decision 025).

DuckDB tells a scan of a table or of Parquet what the last of the first rows so far is, through casts between integers,
as a constant of the cast's type; the scan compares it with a column of another width and skips rows that are wanted.
It also leaves out row groups by the column's least and greatest, which are not the cast's. It does not look through
`COALESCE(x, NULL)`, which is `x`.
"""

from __future__ import annotations

from enum import Enum

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.relations import FileScan, MemoryScan, Relation, SelectScan, TableScan
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree


class Fence(Enum):
    """Which integers of what the engine reads in place are fenced: none, those that mappings cast, or all."""

    NONE = 0
    CAST = 1
    ALL = 2


def fence_of(statement: Tree) -> Fence:
    """Return what a statement needs: none without ORDER BY and LIMIT, all where its own words may cast an integer.

    Casts are also what UNION puts in, and what is left of `x + 0::BIGINT` or `CASE WHEN true THEN x ELSE 0::BIGINT END`
    once the engine has made it simple; so the question is which words certainly hold none.
    """
    orders = list(tree.walk(statement, exp.Order))
    if not orders or next(tree.walk(statement, exp.Limit, exp.Fetch), None) is None:
        return Fence.NONE
    if next(tree.walk(statement, exp.SetOperation, exp.Pivot), None) is not None:
        return Fence.ALL
    given = [each.unalias() for select in tree.walk(statement, exp.Select) for each in select.expressions]
    keys = [order.expressions[0].this for order in orders if isinstance(order.expressions[0], exp.Ordered)]
    plain = len(keys) == len(orders) and all(map(_casts_nothing, (*given, *keys)))
    return Fence.CAST if plain else Fence.ALL


_PLAIN = (exp.Literal, exp.Boolean, exp.Null, exp.AggFunc, exp.Window)
"""What is no column with a cast around it. An aggregate is another value, whatever it is of."""


def _casts_nothing(value: Tree) -> bool:
    if isinstance(value, exp.Column):
        value = value.this
    if isinstance(value, exp.Star):
        return tree.is_plain_star(value)
    return isinstance(value, (exp.Identifier, *_PLAIN))


def fenced(fence: Fence, branch: Branch, scan: Scan, relation: Relation, columns: tuple[ColumnFacts, ...]) -> set[str]:
    """Return which of the raw columns of a branch that is read in place are to be fenced, in lower case."""
    if fence is Fence.NONE or not _takes_filters(relation):
        return set()
    integers = {column.name.lower() for column in columns if type_info(column.type).family == "integer"}
    # What the engine sees of a database may be a view, or the catalog's own SELECT, with casts of its own.
    if fence is Fence.ALL or not integers or isinstance(relation, TableScan | SelectScan):
        return integers
    return integers & _cast(branch, scan, branch.facts)


def fenced_fields(fence: Fence, scan: Scan) -> set[str]:
    """Return which fields of a scan whose rows are kept in a table are to be fenced, in lower case."""
    if fence is not Fence.ALL:
        return set()
    schema = schema_of(scan.entity)
    return {name.lower() for name in scan.fields if type_info(schema[name].type).family == "integer"}


def _takes_filters(relation: Relation) -> bool:
    """Readers of CSV, JSON and XLSX are told nothing while they read."""
    if isinstance(relation, FileScan):
        return relation.format == "parquet"
    return isinstance(relation, TableScan | SelectScan | MemoryScan)


def _cast(branch: Branch, scan: Scan, facts: TableFacts | None) -> set[str]:
    """Return the raw columns that a mapping may cast to an integer."""
    found: set[str] = set()
    for name in scan.fields:
        shape, kind = branch.shapes.get(name.lower()), type_info(schema_of(scan.entity)[name].type)
        if shape is None or kind.family != "integer":
            continue
        known = facts.column(shape.column) if facts and isinstance(shape, Column) else None
        as_it_is = known is not None and shape == Column(known.name, place=shape.place)
        if not as_it_is or known is None or type_info(known.type).name != kind.name:
            found.update(columns_of(shape))
    return found
