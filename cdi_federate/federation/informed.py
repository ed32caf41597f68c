"""The facts of every branch, put into a plan; sources that failed are left out where they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cdi_federate.errors import SourceError
from cdi_federate.execute.partial import Leniency, Omission
from cdi_federate.federation.setting import Setting
from cdi_federate.sources.facts import gather, lacking
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Plan

Errors = dict[str, SourceError]
"""By mapping, why there are no facts."""


def looked(plan: Plan, setting: Setting, until: float) -> tuple[dict[str, TableFacts], Errors]:
    """Return the facts of every branch by mapping, as its source stands now; those that are fresh are the same ones."""
    errors: Errors = {}
    facts = gather(
        [branch.mapping for scan in plan.scans for branch in scan.branches],
        setting.sources,
        setting.engine.probe(),
        setting.facts,
        errors=errors,
        breakers=setting.breakers,
        until=until,
    )
    return facts, errors


def informed(
    plan: Plan, facts: Mapping[str, TableFacts], errors: Errors, setting: Setting, leniency: Leniency
) -> tuple[Plan, tuple[Omission, ...]]:
    """Return the plan with the facts of every branch, without the sources that failed and may be left out."""
    branches = [branch for scan in plan.scans for branch in scan.branches]
    failed = {**errors, **lacking(branches, facts, setting.sources, setting.facts)}
    lacks: dict[str, Omission] = {}
    for mapping in (branch.mapping for branch in branches):
        if mapping.qualified in failed and mapping.source not in lacks:
            plan, lacks[mapping.source] = leniency.forgive(failed[mapping.qualified], plan)
    scans = tuple(
        replace(scan, branches=tuple(replace(b, facts=facts[b.mapping.qualified]) for b in scan.branches))
        for scan in plan.scans
    )
    return replace(plan, scans=scans), tuple(lacks.values())
