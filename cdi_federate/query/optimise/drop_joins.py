"""Leave a table where it is that a LEFT JOIN only could find one row of, and of which nothing is read.

    SELECT o.amount FROM orders o LEFT JOIN customer c ON c.customer_id = o.customer_id     no customer is fetched

Sound because a LEFT JOIN keeps each row of its left side, once for each partner, and here there is no more than one:
the ON says nothing but that fields of the table are equal to others of their own types, and no two rows of the table
are equal in these (`unique.py`). Nothing but that ON names a column of the table, so none sees whether there was a
partner. The rules after this one see the statement without the join, so that its other tables are grouped, ordered and
limited as if it had never been there. The last joins are looked at first, for a table may be read only to join another
that is dropped.
Not where such a field is `strict`, whose error must come. It runs twice, for only facts tell which columns are keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.links import FAMILIES
from cdi_federate.query.naming import naming_of
from cdi_federate.query.narrowing import with_what_is_read
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.scope import On, from_items, resolve
from cdi_federate.query.unique import are_unique
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.joins import Unjoined
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class _Join:
    """A LEFT JOIN of a scan, of which each row of its left side has one partner at most. `text` is its condition."""

    join: exp.Join
    scan: Scan
    text: str


def drop_joins(plan: Plan, context: Context) -> Plan:
    """Return the plan in which scans of which nothing is read have no branches."""
    if len(plan.scans) < 2:
        return plan
    scans = {scan.ref.node: scan for scan in plan.scans}
    gone: dict[str, Unjoined] = {}
    joins: set[int] = set()
    shorter = plan.tree
    for found in reversed([*_joins(plan.tree, scans)]):
        without = tree.without_joins(plan.tree, {*joins, id(found.join)})
        if _is_unread(found.scan, without, scans):
            joins.add(id(found.join))
            shorter = without
            gone[found.scan.ref.node] = Unjoined(found.scan, found.text)
    if not gone:
        return plan
    left = tuple(scan for scan in plan.scans if scan.ref.node not in gone and scan.feeds not in gone)
    read = naming_of(shorter, {scan.ref.node: scan for scan in left})
    return replace(plan, tree=shorter, scans=with_what_is_read(left, read), unjoined=(*plan.unjoined, *gone.values()))


def _joins(root: Tree, scans: Mapping[str, Scan]) -> Iterator[_Join]:
    for query in tree.walk(root, exp.Select):
        _, ons = from_items(query, scans)
        for on in ons:
            scan = scans.get(on.visible[-1].node)
            if tree.join_kind(on.join) == "LEFT" and scan is not None and _finds_one(on, scan, scans):
                yield _Join(on.join, scan, tree.text(on.condition))


def _finds_one(on: On, scan: Scan, scans: Mapping[str, Scan]) -> bool:
    """Whether the ON only says that fields of the joined scan, which tell its rows apart, are equal to others."""
    names = tree.names_used(on.join)
    parts = tree.conjuncts(on.condition)
    fields = [_equal_field(part, on, scans) for part in parts]
    known = [field for field in fields if field is not None]
    if len(known) < max(len(parts), len(names)) or any(schema_of(scan.entity)[name].strict for name in known):
        return False
    return are_unique(scan, known)


def _equal_field(part: Tree, on: On, scans: Mapping[str, Scan]) -> str | None:
    """Return the field of the joined scan that is equal to another scan's field of its type."""
    if not isinstance(part, exp.EQ):
        return None
    sides = [part.this.unnest(), part.expression.unnest()]
    columns = [side for side in sides if isinstance(side, exp.Column)]
    items = [resolve(column, list(on.visible)) for column in columns]
    types = [
        schema_of(scans[item.node].entity)[column.name.lower()].type
        for column, item in zip(columns, items, strict=True)
        if item is not None and item.node and item.closed is None
    ]
    own = [column.name.lower() for column, item in zip(columns, items, strict=True) if item is on.visible[-1]]
    if len(types) < 2 or types[0] != types[1] or type_info(types[0]).family not in FAMILIES:
        return None
    return own[0] if len(own) == 1 else None


def _is_unread(scan: Scan, root: Tree, scans: Mapping[str, Scan]) -> bool:
    """Whether a statement without the table names neither a column of it nor its whole rows."""
    alias = scan.ref.alias.lower()
    read = naming_of(root, scans).of(alias)
    return read is not None and not read & {alias, *schema_of(scan.entity)}


EARLY = Rule("drop_joins", drop_joins)
"""For merged rows, whose sources need not even be asked for facts."""

LATE = Rule("drop_joins", drop_joins, needs_facts=True)
