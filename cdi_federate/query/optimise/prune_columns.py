"""Leave at the source every field that the query does not name.

Sound because no name is resolved otherwise than before: a field is kept in every table that a name may mean. A bare
name means the tables of its own FROM that have it, where all their columns are known; else every table's field of that
name is kept, as for a part of a dotted name and in USING. A star of the answer (not one in a subquery, which only hands
on what is named further out, unless that is a star or a whole row again), COLUMNS(…), a natural join, a whole row
(`SELECT c FROM customer c`), a column by its number (`#2`), renamed columns or a positional join keep all fields. A
filter's fields are named in the query too.
Of the records of a merged entity those columns are kept that the merged ones are made of (`golden.read`): ties, moments
and fields followed are among them, so that no choice between records changes.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.naming import naming_of
from cdi_federate.query.narrowing import with_what_is_read
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Plan


def prune_columns(plan: Plan, context: Context) -> Plan:
    """Return the plan whose scans have only the fields that the query may read."""
    # As it was written and guarded: a later rule may have changed the statement.
    read = naming_of(plan.query.tree, {scan.ref.node: scan for scan in plan.scans})
    if read.whole is None:
        return plan
    scans = with_what_is_read(plan.scans, read)
    changed = any(new is not old for new, old in zip(scans, plan.scans, strict=True))
    return replace(plan, scans=scans) if changed else plan


RULE = Rule("prune_columns", prune_columns)
