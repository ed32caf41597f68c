"""What is done in which order: fragments at sources, rows that are kept, keys, and the engine's part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from cdi_federate.catalog.model import Entity
from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.plan import Branch, Plan
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.relations import Leaf
from cdi_federate.stages.spelling import Spelling
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Hole:
    """A condition of a fragment that is known only when the query runs: `field IN (the keys of a key set)`.

    The keys are values of the field of an entity; `branch` says how they become a condition over raw columns. With
    `or_null`, rows without a key are wanted too.
    """

    keys: str
    field: str
    entity: Entity
    branch: Branch
    or_null: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of a query that one source answers, in its dialect.

    `wire` are the columns as they travel: (name, type on the wire). `guarded` are the entities whose guards it carries.
    `text` says the tree in the dialect's words; transpile reads it again. `look` is the condition in it that fails once
    the table is no longer what the plan was made for; empty where there is none. `looked_up` are further mappings whose
    tables it reads, to look up partners of its rows. A `stretch` gives a part of the rows, other fragments the others.
    `table`, where not empty, is what it reads all rows of: the engine may read the columns of `wire` there itself, as
    long as each cell is of its column's declared type. `told` are the clauses that it says, of each of its branches.
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
    looked_up: tuple[str, ...] = ()
    stretch: bool = False
    table: tuple[str, ...] = ()
    told: frozenset[tuple[Clause | None, ...]] = field(default=frozenset(), compare=False)

    def may_be_of(self, branch: Branch) -> bool:
        """Return whether a branch's rows are these, or may be."""
        if told_of(branch) not in self.told:
            return False
        if branch.together is None:
            return branch.mapping.qualified in self.mappings
        tables = {side.branch.mapping.qualified for side in branch.together.tables}
        return not self.mappings and tables == {*self.looked_up}


def told_of(branch: Branch) -> tuple[Clause | None, ...]:
    """Return the clauses over raw columns that a branch's source is told, in their order."""
    return tuple(push.raw for push in (*branch.own, *branch.pushed))


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


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep the rows of a scan for as long as the query runs: keys are taken from them, and the residual reads them.

    So whatever becomes of the source meanwhile, the keys are those of the rows. `name` is that of a leaf `KeptRows`.
    """

    name: str
    rows: Residual


@dataclass(frozen=True, slots=True)
class KeySet:
    """Collect the distinct values of a column of kept rows, unless there are more than `most`.

    `unless` is a column that says, where it is TRUE in some row, that these are not all the keys; empty: they are.
    """

    name: str
    kept: str
    column: str
    most: int
    unless: str = ""


Step = Fetch | Keep | KeySet | Residual


@dataclass(frozen=True, slots=True)
class Sooner:
    """A plan that asks less; if its answer has so many `rows`, it is the answer of the other plan too."""

    plan: FederatedPlan
    rows: int


@dataclass(frozen=True, slots=True)
class FederatedPlan:
    """A DAG of steps in an order in which they may run; the last is the residual.

    What is `sooner` is tried first, one after the other, until one is enough.
    """

    plan: Plan
    steps: tuple[Step, ...]
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    sooner: tuple[Sooner, ...] = ()

    def given(self, parameters: Mapping[str, Any]) -> FederatedPlan:
        """Return the plan with values of parameters."""
        sooner = tuple(replace(each, plan=each.plan.given(parameters)) for each in self.sooner)
        return replace(self, parameters=parameters, sooner=sooner)

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the answer."""
        return self.plan.columns

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The fragments, in the order of steps."""
        return tuple(step.fragment for step in self.steps if isinstance(step, Fetch))

    @property
    def may_send(self) -> tuple[Fragment, ...]:
        """The fragments, and before them those of what is tried first."""
        return (*(each for first in self.sooner for each in first.plan.fragments), *self.fragments)

    @property
    def residual(self) -> Residual:
        """The last step."""
        last = self.steps[-1]
        assert isinstance(last, Residual)
        return last
