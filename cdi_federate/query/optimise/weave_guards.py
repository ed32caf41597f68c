"""Say what a guard leaves of rows in the statement's own WHERE, so that it is pushed as the user's conditions are.

    WITH "cdi_1" AS (SELECT … FROM "cdi_1_all" AS "i" WHERE "i".region = 'EU') SELECT count(*) FROM "cdi_1" AS "i" …
    →  SELECT count(*) FROM "cdi_1_all" AS "i" WHERE "i".region = 'EU' GROUP BY …

Sound because a SELECT that only filters is its condition, wherever its rows are read: a conjunct of WHERE over a table
of which no join makes other rows (`weaving.py`). Only in a statement in which nothing can fail: there it does not
matter which condition meets a row first. Not over merged rows, of which no source groups or joins any.
Where the statement joins a row with whom it belongs to, of whom the same is asked, nothing needs to be looked up
(`answered.py`).
A guard that masks, or looks at what the statement may not read, stays between the rows and the statement.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.answered import answered
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.weaving import weavable, without, woven
from cdi_federate.stages.plan import Plan


def weave_guards(plan: Plan, context: Context) -> Plan:
    """Return the plan with `woven`, and its tree with the guards' conditions among the statement's."""
    scans = {scan.ref.node: scan for scan in plan.scans if scan.merge is None and not scan.feeds}
    found = frozenset(weavable(plan.query, scans))
    if not found or plan.woven:
        return plan
    said = woven(plan.tree, plan.query, found)
    settled = frozenset(answered(said, {scan.ref.node: scan for scan in plan.scans}))
    left = (replace(scan, branches=()) if scan.ref.node in settled else scan for scan in plan.scans)
    return replace(plan, tree=without(said, settled), scans=tuple(left), woven=found, settled=settled)


RULE = Rule("weave_guards", weave_guards)
