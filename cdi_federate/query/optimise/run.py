"""Runs the rules and distrusts each: output and guards must be what they were, or the culprit is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cdi_federate.errors import InvariantError
from cdi_federate.query.optimise import (
    collect_filters,
    compare_raw,
    drop_joins,
    prune_branches,
    prune_columns,
    prune_partners,
    push_absences,
    push_constants,
    push_filters,
    push_groups,
    push_guards,
    push_ids,
    push_joins,
    push_keys,
    push_limit,
    push_mapping_filter,
    push_references,
    push_semi_joins,
    push_top_n,
    push_witnesses,
    weave_guards,
)
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Applied, Plan

RULES: tuple[Rule, ...] = (
    weave_guards.RULE,         # first of all: the rules below read what it says in the statement's own words
    collect_filters.RULE,      # the rules below read the filters it notes
    prune_branches.RULE,       # before facts: a source that is ruled out is not even asked for its facts
    prune_partners.RULE,       # of the branches that are left; a source without partners is not asked either
    prune_columns.RULE,        # before facts: fewer expressions to write
    drop_joins.EARLY,          # before facts too, where none are needed to know
    drop_joins.LATE,           # before all that would be done for a scan that nobody reads
    push_mapping_filter.RULE,  # before the limit, which needs the whole WHERE to be exact
    push_filters.RULE,
    push_witnesses.RULE,       # for merged scans, whose filters wait for all records of a customer
    push_guards.RULE,          # before all that needs to know that just the rows wanted are asked for
    push_groups.RULE,          # the rules from here on read the proofs of all filters
    push_joins.RULE,           # before what reduces the sides of a join that is not made at a source
    push_absences.RULE,        # of what is not joined there whole
    push_references.RULE,      # of what is not joined there whole
    push_constants.RULE,       # before keys and look-ups, which need not be told then
    push_semi_joins.RULE,      # after the filters, which tell the small scan from the large one
    push_keys.RULE,            # where no source can look up the partners itself
    push_ids.RULE,             # after what groups and joins at a source, which needs no keys told
    push_limit.RULE,
    push_top_n.RULE,
    compare_raw.RULE,          # last: the rules above read what keys are made of, and which are collected
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
    unjoined = {each.scan.ref.node for each in after.unjoined}
    scans = tuple(scan for scan in before.scans if not {scan.ref.node, scan.feeds} & unjoined)
    same_query = after.query is before.query
    records = {scan.feeds: scan for scan in scans if scan.feeds and scan.merge is None}
    known = {scan.ref.node for scan in scans}
    finding = [scan for scan in after.scans if scan.ref.node not in known]
    kept = [scan for scan in after.scans if scan.ref.node in known]
    same_scans = [(scan.ref, scan.guard) for scan in kept] == [(scan.ref, scan.guard) for scan in scans]
    pairs = [*zip(kept, scans, strict=True)] if same_scans else []
    # A new scan may only find customers of a merged one, among the records that it has.
    no_new_branch = same_scans and all(scan.feeds in records for scan in finding)
    no_new_branch = no_new_branch and all(
        {branch.mapping.qualified for branch in new.branches} <= {branch.mapping.qualified for branch in old.branches}
        and set(new.fields) <= set(old.fields)
        for new, old in (*pairs, *((scan, records[scan.feeds]) for scan in finding))
    )
    if not (same_query and same_scans and no_new_branch):
        raise InvariantError(f"rule {rule.name} changed more than it may", help="Please report the statement.")
