"""Rows of one source that are enough: of `LIMIT n` over several sources, any n rows are the answer.

    SELECT customer_id, email FROM customer WHERE country = 'DE' LIMIT 20
    →  first the CRM alone, which is expected to have many times 20 Germans; all sources only if it has fewer

Sound for what `push_limit` is sound for, at a branch whose filters all went down exactly, or that the engine reads in
place and filters itself. Of a merged entity without conditions any n customers do: those of some records of one source,
merged of all their records as ever. What is expected decides whether it is tried, never what is answered: rows are
counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from cdi_federate.query.among import among_first
from cdi_federate.query.candidates import can_be_told
from cdi_federate.query.cost import expected, seconds_to_fetch
from cdi_federate.query.foremost import foremost
from cdi_federate.query.golden import AT, KEY
from cdi_federate.query.limits import is_exact, limit_of, rows_wanted, sole_merged, sole_scan
from cdi_federate.query.optimise.rule import Context
from cdi_federate.stages.clauses import Always
from cdi_federate.stages.cost import NOTHING, Costs
from cdi_federate.stages.merging import Some
from cdi_federate.stages.plan import Branch, Dropped, Filter, Plan, Scan
from cdi_federate.stages.query import Guard

SURPLUS = 4
"""How many times the rows that are wanted a source must be expected to have: a wrong guess asks it twice."""

RECORDS = 2
"""Records that are looked at for each customer that is wanted: some are of one customer."""

MOST = 10_000
"""Rows up to which it is tried: they wait until it is known that they are enough."""

PLACE, PLACE_ROW = 1e-3, 2e-7
"""Seconds until the first row of what is read in place, and for each row that is looked at."""


def sooner(plan: Plan, context: Context) -> tuple[Plan, ...]:
    """Return the plans that ask for less, the least first; the rows of one are the answer if LIMIT says so many."""
    rows = rows_wanted(plan.tree)
    if rows is None or rows > MOST or not limit_of(plan.tree):
        return ()
    some = _some_rows(plan, rows, context) or among_first(plan, rows)
    return foremost(plan, rows, context) if some is None else (some,)


def _some_rows(plan: Plan, rows: int, context: Context) -> Plan | None:
    """Return the plan that asks for no more than the rows that LIMIT and OFFSET can use; None: there is none."""
    scan, pair = sole_scan(plan, "limit", "offset"), sole_merged(plan, "limit", "offset")
    if pair is not None:
        return _of_merged(plan, *pair, rows * RECORDS, context)
    if scan is None or len(scan.branches) < 2:
        return None
    branch = _chosen(scan, rows, context)
    if branch is None:
        return None
    because = f"{rows:,} rows of {branch.mapping.qualified}"
    left = tuple(
        Dropped(each.mapping.qualified, each.mapping.source, because) for each in scan.branches if each is not branch
    )
    alone = replace(scan, branches=(branch,), dropped=(*scan.dropped, *left))
    return replace(plan, scans=tuple(alone if each is scan else each for each in plan.scans))


def _of_merged(plan: Plan, records: Scan, merged: Scan, rows: int, context: Context) -> Plan | None:
    """Return the plan that merges the customers of some records of one source, which is told how many."""
    assert merged.merge is not None
    if merged.filters or merged.merge.wanted is not None:
        return None
    told = tuple(replace(branch, limit=rows) for branch in records.branches if can_be_told(branch, rows))
    branch = _chosen(replace(records, branches=told), rows, context)
    fields = tuple(name for name in records.fields if name in (AT, KEY))
    if branch is None or len(fields) < 2 or not merged.guard.is_empty:
        return None
    shapes = {name: branch.shapes[name] for name in fields if name in branch.shapes}
    some = replace(branch, shapes=MappingProxyType(shapes))
    ref = replace(records.ref, node=f"{merged.ref.node}_w1")
    guard, anything = Guard(records.entity.name), Filter("", Always())
    finding = Scan(ref, records.entity, guard, fields, (some,), (anything,), feeds=merged.ref.node)
    merge = replace(merged.merge, wanted=Some(ref.node), most=MOST)
    return replace(plan, scans=(records, finding, replace(merged, merge=merge)))


def _chosen(scan: Scan, rows: int, context: Context) -> Branch | None:
    """Return the branch that is expected to give so many rows soonest."""
    surplus = 1 if context.eager else SURPLUS
    able = [(cost, at) for at, cost in _able(scan, rows, surplus, NOTHING if context.eager else context.costs)]
    return scan.branches[min(able)[1]] if able else None


def _able(scan: Scan, rows: int, surplus: int, costs: Costs) -> Iterator[tuple[int, float]]:
    """Yield the places of the branches that are expected to have enough rows, with the seconds that they take."""
    for at, branch in enumerate(scan.branches):
        there = expected(replace(branch, limit=None), costs)
        if there is None or there < rows * surplus:
            continue
        if not branch.dialect:
            yield at, PLACE + _looked_at(branch, rows, there) * PLACE_ROW
        elif branch.limit is not None and is_exact(branch, len(scan.filters)):
            yield at, seconds_to_fetch(branch, rows, costs)


def _looked_at(branch: Branch, rows: int, there: float) -> float:
    """Return how many rows are looked at in place until enough are found."""
    count = branch.facts.rows if branch.facts is not None else None
    return rows if count is None else min(float(count), rows * count / max(there, 1.0))
