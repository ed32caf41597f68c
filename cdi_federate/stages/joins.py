"""Joins that a source makes, or for which it looks up partners, and joins that nobody needs to make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.facts import ColumnFacts

if TYPE_CHECKING:
    from cdi_federate.stages.plan import Branch, Scan


@dataclass(frozen=True, slots=True)
class LookUp:
    """The values of one raw column in the rows of a branch, which stands in the source that looks them up."""

    branch: Branch
    column: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Of a branch only rows are needed whose raw `column` is among the values of some look-up.

    They are the rows of the scan `giver` that can be equal to the branch's `field`; `share` of the branch's rows are
    expected to be left. `text` is the query's own condition.
    """

    giver: str
    field: str
    column: str
    lookups: tuple[LookUp, ...]
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """A branch whose rows its source joins with others. `names` are (raw column, what it is called in the join)."""

    branch: Branch
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """Two columns of a join, by their names in it, that must be equal."""

    left: ColumnFacts
    right: ColumnFacts


@dataclass(frozen=True, slots=True)
class Partners:
    """Of a join only rows are needed that have a partner in one of these tables, or (`anti`) in none of them.

    Rows that satisfy `otherwise`, a clause over their raw columns, are wanted as well.
    """

    sides: tuple[tuple[Side, tuple[Equal, ...]], ...]
    anti: bool
    otherwise: Clause | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """The rows of a branch are those of a join that its source makes.

    Each side is joined to those before it by what stands in its place in `equal`, the first by nothing.
    """

    sides: tuple[Side, ...]
    equal: tuple[tuple[Equal, ...], ...]
    partners: tuple[Partners, ...] = ()

    @property
    def tables(self) -> tuple[Side, ...]:
        """All tables that are read."""
        return (*self.sides, *(side for partners in self.partners for side, _ in partners.sides))


@dataclass(frozen=True, slots=True)
class Joint:
    """Scans whose join their sources make, summarised as the statement wants it, or row by row.

    `scan` has a branch for each choice of one branch of each that may meet; its fields are `alias.field`. The `scans`,
    by node and alias, take from it what is read of them, the first of them the measures; what belongs together has one
    number, by which the statement joins them. `absorbed` are the nodes of scans that it mentions no more. `rows` are
    the conditions that it has now, in DuckDB's words. Without a summary the statement joins the scans as it did: each
    row is one of the first of them, with the only rows of the others that it refers to.
    """

    scan: Scan
    scans: tuple[tuple[str, str], ...]
    absorbed: tuple[str, ...]
    rows: tuple[str, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of all scans whose rows it stands for."""
        return (*(node for node, _ in self.scans), *self.absorbed)


@dataclass(frozen=True, slots=True)
class Unjoined:
    """A scan that the query joins and the plan does not: nothing is read of it, and its ON finds one row at most.

    `text` is that ON.
    """

    scan: Scan
    text: str
