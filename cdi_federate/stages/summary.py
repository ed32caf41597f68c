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
class Number:
    """A constant of an expression, as it is written: digits, perhaps with a sign and a point."""

    text: str


@dataclass(frozen=True, slots=True)
class Computed:
    """An exact number that is computed of two others; a field is its name.

    `type` is DuckDB's type of the result. DuckDB fails where a result is beyond it, and of a sum or difference also
    where one of the two is.
    """

    op: Literal["+", "-", "*"]
    left: Term
    right: Term
    type: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it reads, each once, in order."""
        return tuple(dict.fromkeys(name for part in (self.left, self.right) for name in fields_of(part)))


Term = str | Number | Computed


def fields_of(term: Term) -> tuple[str, ...]:
    """Return the fields that a term reads, each once."""
    return term.fields if isinstance(term, Computed) else (term,) if isinstance(term, str) else ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A part of an aggregate, computed where the rows are: a column `name` of `type`, of a term (None: of rows).

    `beyond` is the number of rows of which DuckDB could not compute the term, and would fail.
    """

    name: str
    kind: Literal["rows", "count", "sum", "min", "max", "beyond"]
    of: str | Computed | None
    type: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it reads, each once."""
        return () if self.of is None else fields_of(self.of)


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
