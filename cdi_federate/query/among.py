"""First rows of one source that a guard may still leave out: enough of them are asked for that enough are likely left.

    SELECT … FROM invoice AS i WHERE i.customer_id IN (SELECT …, a guard's own words) ORDER BY paid_on LIMIT 5
    →  at first the 52 invoices that come first, of which some may be seen; all only if fewer than 5 of them are

Sound because what was not sent comes after all that was, or ties with the last of it: the first 5 of those that are
left are the first 5 of all that are left. So it needs one branch, which keeps all other conditions exactly and sorts as
the statement does. The guard is asked here, of whichever rows come. How many are asked for decides what it takes, never
what is answered: rows are counted.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate import tree
from cdi_federate.query.limits import is_exact, sole_scan
from cdi_federate.query.ordering import raw_order, sort_keys
from cdi_federate.query.weaving import conjuncts, looked_into, without
from cdi_federate.stages.plan import Plan

TIMES, MORE = 4, 32
"""How many times the rows that are wanted are asked for, and how many more: few filters hide most rows."""


def among_first(plan: Plan, rows: int) -> Plan | None:
    """Return the plan that looks for the rows wanted among a source's first ones; None: there is none."""
    looks = {looked_into(part) for scan in plan.scans if scan.ref.node in plan.woven for part in conjuncts(scan.guard)}
    looks -= {"", *plan.settled}
    if not looks:
        return None
    bare = replace(plan, tree=without(plan.tree, looks), settled=plan.settled | looks)
    scan, order = sole_scan(bare, "order", "limit", "offset"), tree.arg(plan.tree, "order")
    if scan is None or len(scan.branches) != 1 or scan.keyed:
        return None
    branch, keys = scan.branches[0], sort_keys(plan.tree, order, scan) if order is not None else []
    sorted_by = raw_order(branch, scan, keys) if keys is not None and is_exact(branch, len(scan.filters)) else None
    if sorted_by is None:
        return None
    first = replace(scan, branches=(replace(branch, limit=rows * TIMES + MORE, order=sorted_by),))
    return replace(plan, scans=tuple(first if each is scan else each for each in plan.scans))
