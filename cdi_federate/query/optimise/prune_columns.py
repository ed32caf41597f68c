"""Leave at the source every field that the query does not name.

Sound because no name is resolved otherwise than before: a field is kept in every table that a name may mean. A bare
name means the tables of its own FROM that have it, where all their columns are known; else every table's field of that
name is kept, as for a part of a dotted name and in USING. A star of the answer (not one in a subquery, which only hands
on what is named further out), COLUMNS(…), a natural join, a whole row (`SELECT c FROM customer c`), a column by its
number (`#2`), renamed columns or a positional join keep all fields. A filter's fields are named in the query too.
Of the records of a merged entity those columns are kept that the merged ones are made of (`golden.read`): ties, moments
and fields followed are among them, so that no choice between records changes.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.golden import read as columns_read
from cdi_federate.query.naming import Naming, naming_of
from cdi_federate.query.narrowing import with_fields as _with
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Plan, Scan


def prune_columns(plan: Plan, context: Context) -> Plan:
    """Return the plan whose scans have only the fields that the query may read."""
    # As it was written and guarded: a later rule may have changed the statement.
    read = naming_of(plan.query.tree, {scan.ref.node: scan for scan in plan.scans})
    if read.whole is None:
        return plan
    merged = {scan.ref.node: _pruned(scan, read) for scan in plan.scans if scan.merge is not None}
    scans = tuple(
        _fed(scan, merged[scan.feeds]) if scan.feeds else merged.get(scan.ref.node) or _pruned(scan, read)
        for scan in plan.scans
    )
    changed = any(new is not old for new, old in zip(scans, plan.scans, strict=True))
    return replace(plan, scans=scans) if changed else plan


def _fed(records: Scan, merged: Scan) -> Scan:
    """Return a scan of records with the columns that its merged rows are made of."""
    wanted = columns_read(merged.entity, merged.fields)
    return _with(records, tuple(name for name in records.fields if name in wanted))


def _pruned(scan: Scan, read: Naming) -> Scan:
    wanted = read.of(scan.ref.alias)
    if wanted is None:
        return scan
    return _with(scan, tuple(name for name in scan.fields if name in wanted))


RULE = Rule("prune_columns", prune_columns)
