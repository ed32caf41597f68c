"""What a dialect must be able to say of clauses and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cdi_federate.stages.clauses import ClauseLiteral
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.proof import Proof
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.tree import Tree


class Dialect(Protocol):
    """One engine: which clauses it may be told, with what proof, and how they and the values are written for it."""

    name: str
    """sqlglot's name of the dialect, in which its fragments are written."""
    one_snapshot: bool
    """Whether the fragments of one query that go to one source see one state of it, as the engine sends them."""

    def prove(self, literal: ClauseLiteral, column: ColumnFacts) -> Proof:
        """Return how faithfully the engine keeps the rows on which `literal` is TRUE."""
        ...

    def spell(self, literal: ClauseLiteral, column: ColumnFacts) -> Tree:
        """Return the predicate in the engine's dialect; only for literals proved exact or superset."""
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
