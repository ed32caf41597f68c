"""Let a database look up the partners of its own rows, where both sides of a join stand in it.

Sound because a link (`links.py`) says that rows of the taker whose field is none of the giver's values are not needed.
A branch of the taker gets `raw column IN (SELECT raw column FROM …)` for the giver's branches that stand in its
database; every other branch of the giver must be unable to give such a value (a `ref` to another mapping's record, or
no such field). Two fields may only be equal where the raw columns are (`partners.py`), and the source must find those
equal that DuckDB does (`Dialect.alike`); it may find more. What the giver's branch is told itself narrows the look-up.
Where the source is read at several moments, a row of the giver may be gone when its partners are looked up. So there
the giver's rows without a partner must not be needed either: the link must go both ways.
Not between the tables of a statement that can fail under a guard, for cost decides it (`unseen.py`).
Not for a scan with a `strict` field, whose error must come for every row that the query reads.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.giving import expected, give, is_large, share_of
from cdi_federate.query.links import Link, links
from cdi_federate.query.meeting import is_one_moment, meets
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.partners import never_meet, raw_pair
from cdi_federate.query.unseen import steady
from cdi_federate.stages.joins import Joined, LookUp
from cdi_federate.stages.plan import Branch, Plan, Scan

MOST = 3
"""Look-ups that one branch is told at most, and how deep they may stand in each other."""

_LEAST_SAVED = 0.5
"""The share of the taker's rows that must be left at most, if a look-up is to pay."""


def push_semi_joins(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.joined` filled."""
    if len(plan.scans) < 2:
        return plan
    before = tuple(_without(scan) for scan in plan.scans)
    scans = {scan.ref.node: scan for scan in before if scan.ref.node not in plan.joined}
    fixed = steady(plan)
    found = [link for link in links(plan.tree, scans) if not {link.giver, link.taker} <= fixed]
    sides = {(link.giver, link.given, link.taker, link.field) for link in found}

    def take(link: Link, giver: float, taker: float) -> float | None:
        share = share_of(giver, scans[link.giver])
        if not context.eager and (not is_large(taker) or share > _LEAST_SAVED):
            return None
        given, scan = scans[link.giver], scans[link.taker]
        both_ways = (link.taker, link.field, link.giver, link.given) in sides
        branches = tuple(_joined(branch, given, link, share, both_ways) for branch in scan.branches)
        scans[link.taker] = replace(scan, branches=branches)
        return share if all(branch.joined for branch in branches) else None

    if found:
        give(scans, found, take, expected)
    after = tuple(scans.get(scan.ref.node, scan) for scan in before)
    return replace(plan, scans=after) if after != plan.scans else plan


def _without(scan: Scan) -> Scan:
    if not any(branch.joined for branch in scan.branches):
        return scan
    return replace(scan, branches=tuple(replace(branch, joined=()) for branch in scan.branches))


def _joined(branch: Branch, giver: Scan, link: Link, share: float, both_ways: bool) -> Branch:
    """Return a branch of the taker with a look-up of the giver's rows, if it may have one."""
    own = branch.shapes.get(link.field)
    if not branch.dialect or own is None or len(branch.joined) == MOST or not (both_ways or is_one_moment(branch)):
        return branch
    looked: list[LookUp] = []
    left = ""
    for other in giver.branches:
        theirs = other.shapes.get(link.given)
        if never_meet(own, theirs):
            continue
        pair = raw_pair(branch, own, other, theirs)
        if (
            pair is None
            or not meets(*pair, branch.dialect)
            or other.mapping.source != branch.mapping.source
            or _depth(other) == MOST
        ):
            return branch
        left = pair[0].name
        looked.append(LookUp(replace(other, expected=None), pair[1].name))
    if not looked:
        return branch
    joined = Joined(link.giver, link.field, left, tuple(looked), share, link.text)
    return replace(branch, joined=(*branch.joined, joined))


def _depth(branch: Branch) -> int:
    return max((1 + _depth(look.branch) for joined in branch.joined for look in joined.lookups), default=0)


RULE = Rule("push_semi_joins", push_semi_joins, needs_facts=True)
