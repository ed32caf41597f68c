"""What really came, beside what was planned: the figures of fragments and branches, as values and in words."""

from __future__ import annotations

from functools import reduce
from typing import Any

from cdi_federate.stages.actual import Actual, Ran
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.relations import FileScan
from cdi_federate.stages.steps import FederatedPlan, Fragment

MEANING = (
    "rows that came here; bytes as DuckDB lays them out, a text counting 16; ms that a fragment was waited for, and of "
    "what is read in place those of all threads together"
)
"""What the figures mean, in one line."""


def ms(seconds: float) -> float:
    """Return milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)


def figures(actual: Actual | None) -> dict[str, Any] | None:
    """Return figures as plain values; None where they are not known."""
    if actual is None:
        return None
    return {"rows": actual.rows, "bytes": actual.bytes, "ms": ms(actual.seconds), "driver": actual.driver}


def of(plan: FederatedPlan, branch: Branch, ran: Ran | None) -> dict[str, Any] | None:
    """Return the figures of a branch, with the number of branches that they are of (`of_branches`: one read for all).

    None where the query has not run, or where the branch's share is not told apart.
    """
    if ran is None:
        return None
    branches = [each for scan in plan.plan.scans for each in scan.branches]
    if branch.dialect:
        mine = [fragment for fragment in plan.fragments if branch.mapping.qualified in fragment.mappings]
        found = figures(_together(mine, ran))
        sharing = [each for each in branches if mine and each.mapping.qualified in mine[0].mappings]
    else:
        read = _read(branch)
        names = (name for name, leaf in plan.residual.leaves.items() if leaf == read)
        found = figures(ran.leaves.get(next(names, "")))
        sharing = [each for each in branches if not each.dialect and _what(_read(each)) == _what(read)]
    return None if found is None else {**found, "of_branches": len(sharing)}


def _together(fragments: list[Fragment], ran: Ran) -> Actual | None:
    """Return the figures of the only fragment, or of the stretches of one table."""
    known = [ran.fragments[each.name] for each in fragments if each.name in ran.fragments]
    if len(known) < len(fragments) or not known or (len(known) > 1 and not all(each.stretch for each in fragments)):
        return None
    return reduce(Actual.beside, known)


def _read(branch: Branch) -> object:
    return branch.facts.relation if branch.facts and branch.facts.relation else branch.relation


def _what(relation: object) -> object:
    return relation.urls if isinstance(relation, FileScan) else relation


def told(actual: dict[str, Any]) -> str:
    """Return figures in words."""
    others = actual.get("of_branches", 1)
    shared = f", for {others} branches together" if others > 1 else ""
    road = ", by its server's driver" if actual.get("driver") else ""
    return f"{counted(actual['rows'], 'row')}, {size(actual['bytes'])}, {time(actual['ms'])}{road}{shared}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Return a number of bytes, short."""
    for unit, each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= each:
            return f"{number / each:.1f} {unit}"
    return counted(number, "byte")


def time(milliseconds: float) -> str:
    """Return milliseconds, short."""
    return f"{milliseconds:,.0f} ms" if milliseconds >= 100 else f"{milliseconds:.1f} ms"
