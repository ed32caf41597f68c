"""In which order scans give to each other what they have: small ones to large ones, and none in a circle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from cdi_federate.query.estimate import rows_of_scan
from cdi_federate.query.groups import groups_of
from cdi_federate.query.links import Link
from cdi_federate.query.selectivity import selectivity
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Always
from cdi_federate.stages.cost import NOTHING
from cdi_federate.stages.plan import Scan

WORTH = 10_000
"""Rows of the taker from which on it may pay to look for fewer."""

WORTH_NEAR = 500
"""The same, where the giver's rows are here: a file is read, and its keys are written down, in a millisecond or two."""

Take = Callable[[Link, float, float], float | None]
"""Takes what a link gives, knowing the rows expected of giver and taker; returns the share of the taker's that is left,
None where it took nothing."""


def give(scans: dict[str, Scan], links: Iterable[Link], take: Take, rows_of: Callable[[Scan], float]) -> None:
    """Offer each link once, in an order in which no scan gives before it has taken.

    The scan of which the fewest rows are expected gives first, and takes from none after that; of equals, one that
    cannot take. `rows_of` gives the rows expected of a scan that has taken what it has.
    """
    rows = {node: rows_of(scan) for node, scan in scans.items()}
    able = [link for link in links if _is_able(link, scans)]
    takers = {link.taker for link in able}
    left = list(scans)
    while left:
        giver = min(left, key=lambda node: (rows[node], node in takers))
        left.remove(giver)
        for link in able:
            if link.giver == giver and link.taker in left:
                share = take(link, rows[giver], rows[link.taker])
                rows[link.taker] *= 1.0 if share is None else share


def expected(scan: Scan) -> float:
    """Return the rows expected of a scan, infinity where nothing is known."""
    rows = rows_of_scan(scan) if scan.summary is None else _groups(scan)
    if rows is None:
        return math.inf
    return rows * min((joined.share for branch in scan.branches for joined in branch.joined), default=1.0)


def is_large(rows: float, *, near: bool = False) -> bool:
    """Return whether so many rows are known to be expected that it may pay to look for fewer.

    `near`: what gives the keys is read here, so nobody waits for them.
    """
    return (WORTH_NEAR if near else WORTH) <= rows < math.inf


def is_near(scan: Scan) -> bool:
    """Return whether a scan's rows are read in place, all of them."""
    return not any(branch.dialect for branch in scan.branches)


def share_of(rows: float, giver: Scan) -> float:
    """Return the share of a taker's rows expected to have a partner: that of the giver's that is left.

    Where the giver is whole nothing is known, and all are expected to have one.
    """
    if giver.summary is not None:
        plain = tuple(replace(branch, having=None) for branch in giver.branches)
        every = _groups(replace(giver, branches=plain)) or 0
    else:
        own = [branch.together.sides[0].branch if branch.together else branch for branch in giver.branches]
        every = sum(branch.facts.rows or 0 for branch in own if branch.facts)
    return max(1e-9, min(1.0, rows / every)) if every else 1.0


def _groups(scan: Scan) -> float | None:
    """Return how many groups are expected of a scan of one branch that gives them, None where nothing is known.

    There are no more than rows.
    """
    rows, summary, (branch, *_) = rows_of_scan(scan), scan.summary, scan.branches
    if rows is None or summary is None or branch.facts is None:
        return None
    found = groups_of(branch, summary.keys, summary.grains, rows, NOTHING)
    return rows * selectivity(branch.having or Always(), branch.facts) if found is None else found


def _is_whole(giver: Scan, given: str) -> bool:
    """Whether the rows of a giver have all values of a field that the query sees in it: rows, or groups by it.

    Groups give keys where HAVING leaves few of them.
    """
    summary = giver.summary
    if summary is None:
        return True
    told_apart = {key.lower() for key, grain in zip(summary.keys, summary.grains, strict=True) if not grain}
    return bool(summary.having) and given in told_apart


def _is_able(link: Link, scans: dict[str, Scan]) -> bool:
    """Whether both give rows with the fields, and no error can get lost: a `strict` field's must come for every row."""
    giver, taker = scans[link.giver], scans[link.taker]
    if link.given not in giver.fields or link.field not in taker.fields or not giver.branches:
        return False
    if taker.summary is not None or not _is_whole(giver, link.given):
        return False  # its rows are groups
    if any(branch.checked for branch in giver.branches):
        return False  # what they are checked by is read later
    return not any(schema_of(scan.entity)[name].strict for scan in (giver, taker) for name in scan.fields)
