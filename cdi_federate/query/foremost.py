"""The first merged rows in an order, from the first records of each department: a threshold, and what it proves.

    SELECT customer_id, balance FROM customer ORDER BY balance DESC, customer_id LIMIT 10
    →  first:  the 40 records of highest balance of each department  → their customers, merged of all their records
    →  then:   of these the rows of higher balance than any record that was not read: ten of them are the answer

Sound because every rule of survivorship but `collect` takes some record's own value or none. Take a customer none of
whose records was read: the record whose value it takes stands behind the last one read of its department, so its value
is not before that one's, and not before the foremost of these last ones. NULL is behind all, and is never certain. So
whatever the statement's own WHERE leaves of the certain rows comes before every other row that it leaves; where that is
as many rows as are wanted, nothing else is. Rows that tie with the bound may tie with a customer that nobody has looked
at: they count where the order has no further key, for it is open then which are taken.

A conflict whose loser has the foremost values makes rows fewer, never wrong: more records are read then, and at last
all. A source is told the order where `push_top_n` would tell it; of others all records are looked at here. Not for a
scan with a `strict` field, whose error must come for every row that the query reads, not for NULLS FIRST: who has no
value is known once all records are read.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.query.candidates import can_be_told
from cdi_federate.query.estimate import rows_of
from cdi_federate.query.first_rows import first_of
from cdi_federate.query.golden import AT, KEY, survivorship
from cdi_federate.query.idle import without_idle
from cdi_federate.query.limits import sole_merged
from cdi_federate.query.optimise.rule import Context
from cdi_federate.query.ordering import sort_keys
from cdi_federate.query.selectivity import distinct, nulls, selectivity
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.telling import told
from cdi_federate.stages.clauses import Always, columns, conjunction
from cdi_federate.stages.merging import Foremost, Some
from cdi_federate.stages.plan import Branch, Filter, Plan, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.summary import Sort

ROUNDS = ((4, 10), (64, 50))
"""How many records of each department are read for each row that is wanted, in one try after the other.

With it: how many times fewer they must be expected to be than there are. Each brings others of its customer, and where
fetching all takes little, making a plan for another try does not pay.
"""

WORTH = 10_000
"""Rows of the sources that can be told keys from which on it may pay to ask twice."""

MOST = 10_000
"""Records that are read at most, and keys of one mapping that its source is told at most."""


def foremost(plan: Plan, rows: int, context: Context) -> tuple[Plan, ...]:
    """Return the plans that read more and more first records, for so many rows; none where it is not sound, or dear."""
    plan, known = _of_all(plan)
    pair = sole_merged(plan, "order", "limit", "offset")
    if pair is None or tree.arg(plan.tree, "order") is None:
        return ()
    records, merged = pair
    keys = sort_keys(plan.tree, tree.arg(plan.tree, "order"), merged)
    if not keys or hindrance(records, merged, keys[0]) or not merged.guard.is_empty:
        return ()
    share = 1.0 if context.eager else _share(records, merged)
    plans = []
    for times, fewer in ROUNDS if share else ():
        first = Foremost(keys[0], ceil(rows * times / share), len(keys) == 1)
        finding = _finding(records, merged, first)
        if finding and (
            context.eager or _pays(finding, first, rows, min(known, _there(records, first.rows * len(finding)) / fewer))
        ):
            plans.append(_planned(plan, records, merged, finding, first))
    return tuple(plans)


def why_not(plan: Plan) -> str:
    """Return why the first rows of a merged entity are not looked for among first records; empty for other reasons."""
    plan, _ = _of_all(plan)
    pair, order = sole_merged(plan, "order", "limit", "offset"), tree.arg(plan.tree, "order")
    if pair is None or order is None:
        return ""
    keys = sort_keys(plan.tree, order, pair[1])
    return hindrance(*pair, keys[0]) if keys else "the order is that of an expression"


def hindrance(records: Scan, merged: Scan, key: Sort) -> str:
    """Return why the first records by a key say nothing of the first merged rows, in words; empty where they do."""
    entity, field = merged.entity, key.column
    if entity.field(field) is None or field in {name.lower() for name in entity.key}:
        return f"'{field}' is no value of a record"
    if survivorship(entity, field).rule == "collect":
        return f"'{field}' is collected"
    if key.nulls_first:
        return f"who has no '{field}' comes first"
    if any(records.entity.fields[name].strict for name in records.fields if name in entity.fields):
        return "a field is strict"
    if not {field, AT, KEY} <= {name.lower() for name in records.fields}:
        return "records have no key"
    return ""


def _finding(records: Scan, merged: Scan, first: Foremost) -> tuple[Scan, ...]:
    """Return a scan for each mapping that provides the field: its first records."""
    field, found = first.by.column, list[Scan]()
    names = tuple(name for name in records.fields if name.lower() in {field, AT, KEY})
    guard, anything = Guard(records.entity.name), Filter("", Always())
    for branch in records.branches:
        if field not in branch.shapes:
            continue
        shapes = {name.lower(): branch.shapes[name.lower()] for name in names if name.lower() in branch.shapes}
        whole = replace(branch, shapes=MappingProxyType(shapes), pushed=(), fixed=())
        some = first_of(whole, records, [first.by], first.rows, filters=0)
        ref = replace(records.ref, node=f"{merged.ref.node}_w{len(found) + 1}")
        found.append(Scan(ref, records.entity, guard, names, (some,), (anything,), feeds=merged.ref.node))
    return tuple(found)


def _planned(plan: Plan, records: Scan, merged: Scan, finding: tuple[Scan, ...], first: Foremost) -> Plan:
    assert merged.merge is not None
    wanted = Some(every=False, parts=tuple(Some(scan.ref.node) for scan in finding))
    left = replace(merged, merge=replace(merged.merge, wanted=wanted, most=MOST, foremost=first))
    return replace(plan, scans=(without_idle(records, left), *finding, left))


def _share(records: Scan, merged: Scan) -> float:
    """Return which part of the customers the statement's conditions are expected to leave; 0 where nobody knows."""
    clause = conjunction(*(each.clause for each in merged.filters if each.clause is not None))
    there = left = 0.0
    for branch in records.branches:
        if branch.facts is None or branch.facts.rows is None or not set(columns(clause)) <= branch.shapes.keys():
            continue
        raw, _ = told(clause, branch, records.entity)
        if raw is not None:
            there += branch.facts.rows
            left += branch.facts.rows * selectivity(raw, branch.facts)
    return left / there if there else 0.0


def _of_all(plan: Plan) -> tuple[Plan, float]:
    """Return the plan without what finds customers by the statement's conditions, and how many records that may find.

    What those conditions leave is known to be few then, or first records are not looked at.
    """
    wanted = [scan.merge.wanted for scan in plan.scans if scan.merge is not None and scan.merge.wanted is not None]
    nodes = {node for some in wanted for node in some.scans()}
    if len(wanted) != 1 or wanted[0].named():
        return plan, inf
    found = [rows_of(branch) for scan in plan.scans if scan.ref.node in nodes for branch in scan.branches]
    left = (
        replace(scan, merge=replace(scan.merge, wanted=None, most=0)) if scan.merge is not None else scan
        for scan in plan.scans
        if scan.ref.node not in nodes
    )
    return replace(plan, scans=tuple(left)), sum(count or 0.0 for count in found)


def _there(records: Scan, keys: int) -> int:
    """Return how many records could be left where they are by so many keys; 0 where it is not worth asking twice."""
    counts = [branch.facts.rows if branch.facts else None for branch in records.branches if can_be_told(branch, keys)]
    there = sum(count or 0 for count in counts)
    return there if there >= WORTH else 0


def _pays(finding: tuple[Scan, ...], first: Foremost, rows: int, most: float) -> bool:
    """Whether few records are read, `most` at most, and more than are likely to tie."""
    branches = [branch for scan in finding for branch in scan.branches]
    read = [rows_of(branch) for branch in branches if branch.dialect]
    if not most or None in read or sum(count or 0.0 for count in read) > min(MOST, most):
        return False
    return first.tied or all(rows + _alike(branch, first.by.column) <= first.rows / 2 for branch in branches)


def _alike(branch: Branch, field: str) -> float:
    """Return how many records of a branch are expected to have the same value of a field; 0 where nobody knows."""
    shape, facts = branch.shapes[field], branch.facts
    if facts is None or facts.rows is None:
        return 0.0
    known = [column for name in columns_of(shape) if (column := facts.column(name)) is not None]
    if not known:
        return float(facts.rows)  # a constant
    values = distinct(facts, known[0]) if len(known) == 1 else None
    return 0.0 if values is None else facts.rows * (1 - nulls(known[0])) / max(values, 1.0)
