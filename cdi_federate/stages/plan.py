"""The query in terms of sources: scans with branches, then steps with fragments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cdi_federate.catalog.model import Entity, Shape
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.proof import Proof
from cdi_federate.stages.query import AuthorisedQuery, Guard, OutputColumn, TableRef
from cdi_federate.stages.relations import Leaf, Relation
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Filter:
    """A conjunct that speaks of one scan alone and may be copied into it.

    `text` is the conjunct as written; `clause` is None where `local` says why it can only be applied here.
    """

    text: str
    clause: Clause | None = None
    local: Proof | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """One clause of the user's and what became of it at one branch.

    `text` is the clause in virtual words; `raw` is what the source is told (None where it is told nothing).
    """

    text: str
    raw: Clause | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Branch:
    """One mapping's share of a scan. `shapes` are the fields still needed; a field absent here is NULL.

    `pushed` are the user's clauses tried at this branch, in order; `own` is the mapping's own `where` at its source.
    `limit` is the number of rows that suffice, where proved.
    """

    mapping: EntityMapping
    relation: Relation
    dialect: str
    shapes: Mapping[str, Shape]
    facts: TableFacts | None = None
    pushed: tuple[Pushed, ...] = ()
    own: tuple[Pushed, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A branch that was not needed, and the clause that ruled it out."""

    mapping: str
    source: str
    because: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One mention of an entity: its guard, the fields needed (in the entity's order), its branches.

    `filters` are the predicates that the query lays over this mention alone; they stay in the query as well.
    """

    ref: TableRef
    entity: Entity
    guard: Guard
    fields: tuple[str, ...]
    branches: tuple[Branch, ...]
    filters: tuple[Filter, ...] = ()
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """One step of the trail: the rule that fired, and the plan before and after it."""

    rule: str
    before: Plan
    after: Plan


@dataclass(frozen=True, slots=True)
class Plan:
    """The user's tree over scans. `tree` mentions each scan by `scan.ref.node`."""

    query: AuthorisedQuery
    tree: Tree
    scans: tuple[Scan, ...]
    system: Mapping[str, Relation] = field(default_factory=lambda: MappingProxyType({}))
    trail: tuple[Applied, ...] = ()

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the answer."""
        return self.query.bound.columns


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a fragment that a key set fills when the query runs; `type` is the raw column's DuckDB type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of a query that one source answers, in its dialect.

    `wire` are the columns as they travel: (name, type on the wire). `guarded` are the entities whose guards it carries.
    `text` says the tree in the dialect's words; transpile reads it again. `look` is the condition in it that fails once
    the table is no longer what the plan was made for; empty where there is none.
    """

    name: str
    source: str
    dialect: str
    tree: Tree
    wire: tuple[tuple[str, str], ...]
    mappings: tuple[str, ...] = ()
    holes: tuple[Hole, ...] = ()
    text: str = ""
    look: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Run one fragment at its source."""

    fragment: Fragment
    after: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The step's name: the fragment's."""
        return self.fragment.name


@dataclass(frozen=True, slots=True)
class KeySet:
    """Collect the distinct values of one column of an earlier step, to fill a hole of a later fetch."""

    name: str
    step: str
    column: str
    hole: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """A statement in an engine's words, in pieces: definitions of CTEs go between `lead` and `rest`.

    `lead` is the statement's own WITH or WITH RECURSIVE, to the end of the word; empty where it has none.
    """

    rest: str
    lead: str = ""
    definitions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole statement."""
        if not self.definitions:
            return f"{self.lead}{self.rest}"
        given = ", ".join(self.definitions)
        return f"{self.lead} {given}, {self.rest}" if self.lead else f"WITH {given} {self.rest}"


@dataclass(frozen=True, slots=True)
class Residual:
    """What the engine does with everything: a tree whose tables named in `leaves` are fragments, files or memory.

    `written`: the user's own words for the tree without our CTEs, where no rule changed the statement; they are run as
    they stand, so that nothing of them (a column's generated name, say) is lost. `spelling` is filled by transpile.
    """

    tree: Tree
    leaves: Mapping[str, Leaf]
    written: str = ""
    spelling: Spelling | None = None

    @property
    def text(self) -> str:
        """The whole as the engine spells it; empty before transpile."""
        return self.spelling.text if self.spelling else ""


Step = Fetch | KeySet | Residual


@dataclass(frozen=True, slots=True)
class FederatedPlan:
    """A DAG of steps in an order in which they may run; the last is the residual."""

    plan: Plan
    steps: tuple[Step, ...]
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the answer."""
        return self.plan.columns

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The fragments, in the order of steps."""
        return tuple(step.fragment for step in self.steps if isinstance(step, Fetch))

    @property
    def residual(self) -> Residual:
        """The last step."""
        last = self.steps[-1]
        assert isinstance(last, Residual)
        return last
