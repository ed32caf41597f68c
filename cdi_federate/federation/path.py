"""THE query path on one screen: from the text of a statement to a plan that can run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cdi_federate.errors import pointing_at
from cdi_federate.execute.partial import Leniency, Omission
from cdi_federate.federation.informed import informed, looked
from cdi_federate.federation.plans import Asked, Draft, Kept
from cdi_federate.federation.setting import Setting
from cdi_federate.federation.views import View
from cdi_federate.query import faithful
from cdi_federate.query.authorise import authorise
from cdi_federate.query.bind import bind
from cdi_federate.query.cost import estimated
from cdi_federate.query.groups_only import in_groups
from cdi_federate.query.limits import limit_of
from cdi_federate.query.optimise.rule import Context
from cdi_federate.query.optimise.run import optimise
from cdi_federate.query.parse import parse
from cdi_federate.query.sooner import sooner
from cdi_federate.query.split import split
from cdi_federate.query.staying import with_stays
from cdi_federate.query.transpile import transpile
from cdi_federate.query.unfold import unfold
from cdi_federate.stages.cost import Costs
from cdi_federate.stages.events import Teller
from cdi_federate.stages.plan import Plan
from cdi_federate.stages.steps import FederatedPlan, Sooner


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, whether it is to run or to be shown (`kind`), what its answer will lack, and whether it was kept."""

    plan: FederatedPlan
    kind: str
    lacks: tuple[Omission, ...] = ()
    was_kept: bool = False


def planned(asked: Asked, setting: Setting, leniency: Leniency, tell: Teller, until: float) -> Planned:
    """The walk of one query; the package's docstring tells it in words. `until`: when its time is over (monotonic)."""
    view = setting.views.of(asked.subject)
    kept, costs = setting.plans.get(asked, view.binder), setting.observed.costs()
    if kept is not None and not setting.links_as(kept.draft.plan.ids):
        kept = None  # a build has found out more of who is whom
    if kept is not None:
        with pointing_at(kept.draft.text):
            found = looked(kept.draft.plan, setting, until)  # as the sources stand now, like for any other plan
        if kept.rests_on(found[0], costs):
            tell("stage", stage="facts", kept=True)
            logical = kept.plan.plan if costs is kept.costs else estimated(kept.plan.plan, costs)
            plan = replace(kept.plan, plan=logical).given(asked.parameters)
            return Planned(plan, kept.draft.kind, was_kept=True)
    draft = _draft(asked, setting, view, tell)
    with pointing_at(draft.text):
        facts, errors = found if kept is not None else looked(draft.plan, setting, until)
        known, lacks = informed(draft.plan, facts, errors, setting, leniency)
        tell("stage", stage="facts")
        plan = _finished(known, asked, setting, costs, tell).given(asked.parameters)
    if not lacks:
        setting.plans.put(asked, Kept(draft, facts, costs, plan))
    return Planned(plan, draft.kind, lacks)  # the engine seals it once more before it runs


def _draft(asked: Asked, setting: Setting, view: View, tell: Teller) -> Draft:
    catalog, binder, context = setting.catalog, view.binder, Context(setting.binder.evaluate)
    limits = setting.limits(asked.subject)
    with pointing_at(asked.sql):
        parsed = parse(asked.sql, binder, dialect=asked.dialect, schema=view.schema, limits=limits)
    with pointing_at(parsed.text):
        bound = bind(parsed, view.catalog, binder, asked.parameters, partial=asked.partial)
        if setting.least(asked.subject) > 1:
            text = in_groups(bound, catalog, view.catalog, setting.least(asked.subject))
            again = parse(text, binder, schema=view.schema)
            parsed = replace(again, written=parsed.written, dialect=parsed.dialect, kind=parsed.kind)
            bound = bind(parsed, view.catalog, binder, asked.parameters, partial=asked.partial)
        tell("stage", stage="bind")
        pads = setting.views.pads
        authorised = authorise(bound, setting.policy, asked.subject, catalog, view.catalog, pads)
        # Nothing below this line may widen access.
        unfolded = unfold(authorised, catalog, setting.locate, setting.ids, seen=view.catalog)
        pruned = optimise(unfolded, context, facts=False, without=asked.without)
        faithful.require(pruned, binder)
        tell("stage", stage="unfold")
    return Draft(parsed.text, parsed.kind, pruned)


def _finished(known: Plan, asked: Asked, setting: Setting, costs: Costs, tell: Teller) -> FederatedPlan:
    context = Context(setting.binder.evaluate, costs, asked.eager)
    optimised = with_stays(estimated(optimise(known, context, facts=True, without=asked.without), costs))
    tell("stage", stage="optimise")
    first = tuple(Sooner(_transpiled(each, setting), limit_of(each.tree)) for each in sooner(optimised, context))
    plan = replace(_transpiled(optimised, setting), sooner=first)
    tell("stage", stage="transpile")
    return plan


def _transpiled(plan: Plan, setting: Setting) -> FederatedPlan:
    return transpile(split(plan), setting.binder, setting.engine.spell)
