"""Drop a branch none of whose rows can have a partner, whatever its source holds.

    invoice.customer_id IN (SELECT customer_id FROM customer)  →  of the customers, only those that billing has

Sound because a link (`links.py`) says that rows of the taker whose field is none of the giver's values are not needed,
and no row of the branch has such a value: it names records of another mapping than every branch of the giver does, or
does not have the field at all. A giver that lost branches before gives fewer values, so it is looked again.
Not for merged scans, whose ids are those of any record, and not with a `strict` field, whose error must come for every
row that the query reads.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.links import Link, links
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.partners import never_meet
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Branch, Dropped, Plan, Scan


def prune_partners(plan: Plan, context: Context) -> Plan:
    """Return the plan without the branches whose rows have no partner."""
    if len(plan.scans) < 2:
        return plan
    scans = {scan.ref.node: scan for scan in plan.scans}
    if not any(_can_lose(scan) for scan in plan.scans):
        return plan
    found = [link for link in links(plan.tree, scans) if _is_able(link, scans)]
    changed = True
    while changed:
        changed = False
        for link in found:
            before = scans[link.taker]
            scans[link.taker] = _without(before, scans[link.giver], link)
            changed = changed or scans[link.taker] is not before
    after = tuple(scans[scan.ref.node] for scan in plan.scans)
    return replace(plan, scans=after) if after != plan.scans else plan


def _can_lose(scan: Scan) -> bool:
    return len(scan.branches) > 1 and scan.merge is None and not scan.feeds


def _is_able(link: Link, scans: dict[str, Scan]) -> bool:
    """Whether both scans are of records that are read as they are, and no error can get lost."""
    for scan in (scans[link.giver], scans[link.taker]):
        if scan.merge is not None or scan.feeds or scan.summary is not None:
            return False
        if any(schema_of(scan.entity)[name].strict for name in scan.fields):
            return False
    return True


def _without(taker: Scan, giver: Scan, link: Link) -> Scan:
    kept = tuple(branch for branch in taker.branches if _may_meet(branch, giver, link))
    if len(kept) == len(taker.branches):
        return taker
    gone = [branch.mapping for branch in taker.branches if branch not in kept]
    dropped = tuple(Dropped(mapping.qualified, mapping.source, link.text) for mapping in gone)
    return replace(taker, branches=kept, dropped=(*taker.dropped, *dropped))


def _may_meet(branch: Branch, giver: Scan, link: Link) -> bool:
    own = branch.shapes.get(link.field)
    return any(not never_meet(own, other.shapes.get(link.given)) for other in giver.branches)


RULE = Rule("prune_partners", prune_partners)
