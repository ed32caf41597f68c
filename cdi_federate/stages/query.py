"""The query before it knows of sources: parsed, bound, authorised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from cdi_federate.errors import Span
from cdi_federate.stages.given import Given
from cdi_federate.stages.subject import Subject
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the answer: its name and its DuckDB type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """Exactly one SELECT (or set operation, VALUES, FROM-first query).

    `text` is DuckDB's dialect (`written` is what the user gave, in `dialect`); `tree` is sqlglot's reading of `text`,
    proved to mean what the engine reads there (`reading`, the engine's own tree as JSON).
    """

    written: str
    dialect: str
    text: str
    tree: Tree
    reading: Mapping[str, Any]
    parameters: tuple[str, ...] = ()
    kind: Literal["select", "explain", "analyze"] = "select"


@dataclass(frozen=True, slots=True)
class TableRef:
    """One mention of a virtual table. `node` names the CTE that will stand for it; `span` is its place in the text."""

    node: str
    entity: str
    alias: str
    span: Span


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """Every name resolved, every type known; `tree` mentions each virtual table by its `TableRef.node`.

    `written` is the same in the user's own words, only the tables renamed; empty where now() or its kin stood there and
    became one value, that of `clock`.
    """

    parsed: ParsedQuery
    tree: Tree
    tables: tuple[TableRef, ...]
    columns: tuple[OutputColumn, ...]
    parameters: Given = field(default_factory=Given)
    written: str = ""
    clock: datetime | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """What a policy lays over one mention of an entity for one subject, in virtual words. Empty: all of it is seen.

    `select` is the SELECT that stands for the mention, with the row filter and the masks; None where the scan itself
    does, for nothing but `denied` columns and the records of denied `sources` is taken away.
    """

    entity: str
    row_filter: Tree | None = None
    masks: Mapping[str, Tree] = field(default_factory=lambda: MappingProxyType({}))
    denied: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    select: Tree | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the guard removes, masks and hides nothing."""
        return self.row_filter is None and not self.masks and not self.denied and not self.sources


@dataclass(frozen=True, slots=True)
class AuthorisedQuery:
    """A bound query with a guard over every virtual table; made only in `query/authorise.py`.

    `tables` are the mentions that become scans: the user's, and what guards look at; `guards` are theirs, by node.
    `tree` is the bound one behind the guards' SELECTs (`ctes`, by the node of the mention for which each stands).
    `reads` says of some scans which columns there are, in lower case; of others there are all. `pads` are the engine's
    variables that masks need. `apart`: what guards leave is put down before the statement reads it. `is_opaque`:
    who asks is shown no plan, nor an error of a source in its own words.
    """

    bound: BoundQuery
    subject: Subject
    guards: Mapping[str, Guard]
    tables: tuple[TableRef, ...]
    tree: Tree
    ctes: tuple[str, ...] = ()
    reads: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    pads: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    apart: bool = False
    is_opaque: bool = False

    def filters(self, node: str) -> bool:
        """Return whether a guard stands for a mention, by its node, that leaves rows out."""
        guard = self.guards.get(f"{node}_all")
        return guard is not None and guard.row_filter is not None
