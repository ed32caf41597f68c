"""What a statement that reads one table asks of it: how many rows, and whether its filters all went down exactly."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


def is_exact(branch: Branch, filters: int) -> bool:
    """Return whether the branch's source keeps just the rows that pass all `filters` of the scan and its mapping's.

    Not where a guard is asked of the rows here.
    """
    if (
        not branch.dialect
        or branch.checked
        or (branch.mapping.where and not branch.own)
        or len(branch.pushed) != filters
    ):
        return False
    told = (*branch.pushed, *branch.own)
    return all(push.raw is not None and push.proof.strength is Strength.EXACT for push in told)


def keeps_own(branch: Branch) -> bool:
    """Return whether the branch's source keeps just the rows that pass its mapping's own `where`."""
    told = all(push.raw is not None and push.proof.strength is Strength.EXACT for push in branch.own)
    return bool(branch.dialect and branch.own) and told


def limit_of(query: Tree) -> int:
    """Return the number of LIMIT, which is known to be one."""
    limit = tree.limit_of(query)
    assert limit is not None, "whoever asks has looked"
    return int(limit.name)


def rows_wanted(query: Tree) -> int | None:
    """Return how many rows LIMIT and OFFSET can use, both numbers as written; None where that is not said."""
    limit, offset = tree.limit_of(query), tree.offset_of(query)
    if not isinstance(limit, exp.Literal) or not limit.name.isdigit():
        return None
    if offset is not None and (not isinstance(offset, exp.Literal) or not offset.name.isdigit()):
        return None
    return int(limit.name) + (int(offset.name) if isinstance(offset, exp.Literal) else 0)


def is_behind(plan: Plan, scan: Scan) -> bool:
    """Return whether a guard's SELECT stands between a scan and the statement."""
    return scan.guard.select is not None and scan.ref.node not in plan.woven


def sole_scan(plan: Plan, *parts: str) -> Scan | None:
    """Return the scan of `SELECT columns FROM one entity [WHERE …]`, whose conjuncts are all filters of the scan.

    `parts` are the further parts that the statement may have (`limit`, `order`). None for any other statement.
    """
    read = [scan for scan in plan.scans if scan.ref.node not in plan.settled]
    return _sole(plan, read[0], parts) if len(read) == 1 and not plan.joints else None


def with_branches(plan: Plan, scan: Scan, branches: tuple[Branch, ...]) -> Plan:
    """Return the plan in which a scan has other branches, the same plan where they are the same."""
    if branches == scan.branches:
        return plan
    changed = replace(scan, branches=branches)
    return replace(plan, scans=tuple(changed if each is scan else each for each in plan.scans))


def sole_merged(plan: Plan, *parts: str) -> tuple[Scan, Scan] | None:
    """Return the scan of records and the merged one of such a statement over a merged entity."""
    if len(plan.scans) != 2:
        return None
    records, merged = plan.scans
    if merged.merge is None or merged.merge.records != records.ref.node or merged.merge.wanted is not None:
        return None
    return (records, merged) if _sole(plan, merged, parts) is not None else None


def _sole(plan: Plan, scan: Scan, parts: tuple[str, ...]) -> Scan | None:
    if plan.system or not _reads_only(plan, scan, parts) or any(filter_.clause is None for filter_ in scan.filters):
        return None
    guard = _guard(plan, scan)
    conjuncts = [part for query in (plan.tree, guard) if query is not None for part in _conjuncts(query)]
    return scan if len(conjuncts) == conjuncts_of(scan) else None


def _conjuncts(query: Tree) -> list[Tree]:
    where = tree.arg(query, "where")
    return tree.conjuncts(where.this if where is not None else None)


def _guard(plan: Plan, scan: Scan) -> Tree | None:
    """Return the SELECT through which the statement reads a scan, None where it reads it itself.

    It selects columns and filters, as the statement does: what one asks of the scan and what the other asks is asked of
    the same rows. Not where what it leaves is put down: of that there is no more to be known than what it is.
    """
    query = plan.query
    if (
        not is_behind(plan, scan)
        or query.apart
        or scan.guard.masks
        or scan.ref.node.removesuffix("_all") not in query.ctes
    ):
        return None
    return scan.guard.select


def _reads_only(plan: Plan, scan: Scan, parts: tuple[str, ...]) -> bool:
    query, guard = plan.tree, _guard(plan, scan)
    own = "with" if guard is not None else "expressions"
    if not isinstance(query, exp.Select) or not tree.has_only(query, "expressions", "from", "where", own, *parts):
        return False
    if guard is not None and {cte.alias for cte in tree.ctes(query)} != {scan.ref.node.removesuffix("_all")}:
        return False
    source, read = tree.arg(query, "from").this, scan.ref.node if guard is None else scan.ref.node.removesuffix("_all")
    if not isinstance(source, exp.Table) or source.name != read or not tree.has_only(source, "this", "alias"):
        return False
    plain = (exp.Column, exp.Star, exp.Literal, exp.Boolean, exp.Null)
    return all(isinstance(each.unalias(), plain) for each in query.expressions)


def conjuncts_of(scan: Scan) -> int:
    """Return how many conjuncts of the query a scan's filters are; -1 where one is only implied by others."""
    return -1 if any(each.implied for each in scan.filters) else len(scan.filters)
