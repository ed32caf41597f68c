"""A plan → its answer, which runs when it is first used."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cdi_federate import explain
from cdi_federate.catalog.limits import Limits
from cdi_federate.errors import SourceError
from cdi_federate.execute import analysis
from cdi_federate.execute.attempts import Attempts
from cdi_federate.execute.audited import Audited
from cdi_federate.execute.bounded import Bounded
from cdi_federate.execute.discreet import Discreet, guarded
from cdi_federate.execute.partial import Leniency, Omission
from cdi_federate.execute.result import Origin, Result
from cdi_federate.execute.told import Told
from cdi_federate.federation.path import Planned
from cdi_federate.federation.setting import Setting
from cdi_federate.query.split import split
from cdi_federate.query.transpile import transpile
from cdi_federate.sources.watching import Watch
from cdi_federate.stages.events import Teller
from cdi_federate.stages.ports import Rows
from cdi_federate.stages.steps import FederatedPlan

NONE = Limits()


def answer(
    found: Planned,
    setting: Setting,
    leniency: Leniency,
    tell: Teller,
    deadline: float,
    *,
    spent: float = 0.0,
    limits: Limits = NONE,
) -> Result:
    """Return the answer of a plan; of the `deadline`, in seconds, some are `spent`.

    It is the only way to rows.
    """
    plan, sources, engine, binder = found.plan, setting.sources, setting.engine, setting.binder
    first = [each.plan for each in plan.sooner]

    def start(current: FederatedPlan, gone: float) -> Rows:
        is_first = any(current is each for each in first)
        heard = tell.without("end") if is_first else tell.also(Watch(current, setting.observed))
        run = partial(engine.run, current, sources, deadline=deadline, tell=heard, spent=gone, anew=True)
        if not plan.plan.query.is_opaque:
            return run()
        seen = setting.views.of(plan.plan.query.subject).catalog
        return Discreet(guarded(run, seen), seen)

    def forgive(error: SourceError, current: FederatedPlan) -> tuple[FederatedPlan, Omission]:
        left, omission = leniency.forgive(error, current.plan)
        again = transpile(split(left), binder, engine.spell)
        return replace(again, parameters=current.parameters), omission

    rows: Told = Attempts(plan, start, forgive, setting.breakers, tell, deadline=deadline, spent=spent)
    if limits.rows is not None or limits.bytes is not None:
        rows = Bounded(rows, limits)
    if setting.audit is not None:
        rows = Audited(rows, setting.audit, tell.query, found.kind, found.lacks)
    told = analysis.Analysis(rows) if found.kind == "analyze" else rows
    return Result(plan, told, _origins(plan, setting), found.lacks, plan_was_kept=found.was_kept)


def shown(found: Planned, setting: Setting, tell: Teller) -> Result:
    """Return a plan in words as an answer; nothing runs for it."""
    if setting.audit is not None:
        setting.audit.explained(tell.query, found.plan)
    rows = [("plan", explain.text.render(found.plan, found.plan.residual.text))]
    return Result.of_rows(analysis.COLUMNS, rows, found.plan, found.lacks, plan_was_kept=found.was_kept)


def _origins(plan: FederatedPlan, setting: Setting) -> tuple[Origin, ...]:
    names = dict.fromkeys(branch.mapping.source for scan in plan.plan.scans for branch in scan.branches)
    models = [setting.catalog.sources[name] for name in names]
    return tuple(Origin(model.name, model.kind, model.department, model.owner) for model in models)
