"""What hidden rows must not decide: which rows of other tables are read, where a statement can fail.

It fails for a row just if that row is read, and so would tell whether there is a hidden row that refers to it; or,
where how many rows a table has decides who gives keys to whom, how many are hidden. So in such a statement tables give
keys to each other, and come together, by what the statement says alone: that a field is one of some constants. Where
nothing can fail nobody sees which rows are read, and where only a guard looks into a table, nothing that can fail is
asked of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.copies import is_constant
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.weaving import conjuncts, looked_into
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


def steady(plan: Plan) -> frozenset[str]:
    """Return the scans, by node, of which what is read follows the statement alone: all of its own, if it can fail."""
    return of_statement(plan) if plan.query.apart else frozenset()


def of_statement(plan: Plan) -> frozenset[str]:
    """Return the scans, by node, of the tables that the statement mentions; into others only guards look."""
    theirs = {ref.node for ref in plan.query.bound.tables}
    nodes = (scan.ref.node for scan in plan.every)
    return frozenset(node for node in nodes if node.removesuffix("_joined").removesuffix("_all") in theirs)


def is_named(scan: Scan) -> bool:
    """Return whether the statement says of a field of a scan that it is one of some constants."""
    return any(is_constant(each.clause) for each in scan.filters)


def are_named(nodes: Iterable[str], scans: Mapping[str, Scan]) -> bool:
    """Return whether the statement says so of some of these scans."""
    return any(is_named(scans[node]) for node in nodes)


def may_give(plan: Plan, giver: Scan, taker: Scan) -> bool:
    """Return whether keys of a scan are those of rows that may be seen (see `asked_here`), or need not be."""
    looks = _hides(plan, giver) and any(map(looked_into, conjuncts(giver.guard)))
    return not looks or taker.ref.node not in steady(plan)


def asked_here(plan: Plan, scan: Scan) -> list[Tree]:
    """Return what is asked of rows, as `t`, before their keys are taken: all of the guard that speaks of them alone."""
    if not _hides(plan, scan):
        return []
    return [tree.replaced(part, _own) for part in conjuncts(scan.guard) if not looked_into(part)]


def is_told(plan: Plan, scan: Scan) -> bool:
    """Return whether every source of a scan keeps just the rows that may be seen."""
    if not _hides(plan, scan):
        return True
    words = [tree.text(part) for part in conjuncts(scan.guard)]
    exact = [{push.text for push in branch.pushed if push.raw is not None and push.proof.strength is Strength.EXACT}
             for branch in scan.branches]  # fmt: skip
    return all(told.issuperset(words) for told in exact)


def _hides(plan: Plan, scan: Scan) -> bool:
    return plan.query.apart and scan.guard.row_filter is not None


def _own(node: Tree) -> Tree | None:
    return tree.column(node.name, ALIAS) if isinstance(node, exp.Column) else None
