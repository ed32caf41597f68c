"""The query in terms of sources: scans with branches, each with what its source is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cdi_federate.catalog.model import Entity, Shape
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.joins import Joined, Joint, Partners, Together, Unjoined
from cdi_federate.stages.merging import Merge
from cdi_federate.stages.proof import Proof
from cdi_federate.stages.query import AuthorisedQuery, Guard, OutputColumn, TableRef
from cdi_federate.stages.relations import Relation
from cdi_federate.stages.summary import Sort, Summary
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Filter:
    """A conjunct that speaks of one scan alone and may be copied into it.

    `text` is the conjunct as written; `clause` is None where `local` says why it can only be applied here. Then `here`
    is the condition over bare names of fields, if it may be applied to the scan's rows before they are joined.
    `implied`: it is no conjunct itself, but what one over several scans has in it; more rows than are wanted pass it.
    `by`: it speaks of an equal field of another scan, and this is the condition that equates them.
    """

    text: str
    clause: Clause | None = None
    local: Proof | None = None
    here: Tree | None = None
    implied: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One clause of the user's, `text`, in virtual words, and what its source is told (`raw`; None: nothing)."""

    text: str
    raw: Clause | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Branch:
    """One mapping's share of a scan. `shapes` are the fields still needed; a field absent here is NULL.

    `pushed`: the user's clauses tried here, in order; `own`: the mapping's `where` at its source; `stays`: what else it
    is not asked for. `joined`: other scans' rows in the same source that it looks up; only rows with `partners` are
    wanted, which it finds out itself, or for which what is `checked` here is TRUE. `limit`: so many rows suffice, or
    the first in `order`. `once`: of rows alike in all that is fetched of them one suffices. `summed`: the source
    computes the measures of the scan's summary, each over the raw rows that the clause keeps; None: that is done here.
    `having`: only groups are sent whose measures meet it. `expected`: about so many rows come; None where nobody knows.
    `few`: up to so many come sooner by the driver. `fixed`: fields with one value in all rows that are left. `bare`:
    references that are left here as the raw column, for they are only compared with each other.
    """

    mapping: EntityMapping
    relation: Relation
    dialect: str
    shapes: Mapping[str, Shape]
    facts: TableFacts | None = None
    pushed: tuple[Pushed, ...] = ()
    own: tuple[Pushed, ...] = ()
    limit: int | None = None
    order: tuple[Sort, ...] = ()
    once: bool = False
    summed: tuple[Clause, ...] | None = None
    having: Clause | None = None
    expected: float | None = None
    few: float = field(default=0.0, compare=False)
    fixed: tuple[tuple[str, str | int], ...] = ()
    joined: tuple[Joined, ...] = ()
    partners: tuple[Partners, ...] = ()
    checked: tuple[Tree, ...] = ()
    together: Together | None = None
    bare: frozenset[str] = frozenset()
    stays: tuple[Pushed, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Keyed:
    """Of a scan only rows are needed whose `field` is among the values of the field `given` of the scan `giver`.

    `most` is the number of keys up to which its sources are told them. `text` is the query's own condition.
    """

    field: str
    giver: str
    given: str
    most: int
    text: str

    @property
    def keys(self) -> str:
        """The name of the key set."""
        return f"{self.giver}.{self.given}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A branch that was not needed, and the clause that ruled it out."""

    mapping: str
    source: str
    because: str


@dataclass(frozen=True, slots=True)
class Named:
    """Of a scan only rows are needed whose `field` is one of some `ids` of the merged rows of an `entity`.

    `most` is the number of keys up to which its sources are told those of these ids. `text` is the query's own
    condition.
    """

    field: str
    entity: str
    ids: tuple[str, ...]
    most: int
    text: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One mention of an entity: its guard, the fields needed (in the entity's order), its branches.

    `filters` are the predicates that the query lays over this mention alone; they stay in the query as well, unless it
    wants a `summary` only. `keyed` says which keys of other scans are asked for, `named` the keys of which customers.

    A mention of a merged entity is two scans: one with a `merge` and without branches, after the one of its records,
    which `feeds` it; that one is mentioned nowhere else. Further scans that feed it find the customers wanted.
    """

    ref: TableRef
    entity: Entity
    guard: Guard
    fields: tuple[str, ...]
    branches: tuple[Branch, ...]
    filters: tuple[Filter, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    summary: Summary | None = None
    keyed: tuple[Keyed, ...] = ()
    named: tuple[Named, ...] = ()
    merge: Merge | None = None
    feeds: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """One step of the trail: the rule that fired, and the plan before and after it."""

    rule: str
    before: Plan
    after: Plan


@dataclass(frozen=True, slots=True)
class Plan:
    """The user's tree over scans, each mentioned by its `ref.node`, and the `decisions` that rest on cost, in order.

    `ids` says of each merged entity that is read, or referred to, how its records get their ids. The rows of some scans
    come of `joints`, not of their own branches. What the guards of the scans `woven` say of rows is said in the
    statement's own words, but for looks into `settled` scans: these are made before, by sources or branch by branch.
    """

    query: AuthorisedQuery
    tree: Tree
    scans: tuple[Scan, ...]
    system: Mapping[str, Relation] = field(default_factory=lambda: MappingProxyType({}))
    trail: tuple[Applied, ...] = ()
    decisions: tuple[Decision, ...] = ()
    ids: Mapping[str, Ids] = field(default_factory=lambda: MappingProxyType({}))
    joints: tuple[Joint, ...] = ()
    unjoined: tuple[Unjoined, ...] = ()
    woven: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()

    @property
    def joined(self) -> frozenset[str]:
        """The nodes of scans whose rows come of a joint, or are looked up by sources only."""
        unread = (scan.ref.node for scan in self.scans if scan.ref.node in self.settled and not scan.branches)
        return frozenset(unread).union(*(joint.nodes for joint in self.joints))

    @property
    def every(self) -> tuple[Scan, ...]:
        """All scans, and those that stand for the joins of some of them."""
        return (*self.scans, *(joint.scan for joint in self.joints))

    @property
    def asked(self) -> tuple[Scan, ...]:
        """The scans whose branches sources are asked for: joints stand for theirs."""
        return tuple(scan for scan in self.every if scan.ref.node not in self.joined)

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """What the statement wants of scans instead of rows."""
        return tuple(scan.summary for scan in self.every if scan.summary is not None)

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the answer."""
        return self.query.bound.columns
