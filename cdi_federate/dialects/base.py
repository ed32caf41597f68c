"""What a dialect must be able to say of clauses and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from cdi_federate.dialects.days import OtherDay, RawDay
from cdi_federate.stages.clauses import ColumnLiteral
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.proof import Proof
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.tree import Tree

Extreme = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Grouped:
    """How a column goes where rows are grouped by it: what is sent for a group, and by what rows are grouped.

    Two cells of which other values are read here are never in one group; two of one value may be in two.
    """

    sent: Tree
    key: Tree


class Dialect(Protocol):
    """One engine: which clauses it may be told, with what proof, and how they and the values are written for it."""

    name: str
    """sqlglot's name of the dialect, in which its fragments are written."""
    one_snapshot: bool
    """Whether the fragments of one query that go to one source see one state of it, as the engine sends them."""
    nulls_low: bool
    """Whether NULL sorts before all values there, unless it is said otherwise."""
    says_nulls: bool
    """Whether NULLS FIRST and NULLS LAST can be said."""
    sorts_by_part: bool
    """Whether an index on the first key of an ORDER BY serves; the rest is sorted among rows that are equal there."""
    joins_looks: bool
    """Whether it finds a good order in which to read tables, where a look for partners may as well be a join."""

    def prove(self, literal: ColumnLiteral, column: ColumnFacts) -> Proof:
        """Return how faithfully the engine keeps the rows on which `literal` is TRUE."""
        ...

    def spell(self, literal: ColumnLiteral, column: ColumnFacts) -> Tree:
        """Return the predicate in the engine's dialect; only for literals proved exact or superset."""
        ...

    def days(self, op: str, left: RawDay, right: OtherDay) -> Tree | None:
        """Return what keeps the rows on which one day compares with another; None: it cannot be said.

        Just those rows if both are dates; else also all whose texts are not surely days.
        """
        ...

    def alike(self, left: ColumnFacts, right: ColumnFacts) -> bool:
        """Return whether cells of two columns that are equal here are equal there; it may find more of them so."""
        ...

    def equal(self, left: ColumnFacts, right: ColumnFacts) -> Tree | None:
        """Return what is TRUE just where cells of two columns are known and equal here; None: it cannot be said."""
        ...

    def unchanged(self, relation: RemoteTable, columns: Sequence[ColumnFacts]) -> Tree | None:
        """Return a condition that fails the statement once the columns are no longer what their facts say.

        It is part of the statement, so that there is no moment between the look and the reading. None where the engine
        reads no stale table (SQLite), or cannot say it (a SELECT of the catalog's).
        """
        ...

    def to_wire(self, column: ColumnFacts) -> Tree:
        """Return the expression that sends a column so that no value is rounded, widened or refused."""
        ...

    def from_wire(self, column: ColumnFacts, wire: Tree) -> Tree:
        """Return DuckDB's expression that makes the column's own type of what arrived."""
        ...

    def wire_type(self, column: ColumnFacts) -> str:
        """Return the DuckDB type in which the column arrives."""
        ...

    def ordered(self, column: ColumnFacts) -> Tree | None:
        """Return an expression that sorts as the column's values are sorted here, NULL where NULL is read; or None."""
        ...

    def digits(self, column: ColumnFacts) -> Tree | None:
        """Return an expression that sorts as the text of an integer column is sorted here; or None."""
        ...

    def stretches(self, pages: int, count: int) -> tuple[Tree, ...]:
        """Return conditions that part a table of about so many pages: each row meets just one. None where it cannot."""
        ...

    def grouped(self, column: ColumnFacts) -> Grouped | None:
        """Return how rows are grouped by the column, or None where its values are not told apart there as here."""
        ...

    def coarse(self, column: ColumnFacts, grain: str) -> Grouped | None:
        """Return how rows are grouped by the day, month or year of a date or moment, sent as its first; or None."""
        ...

    def summed(self, column: ColumnFacts, cell: Tree) -> Tree | None:
        """Return the exact sum of `cell`, the column or NULL, as it is sent; None where sums there are not exact."""
        ...

    def total(self, column: ColumnFacts, cell: Tree) -> Tree | None:
        """Return the same sum as an exact number, which is compared with others; None where there is none."""
        ...

    def number(self, column: ColumnFacts) -> Tree | None:
        """Return the column as a number of which sums, differences and products are exact there; or None."""
        ...

    def exact(self, digits: int, places: int, most: Fraction) -> bool:
        """Return whether what is computed of such numbers keeps all its digits, and so does the sum of many.

        It has `digits`, of them `places` after the point, as the columns are declared, and is no greater than `most`.
        """
        ...

    def sum_sent(self, number: Tree) -> Tree:
        """Return the sum of what is computed, as sums are sent."""
        ...

    def sum_of(self, wire: Tree) -> Tree:
        """Return DuckDB's expression that makes a number of a sum that was sent."""
        ...

    def extreme(self, kind: Extreme, column: ColumnFacts, cell: Tree) -> Tree | None:
        """Return the least or greatest of `cell`, what sorts the column or NULL, sent as the column is; or None."""
        ...
