"""Ask a database only for rows that have a partner: the keys of a small scan are collected first and then told to it.

Sound because a link (`links.py`) says that rows of the taker whose field is none of the giver's values are not needed,
whatever the giver holds. So the giver may be narrowed before by its own filters and by keys of others, and the taker by
several givers; each is kept while the query runs, so the keys are those of the rows that are joined. Keys are collected
in an order without a circle. A clause made of keys is proved and told as a filter is, or not at all.
Not for a scan with a `strict` field, whose error must come for every row that the query reads.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from cdi_federate.query.cost import keys_pay
from cdi_federate.query.giving import give, is_large, share_of
from cdi_federate.query.links import Link, links
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.telling import told
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Value, Within
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.plan import Branch, Keyed, Plan, Scan
from cdi_federate.stages.types import type_info

MOST_KEYS = 10_000
"""Keys that are told to a source at most: beyond, writing and reading them costs what a table of them does."""

MOST_GIVERS = 3
"""Key sets that one scan is told at most."""

HOPE = 10
"""How many times fewer rows than expected a filtered giver is hoped to have: how much a condition keeps is a guess, and
trying costs little, for the giver is read once either way, and too many keys are not told."""


def push_keys(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Scan.keyed` filled, and what was decided by cost noted."""
    if len(plan.scans) < 2:
        return plan
    scans = {scan.ref.node: scan for scan in plan.scans if scan.ref.node not in plan.joined}
    found = [link for link in links(plan.tree, scans) if _can_be_told(link, scans[link.taker])]
    keyed: dict[str, list[Keyed]] = {}
    decisions: list[Decision] = []

    def take(link: Link, giver: float, taker: float) -> float | None:
        taken = keyed.setdefault(link.taker, [])
        at = _decisions(link, giver, taker, scans, context)
        decisions.extend(at)
        if not (context.eager or any(decision.pays for decision in at)) or len(taken) == MOST_GIVERS:
            return None
        most = MOST_KEYS if context.eager else int(min(MOST_KEYS, taker / 4))
        taken.append(Keyed(link.field, link.giver, link.given, most, link.text))
        return share_of(giver, scans[link.giver])

    if found:
        give(scans, found, take)
    asked = tuple(replace(scan, keyed=tuple(keyed.get(scan.ref.node, ()))) for scan in plan.scans)
    if asked == plan.scans and not decisions:
        return plan
    return replace(plan, scans=asked, decisions=(*plan.decisions, *decisions))


def _can_be_told(link: Link, taker: Scan) -> bool:
    """Whether some source of the taker can be told keys, and does not look up the giver's rows itself."""
    sample = _SAMPLES[type_info(schema_of(taker.entity)[link.field].type).family]
    return any(
        told(Within(link.field, (sample,)), branch, taker.entity)[0] is not None
        for branch in taker.branches
        if branch.dialect and branch.facts is not None and not _looks_up(link, branch)
    )


def _decisions(
    link: Link, giver: float, taker: float, scans: dict[str, Scan], context: Context
) -> tuple[Decision, ...]:
    """Say for each source of a large scan whether it is expected to be faster to tell it few keys than to fetch all."""
    hoped = giver / HOPE if scans[link.giver].filters else giver
    if giver > taker or hoped > MOST_KEYS or not is_large(taker):
        return ()
    return tuple(
        keys_pay(hoped, branch, raw, context.costs)
        for branch in scans[link.taker].branches
        if branch.dialect and (shape := branch.shapes.get(link.field)) is not None
        for raw in columns_of(shape)[:1]
    )


def _looks_up(link: Link, branch: Branch) -> bool:
    return any((joined.giver, joined.field) == (link.giver, link.field) for joined in branch.joined)


_SAMPLES: dict[str, Value] = {
    "integer": 1, "decimal": Decimal(1), "text": "a", "date": date(2000, 1, 1), "timestamp": datetime(2000, 1, 1),
}  # fmt: skip


RULE = Rule("push_keys", push_keys, needs_facts=True)
