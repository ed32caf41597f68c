"""What a rule is: a function from plan to plan that never changes what the plan means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cdi_federate.query.constants import Evaluate
from cdi_federate.stages.cost import NOTHING, Costs
from cdi_federate.stages.plan import Plan


@dataclass(frozen=True, slots=True)
class Context:
    """What rules may ask: the engine's value of constant expressions, and what was observed of the sources.

    `eager`: what is sound is done even where it is not expected to pay; tests ask so, for their tables are small.
    """

    evaluate: Evaluate
    costs: Costs = NOTHING
    eager: bool = False

    @property
    def counted(self) -> Costs:
        """What rows of joins are counted with: eager plans hang on nothing that was seen."""
        return NOTHING if self.eager else self.costs


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name. `needs_facts`: it reads facts of tables, so it runs after they were gathered."""

    name: str
    apply: Callable[[Plan, Context], Plan]
    needs_facts: bool = False
