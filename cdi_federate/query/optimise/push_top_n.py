"""Ask each source for its first rows only, in the query's order.

Sound for `SELECT columns FROM one entity [WHERE …] ORDER BY fields LIMIT n`: whatever the other branches have, a row
that is not among the first n of its own branch is not among the first n of all. Where rows tie, SQL leaves open which
are taken, there as here. Needs exact filters, and for each key a raw column that sorts there as the field does here:
the field is that column, cast without loss or scaled by a positive factor, or the text of an integer, which sorts by
its digits; NULL sorts where the query says. An index is made use of where one serves (`query/first_rows.py`). Not over
expressions, code lists or texts that are changed, whose order is another.
"""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.query.first_rows import first_of
from cdi_federate.query.limits import rows_wanted, sole_scan, with_branches
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.ordering import sort_keys
from cdi_federate.stages.plan import Plan


def push_top_n(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.order` and `Branch.limit` set where it is sound."""
    rows = rows_wanted(plan.tree)
    order = tree.arg(plan.tree, "order")
    scan = sole_scan(plan, "order", "limit", "offset") if rows is not None and order is not None else None
    keys = sort_keys(plan.tree, order, scan) if scan is not None else None
    if scan is None or rows is None or not keys:
        return plan
    branches = tuple(first_of(branch, scan, keys, rows, filters=len(scan.filters)) for branch in scan.branches)
    return with_branches(plan, scan, branches)


RULE = Rule("push_top_n", push_top_n, needs_facts=True)
