"""The query before it knows of sources: parsed, bound, authorised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from cdi_federate.errors import Span
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
    kind: Literal["select", "explain"] = "select"


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
    became one value.
    """

    parsed: ParsedQuery
    tree: Tree
    tables: tuple[TableRef, ...]
    columns: tuple[OutputColumn, ...]
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    written: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a policy lays over one entity for one subject: a row filter and masks, in virtual words. Empty: all rows."""

    entity: str
    row_filter: Tree | None = None
    masks: Mapping[str, Tree] = field(default_factory=lambda: MappingProxyType({}))
    denied: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether the guard removes, masks and hides nothing."""
        return self.row_filter is None and not self.masks and not self.denied


@dataclass(frozen=True, slots=True)
class AuthorisedQuery:
    """A bound query with a guard over every virtual table; made only in `query/authorise.py`."""

    bound: BoundQuery
    subject: Subject
    guards: Mapping[str, Guard]
