"""Runs the rules and distrusts each: output and guards must be what they were, or the culprit is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cdi_federate.errors import InvariantError
from cdi_federate.query.optimise import (
    collect_filters,
    prune_branches,
    prune_columns,
    push_filters,
    push_limit,
    push_mapping_filter,
)
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Applied, Plan

RULES: tuple[Rule, ...] = (
    collect_filters.RULE,      # first: the rules below read the filters it notes
    prune_branches.RULE,       # before facts: a source that is ruled out is not even asked for its facts
    prune_columns.RULE,        # before facts: fewer expressions to write
    push_mapping_filter.RULE,  # before the limit, which needs the whole WHERE to be exact
    push_filters.RULE,
    push_limit.RULE,           # last: it reads the proofs of all filters
)  # fmt: skip
"""The one order in which rules run."""


def optimise(plan: Plan, context: Context, *, facts: bool, without: Collection[str] = ()) -> Plan:
    """Apply the rules that need facts, or those that do not; `without` names rules to leave out (for tests).

    Raises:
        InvariantError: a rule changed the answer's columns, lost a guard or lost a scan.
    """
    for rule in RULES:
        if rule.needs_facts is not facts or rule.name in without:
            continue
        after = rule.apply(plan, context)
        if after is plan:
            continue
        check(plan, after, rule)
        plan = replace(after, trail=(*after.trail, Applied(rule.name, plan, after)))
    return plan


def check(before: Plan, after: Plan, rule: Rule) -> None:
    """Hold what no rule may change: the statement, the columns, the guards, the kinds of branches."""
    same_query = after.query is before.query
    same_scans = [(scan.ref, scan.guard) for scan in after.scans] == [(scan.ref, scan.guard) for scan in before.scans]
    no_new_branch = same_scans and all(
        {branch.mapping.qualified for branch in new.branches} <= {branch.mapping.qualified for branch in old.branches}
        and set(new.fields) <= set(old.fields)
        for new, old in zip(after.scans, before.scans, strict=True)
    )
    if not (same_query and same_scans and no_new_branch):
        raise InvariantError(f"rule {rule.name} changed more than it may", help="Please report the statement.")
