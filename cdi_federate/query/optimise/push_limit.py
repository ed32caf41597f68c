"""Ask each source for no more rows than the query's LIMIT (and OFFSET) can use.

Sound for `SELECT columns FROM one entity [WHERE …] LIMIT n`, because any n rows answer it, and only over a branch
whose filters all went down exactly: a superset could fill its n rows with some that are filtered away again.
Not with ORDER BY, DISTINCT, grouping, windows, joins, samples or set-returning functions, which need to see every row.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.limits import is_exact, rows_wanted, sole_scan, with_branches
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Plan


def push_limit(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.limit` set where it is sound."""
    rows = rows_wanted(plan.tree)
    scan = sole_scan(plan, "limit", "offset") if rows is not None else None
    if scan is None:
        return plan
    count = len(scan.filters)
    branches = tuple(replace(branch, limit=rows) if is_exact(branch, count) else branch for branch in scan.branches)
    return with_branches(plan, scan, branches)


RULE = Rule("push_limit", push_limit, needs_facts=True)
