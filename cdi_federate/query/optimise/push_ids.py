"""Ask a database only for the rows of customers whose ids are given, by the keys that the crosswalk has of them.

    SELECT … FROM orders WHERE customer_id = 'c4711…'
    →  first:  which keys has that customer?   → then: the orders that refer to one of those keys

Sound because a row has the id just if it refers to a record of that customer, and the crosswalk has the keys of all
records of the customers that it knows (`named.py`). The query's own WHERE is applied to the rows that come, which have
their ids as ever: keys too many do no harm. An id that the crosswalk does not know is no hint at all: then all rows
come. A key of several columns is told as `(a = … AND b = …) OR …`; those stored as hashes are not told, for no source
has the hashes.
Not for a scan with a `strict` field, whose error must come for every row that the query reads; merged scans find their
customers by `push_witnesses`' own way.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.catalog.model import Id
from cdi_federate.query.named import hole, ids_given
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.clauses import columns
from cdi_federate.stages.plan import Named, Plan, Scan

WORTH = 10_000
"""Rows of the sources that can be told keys from which on it pays to look at the crosswalk first."""

MOST_KEYS = 10_000
"""Keys of one mapping that a source is told at most."""


def push_ids(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Scan.named` filled."""
    scans = tuple(_named(scan, plan, context) for scan in plan.scans)
    return plan if scans == plan.scans else replace(plan, scans=scans)


def _named(scan: Scan, plan: Plan, context: Context) -> Scan:
    is_read_here = scan.merge is None and not scan.feeds and scan.summary is None and scan.ref.node not in plan.joined
    strict = any(field.strict for name, field in scan.entity.fields.items() if name in _lower(scan.fields))
    if not is_read_here or strict or not scan.guard.is_empty:
        return scan
    found: dict[str, Named] = {}
    for filter_ in scan.filters:
        over = set(columns(filter_.clause)) if filter_.clause is not None else set()
        if filter_.clause is None or len(over) != 1:
            continue
        field, given = over.pop(), ids_given(filter_.clause)
        entity = _entity_of(scan, field)
        if given and field not in found and entity and plan.ids[entity].by_id is not None:
            named = Named(field, entity, given, MOST_KEYS, filter_.text)
            if _pays(scan, named, context):
                found[field] = named
    return replace(scan, named=tuple(found.values())) if found else scan


def _entity_of(scan: Scan, field: str) -> str:
    """Return the merged entity whose ids a field holds, the same for all branches; empty for none."""
    shapes = [branch.shapes.get(field) for branch in scan.branches]
    entities = {shape.entity for shape in shapes if isinstance(shape, Id)}
    return entities.pop() if len(entities) == 1 else ""


def _pays(scan: Scan, named: Named, context: Context) -> bool:
    rows = [
        branch.facts.rows
        for branch in scan.branches
        if branch.facts is not None and hole(scan, named, branch) is not None
    ]
    if not rows:
        return False
    return context.eager or None in rows or sum(count or 0 for count in rows) >= WORTH


def _lower(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}


RULE = Rule("push_ids", push_ids, needs_facts=True)
