"""A query that was planned once and runs as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdi_federate import explain
from cdi_federate.errors import UsageError
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.steps import FederatedPlan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A planned query: what it answers and needs, without having run.

    `parameters`: name → DuckDB type. `plan_was_kept`: it was planned before, and nothing it depends on has changed.
    """

    plan: FederatedPlan
    columns: tuple[OutputColumn, ...]
    parameters: Mapping[str, str]
    plan_was_kept: bool = False

    def explain(self) -> str:
        """Return the plan in words: what each source is sent, what is not and why, what is done here."""
        return explain.text.render(self.plan, self.plan.residual.text)

    def given(self, values: Mapping[str, Any]) -> FederatedPlan:
        """Return the plan with values for what had none; raises `UsageError` where one is missing or was fixed."""
        given = {**self.plan.parameters, **values}
        fixed = [
            name for name, value in self.plan.parameters.items() if given[name] is not value and given[name] != value
        ]
        missing = [name for name in self.parameters if name not in given]
        if fixed or missing:
            raise UsageError(
                f"parameter ${missing[0]} has no value" if missing else f"parameter ${fixed[0]} was fixed by prepare",
                help="A value given to prepare() is part of the plan; leave it out there to vary it here.",
            )
        return self.plan.given(given)
