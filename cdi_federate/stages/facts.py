"""What a source says of a table's columns. Constraints are facts; statistics only guide cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdi_federate.stages.relations import Relation


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One raw column.

    `type` is the DuckDB type in which the residual sees it; `native` is the source's own word. `binary` says that the
    source compares this text column by bytes. `clean` says that every cell is certainly of that type (SQLite's cells
    need not be). `indexed` means that some index begins with the column, `clustered` that the table's rows lie in its
    order, so that groups by it come one after the other. `stamp` is the source's own description of the
    column, by which a statement sees that the column is still what these facts say; empty where there is none.

    `distinct` is about how many different values it holds, `null_fraction` which part of its rows are NULL (0 to 1);
    None where nobody counted. Both only guide cost, so facts that differ in them alone are equal. They are numbers: no
    least, greatest or most common value, which would be a customer's.
    """

    name: str
    type: str
    native: str = ""
    nullable: bool = True
    collation: str = ""
    binary: bool = True
    clean: bool = True
    indexed: bool = False
    clustered: bool = field(default=False, compare=False)
    stamp: str = ""
    distinct: float | None = field(default=None, compare=False)
    null_fraction: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table.

    `columns` by lower-case name; `unique` are column sets that the source enforces; `rows` is a guess. `relation` is
    how to scan the table with what was settled while reading the facts (a CSV's columns, a JSON's types). `pages` are
    about how many the table has, where its source can read a part of them; 0 where it cannot. `declared` are the
    columns, in lower case, whose cells the engine can read itself: it gives those that are of the declared type, and
    fails at any other.
    """

    columns: Mapping[str, ColumnFacts]
    unique: tuple[tuple[str, ...], ...] = ()
    rows: int | None = field(default=None, compare=False)
    token: str = ""
    relation: Relation | None = None
    pages: int = field(default=0, compare=False)
    declared: frozenset[str] = frozenset()

    def column(self, name: str) -> ColumnFacts | None:
        """Return the facts of a column by its name in any case, or None."""
        return self.columns.get(name.lower())
