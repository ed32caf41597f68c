"""Ask a database only for rows that have a partner: the keys of a small scan are collected first and then told to it.

Sound because a link (`links.py`) says that rows of the taker whose field is none of the giver's values are not needed,
whatever the giver holds. So the giver may be narrowed before by its own filters and by keys of others, and the taker by
several givers; each is kept while the query runs, so the keys are those of the rows that are joined. Keys are collected
in an order without a circle. A clause made of keys is proved and told as a filter is, or not at all.
Keys of rows that a guard leaves out are not told where a statement can fail (`unseen.py`).
Not for a scan with a `strict` field, whose error must come for every row that the query reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cdi_federate.query.declared import gathers
from cdi_federate.query.giving import WORTH_NEAR, expected, give, is_large, is_near, share_of
from cdi_federate.query.keys_cost import keys_pay
from cdi_federate.query.links import Link
from cdi_federate.query.offers import offers
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.seen import seen_rows
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.twins import twins
from cdi_federate.query.unseen import is_named, steady
from cdi_federate.stages.clauses import Clause, Known, literals
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.plan import Branch, Keyed, Plan, Scan

MOST_KEYS = 50_000
"""Keys that are told to a source at most: beyond, writing and reading them costs what a table of them does."""

FEW_KEYS = 10_000
"""Keys up to which it is tried, since too many are found out in time; for more it must be expected to pay."""

MOST_GIVERS = 3
"""Key sets that one scan is told at most."""

HOPE = 10
"""How many times fewer rows than expected a filtered giver is hoped to have: how much a condition keeps is a guess, and
trying costs little, for the giver is read once either way, and too many keys are not told. A run shows better."""


def push_keys(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Scan.keyed` filled, and what was decided by cost noted."""
    if len(plan.scans) < 2:
        return plan
    scans = {scan.ref.node: replace(scan, keyed=()) for scan in plan.asked}
    found = offers(plan, scans)
    taking = _Taking(scans, context, steady(plan), gathers(plan.tree))
    if found:
        give(scans, found, taking.take, taking.rows)
    keyed = taking.useful()
    every = tuple(replace(scan, keyed=keyed.get(scan.ref.node, ())) for scan in plan.every)
    same = twins(every)
    every = tuple(_of_first(scan, same) for scan in every)
    if every == plan.every and not taking.decisions:
        return plan
    asked = {scan.ref.node: scan for scan in every}
    joints = tuple(replace(joint, scan=asked[joint.scan.ref.node]) for joint in plan.joints)
    own = tuple(asked[scan.ref.node] for scan in plan.scans)
    return replace(plan, scans=own, joints=joints, decisions=(*plan.decisions, *taking.decisions))


STEP = 1_000
"""Keys of rows that are here which a small table is told though that saves no time, if it gives fewer keys for it."""


HALF = 0.5
"""The share of a small table that is left at most where it is told what saves no time."""


NAMED, MANY = 1.0, 1e15
"""Rows that are taken to be expected of a scan where hidden ones must not be counted."""


class _Taking:
    """What scans have taken, while they are offered keys."""

    def __init__(self, scans: dict[str, Scan], context: Context, steady: frozenset[str], gathered: bool) -> None:
        self._scans, self._context, self._steady, self._gathered = scans, context, steady, gathered
        self._values: dict[tuple[str, str], float] = {}
        """How many different values of a field are left of a scan at most, by node and field."""
        self._steps: set[Keyed] = set()
        """What pays only if the scan that takes it gives keys itself."""
        self.keyed: dict[str, tuple[Keyed, ...]] = {}
        self.decisions: list[Decision] = []

    def take(self, link: Link, giver: float, taker: float) -> float | None:
        """Let a scan take keys, if that is expected to pay; see `giving.Take`."""
        taken, scan, step = self.keyed.get(link.taker, ()), self._scans[link.taker], False
        keys = min(giver, self._values.get((link.giver, link.given), giver))
        if {link.giver, link.taker} <= self._steady:
            if giver > NAMED:
                return None
            most = FEW_KEYS
        elif is_near(scan):
            most = FEW_KEYS
            if giver > taker and not self._context.eager:
                return None
        else:
            at = self._decisions(link, giver, taker, keys)
            pays = self._context.eager or any(decision.pays for decision in at)
            step = not pays and is_near(self._scans[link.giver]) and keys < min(taker, STEP)
            # A small table is told what is here already if that leaves half of it, whatever it saves.
            pays = pays or (step and taker >= WORTH_NEAR and share_of(giver, self._scans[link.giver]) <= HALF)
            step = step and not pays
            if not (pays or step) or len(taken) == MOST_GIVERS:
                self.decisions.extend(at)
                return None
            self.decisions.extend(() if step else at)
            # What a first set leaves is a guess; of a table that is narrowed by it already a second may leave few.
            bound = taker if taken else taker / 4
            most = FEW_KEYS if self._context.eager or step else int(min(self._most(link), bound))
        keyed = Keyed(link.field, link.giver, link.given, most, link.text)
        self.keyed[link.taker] = (*taken, keyed)
        if step:
            self._steps.add(keyed)
        self._values[link.taker, link.field] = min(keys, self._values.get((link.taker, link.field), keys))
        self._scans[link.taker] = replace(scan, keyed=self.keyed[link.taker])
        if link.taker in self._steady:
            return NAMED / taker
        if (seen := self._seen(self._scans[link.taker])) is not None:
            return min(1.0, max(seen, 1.0) / max(taker, 1.0))
        return share_of(giver, self._scans[link.giver])

    def useful(self) -> dict[str, tuple[Keyed, ...]]:
        """Return what scans take without what only narrows rows that give no keys to a source."""
        useful: dict[str, tuple[Keyed, ...]] = {}
        waiting = [node for node, keyed in self.keyed.items() if not is_near(self._scans[node])
                   and any(each not in self._steps for each in keyed)]  # fmt: skip
        giving = {each.giver for node in waiting for each in self.keyed[node] if each not in self._steps}
        waiting += giving
        while waiting:
            node = waiting.pop()
            if node in useful or node not in self.keyed:
                continue
            gives = node in giving
            useful[node] = tuple(each for each in self.keyed[node] if gives or each not in self._steps)
            giving |= {each.giver for each in useful[node]}
            waiting += [each.giver for each in useful[node]]
        return useful

    def rows(self, scan: Scan) -> float:
        """Return the rows expected of a scan that has taken what it has, infinity where nothing is known.

        Where these must not follow hidden rows, few of what the statement names or that has taken keys, else many.
        """
        if scan.ref.node in self._steady:
            return NAMED if is_named(scan) or scan.ref.node in self.keyed else MANY
        seen = self._seen(scan)
        return expected(scan) if seen is None else seen

    def _seen(self, scan: Scan) -> float | None:
        return None if self._context.eager else seen_rows(scan, self._scans, self._context.costs)

    def _decisions(self, link: Link, giver: float, taker: float, keys: float) -> tuple[Decision, ...]:
        """Say for each source of a large scan whether telling it few keys should be faster than fetching all."""
        scan = self._scans[link.giver]
        hope = HOPE if self._is_unsure(scan) else 1
        if giver > taker or keys / hope > MOST_KEYS or not is_large(taker, near=is_near(scan)):
            return ()
        share = share_of(giver / hope, scan)
        return tuple(self._pay(keys / hope, *told, share) for told in self._told(link))

    def _is_unsure(self, scan: Scan) -> bool:
        """Whether how many rows are left of a scan is guessed: no run has shown it."""
        if self._seen(scan) is not None:
            return False
        return (
            any(filter_.clause is None or not _keeps_most(filter_.clause) for filter_ in scan.filters)
            or scan.summary is not None
            or any(self._is_unsure(self._scans[each.giver]) for each in scan.keyed)
        )

    def _most(self, link: Link) -> int:
        """Return up to how many keys it is expected to pay to tell them to every source of a scan."""
        most = FEW_KEYS
        for keys in (20_000, 30_000, 40_000, MOST_KEYS):
            if not all(self._pay(keys, *told).pays for told in self._told(link)):
                break
            most = keys
        return most

    def _pay(self, keys: float, branch: Branch, column: str, share: float | None = None) -> Decision:
        return keys_pay(keys, branch, column, self._context.costs, share, gathered=self._gathered)

    def _told(self, link: Link) -> Iterator[tuple[Branch, str]]:
        for branch in self._scans[link.taker].branches:
            shape = branch.shapes.get(link.field)
            if branch.dialect and shape is not None:
                yield from ((branch, raw) for raw in columns_of(shape)[:1])


def _keeps_most(clause: Clause) -> bool:
    """Whether a clause asks for nothing but a value: how many rows have none is counted, or few do."""
    return all(isinstance(literal, Known) for literal in literals(clause))


def _of_first(scan: Scan, same: dict[str, str]) -> Scan:
    """Return a scan that takes keys of the first of each giver's twins, each set once."""
    keyed = {(each.field, same[each.giver], each.given): replace(each, giver=same[each.giver]) for each in scan.keyed}
    return replace(scan, keyed=tuple(keyed.values())) if keyed else scan


RULE = Rule("push_keys", push_keys, needs_facts=True)
