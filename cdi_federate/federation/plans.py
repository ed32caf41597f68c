"""Finished plans, by all that they depend on but the sources: what those have become is looked at for each query.

Kept in memory only, by one federation for one setting: another catalog, policy or set of tables is another setting.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cdi_federate.federation.values import Unkeyed, identity
from cdi_federate.stages.cost import Costs
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Plan
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.steps import FederatedPlan
from cdi_federate.stages.subject import Subject

MOST = 200
"""Plans that are kept."""

CHARACTERS = 1_000_000
"""Characters of all texts and values by which plans are kept."""

LONGEST = 20_000
"""Characters of the longest text with its values whose plan is kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and by whom. `partial`: parameters may be left without a value; `without`: rules to leave out.

    `eager`: rules do what they may even where it is not expected to pay.
    """

    sql: str
    dialect: str
    parameters: Mapping[str, Any]
    subject: Subject
    partial: bool = False
    without: Collection[str] = ()
    eager: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A query up to where facts are needed: its text in DuckDB's words, and whether it is to run or to be shown."""

    text: str
    kind: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft, and the plan that was made of it with these facts (by mapping) and costs, `parameters` aside."""

    draft: Draft
    facts: Mapping[str, TableFacts]
    costs: Costs
    plan: FederatedPlan

    def rests_on(self, facts: Mapping[str, TableFacts], costs: Costs) -> bool:
        """Return whether these are the very facts; where a table may have changed, or failed, they are not.

        A plan in which something was chosen by cost holds as long as what was observed of its sources does.
        """
        if len(facts) != len(self.facts) or any(facts.get(name) is not one for name, one in self.facts.items()):
            return False
        chosen = self.plan.plan.decisions
        return not chosen or costs is self.costs or costs.of(facts) == self.costs.of(facts)

    def binds(self, parameters: Mapping[str, Any], binder: Binder) -> bool:
        """Return whether values that no rule looked at give the same columns: 1 and 3_000_000_000 differ in type."""
        bound = self.draft.plan.query.bound
        if all(name in bound.parameters.looked_at for name in parameters):
            return True
        try:
            given = {**dict.fromkeys(bound.parsed.parameters), **parameters}
            return binder.describe(bound.parsed.text, given) == bound.columns
        except Refusal:
            return False  # bind says what is wrong


class Plans:
    """A bounded cache of plans; the one that was not asked for the longest goes first. For several threads."""

    def __init__(self, most: int = MOST, characters: int = CHARACTERS) -> None:
        self._most, self._characters, self._held = most, characters, 0
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._looked_at: OrderedDict[Hashable, frozenset[str]] = OrderedDict()
        """By all but values: the parameters whose values a plan was made with. They are part of the key."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, asked: Asked, binder: Binder) -> Kept | None:
        """Return what was kept for this very question, or None."""
        try:
            shape = _shape(asked)
            with self._lock:
                kept = self._found(shape, asked)
        except (Unkeyed, TypeError):
            return None
        return kept if kept is not None and kept.binds(asked.parameters, binder) else None

    def _found(self, shape: Hashable, asked: Asked) -> Kept | None:
        if shape not in self._looked_at:
            return None
        key = (shape, _values(asked, self._looked_at[shape]))
        if key not in self._kept:
            return None
        self._looked_at.move_to_end(shape)
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, asked: Asked, kept: Kept) -> None:
        """Keep a plan, unless it depends on what cannot be part of a key or is of one moment only."""
        bound = kept.draft.plan.query.bound
        if bound.clock is not None:
            return
        try:
            shape = _shape(asked)
            with self._lock:
                looked_at = self._looked_at.get(shape, frozenset()) | bound.parameters.looked_at
                values = _values(asked, looked_at)
                size = len(asked.sql) + (len(repr(values)) if values else 0)
                if size > LONGEST:
                    return
                self._looked_at[shape] = looked_at
                self._drop((shape, values))
                self._kept[shape, values] = (kept, size)
                self._held += size
                while len(self._kept) > self._most or self._held > self._characters:
                    self._drop(next(iter(self._kept)))
                while len(self._looked_at) > self._most:
                    self._looked_at.popitem(last=False)
        except (Unkeyed, TypeError):
            return

    def _drop(self, key: Hashable) -> None:
        _, size = self._kept.pop(key, (None, 0))
        self._held -= size


def _shape(asked: Asked) -> Hashable:
    """Return all that a plan depends on but the values of parameters; it raises `TypeError` where that has no hash."""
    subject = asked.subject
    who = (subject.user, subject.role, subject.purpose, tuple(sorted(subject.attributes.items())))
    types = tuple((name, type(asked.parameters[name])) for name in sorted(asked.parameters))
    shape = (asked.sql, asked.dialect, types, who, asked.partial, frozenset(asked.without), asked.eager)
    hash(shape)
    return shape


def _values(asked: Asked, names: Collection[str]) -> tuple[Hashable, ...]:
    return tuple((name, identity(asked.parameters[name])) for name in sorted(names) if name in asked.parameters)
