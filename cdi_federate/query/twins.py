"""Scans of which the very same rows are kept: one of them is kept for all, and gives its keys for all.

… WHERE l_quantity < (SELECT avg(…) FROM partsupp, supplier, nation WHERE … AND n_name = 'GERMANY')
  and around it        FROM partsupp, supplier, nation WHERE … AND n_name = 'GERMANY'
  both suppliers take the keys of one nation, both partsupps those of one supplier: one fragment is sent
"""

from __future__ import annotations

from collections.abc import Iterable

from cdi_federate import tree
from cdi_federate.stages.plan import Branch, Filter, Scan


def twins(scans: Iterable[Scan]) -> dict[str, str]:
    """Return for each scan, by node, the first whose kept rows are the same: itself, where no other's are.

    Alike are what is read, what it is filtered by at its sources and here, and whose keys it takes. Givers take before
    they give, so there is no circle.
    """
    known = {scan.ref.node: scan for scan in scans}
    found: dict[str, str] = {}
    first: dict[tuple[object, ...], str] = {}

    def same(node: str) -> str:
        if node not in found:
            key = _key(known[node], [same(keyed.giver) for keyed in known[node].keyed])
            found[node] = first.setdefault(key, node) if _may_be_alike(known[node]) else node
        return found[node]

    for node in known:
        same(node)
    return found


def _may_be_alike(scan: Scan) -> bool:
    plain = scan.summary is None and scan.merge is None and not scan.feeds and not scan.named
    plain = plain and all(branch.together is None for branch in scan.branches)
    return plain and scan.guard.select is None


def _key(scan: Scan, givers: list[str]) -> tuple[object, ...]:
    keyed = frozenset(
        (each.field, giver, each.given, each.most) for each, giver in zip(scan.keyed, givers, strict=True)
    )
    branches = tuple(said(branch) for branch in scan.branches)
    guard = (scan.guard.entity, scan.guard.denied, scan.guard.sources)
    return scan.entity.name, guard, scan.fields, branches, tuple(map(_filtered, scan.filters)), keyed


def _filtered(filter_: Filter) -> tuple[object, ...]:
    return filter_.clause, None if filter_.here is None else tree.text(filter_.here)


def said(branch: Branch) -> tuple[object, ...]:
    """Return what a branch's source is told of the rows that are wanted."""
    told = tuple(push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None)
    joined = tuple((each.giver, each.field) for each in branch.joined)
    met = tuple(
        (each.otherwise, *((said(side.branch), side.names, equal) for side, equal in each.sides))
        for each in branch.partners
    )
    checked = tuple(map(tree.text, branch.checked))
    return branch.mapping.qualified, told, joined, met, checked, branch.limit, branch.order, branch.once, branch.bare
