"""Whether rows that a guard leaves out might decide which rows of other tables are read.

In a statement that can fail they must not: it fails for a row of another table just if that row is read, and so would
tell whether there is a hidden row that refers to it. Where nothing can fail nobody sees which rows are read.
"""

from __future__ import annotations

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.weaving import conjuncts, looked_into
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


def may_give(plan: Plan, giver: Scan, taker: Scan) -> bool:
    """Return whether keys of a scan's kept rows are those of rows that may be seen (see `asked_here`), or need not be.

    They need not where only a guard looks into the taker: nothing that the statement says is asked of its rows.
    """
    if not _hides(plan, giver) or not any(map(looked_into, conjuncts(giver.guard))):
        return True
    return taker.ref.node.removesuffix("_all") not in {ref.node for ref in plan.query.bound.tables}


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
