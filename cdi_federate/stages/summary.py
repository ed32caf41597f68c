"""What is wanted of rows other than all of them: the first ones in an order, or only what is computed of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cdi_federate.stages.clauses import Clause
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort key: one column. Rows that have none come first or last, as said.

    At a source, `fits` is the condition under which the raw column gives the field a value; None: unless it is NULL.
    There, `digits` says that an integer sorts as its text does, and `indexed`, of the first key, that the first rows
    are taken by the column's index.
    """

    column: str
    descending: bool = False
    nulls_first: bool = False
    fits: Clause | None = None
    digits: bool = False
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A part of an aggregate, computed where the rows are: a column `name` of `type`, of a field (empty: of rows)."""

    name: str
    kind: Literal["rows", "count", "sum", "min", "max"]
    field: str
    type: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a statement wants of a scan instead of rows: a row for each combination of `keys`, with measures.

    Of a combination there may be several rows; the statement puts them together. Of a date among the keys only what
    `grains` says is wanted (`month`: any day of the month will do), each beside its key, empty for all of it. `where`
    is the statement's condition, which stands here and no more in the statement; it knows the scan as `alias`. `words`
    are what the statement says in the place of each aggregate, in DuckDB's words. `having`: conditions on measures, by
    their names, that a group of the statement meets; each group is one row, for it is whole where it is computed.
    """

    keys: tuple[str, ...]
    measures: tuple[Measure, ...]
    where: Tree | None
    alias: str
    words: tuple[str, ...] = ()
    grains: tuple[str, ...] = ()
    having: tuple[Clause, ...] = ()
