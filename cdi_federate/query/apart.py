"""Guarded rows that are put down before the statement is planned: `fencing.py` says when.

    Keep "cdi_1_kept":  WITH "cdi_1_all" AS (…), "cdi_1" AS (<guard>) SELECT * FROM "cdi_1" AS t [WHERE t.email = 'x']
    residual:           WITH "cdi_1" AS (SELECT * FROM "cdi_1_kept") <the user's statement>

The kept rows are those of the role, and so is all that the engine knows of them: how many there are, the least and the
greatest. What only guards read stays with them. What the statement compares with constants narrows them already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.keeping import kept_name
from cdi_federate.query.parts import Parts
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.spell import in_place
from cdi_federate.stages.clauses import columns, is_sayable
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.relations import KeptRows, Leaf
from cdi_federate.stages.steps import Keep, Residual
from cdi_federate.tree import Tree

Ctes = list[tuple[str, Tree, bool | None]]


def put_down(ctes: Ctes, plan: Plan, parts: Parts) -> list[Keep]:
    """Return the steps that keep what guards leave of the mentions of a statement, where they leave rows out."""
    query = plan.query
    theirs = {ref.node for ref in query.bound.tables}
    scans = {scan.ref.node: scan for scan in plan.scans}
    steps: list[Keep] = []
    for name in (cte[0] for cte in ctes if cte[0] in theirs and query.filters(cte[0])):
        read, scan = _read_by(name, ctes), scans.get(f"{name}_all")
        wanted = [] if scan is None else _wanted(scan, query.guards[f"{name}_all"])
        where = tree.all_of(*wanted) if wanted else None
        statement = tree.select([tree.star()], tree.table(name, alias=ALIAS), where=where)
        rows = tree.with_ctes(statement, [cte for cte in ctes if cte[0] in read])
        steps.append(Keep(kept_name(name), Residual(rows, MappingProxyType(leaves_of(rows, parts.leaves)))))
    return steps


def _wanted(scan: Scan, guard: Guard) -> list[Tree]:
    """Return what the statement asks of all rows of a mention, as `t`, as far as it is no part of the guard.

    Only comparisons of fields that the guard shows as they are: none can fail, whatever the engine asks first.
    """
    outputs = guard.select.expressions if isinstance(guard.select, exp.Select) else []
    shown = {each.alias_or_name.lower() for each in outputs if _shows(each)}
    own = {tree.text(part) for part in tree.conjuncts(guard.row_filter)}
    asked = [each.clause for each in scan.filters if each.clause is not None and each.text not in own]
    return [in_place(clause, NO_FACTS) for clause in asked if is_sayable(clause) and shown.issuperset(columns(clause))]


def _shows(output: Tree) -> bool:
    """Whether an output is a field by its own name."""
    bare = output.unalias()
    return isinstance(bare, exp.Column) and bare.name.lower() == output.alias_or_name.lower()


def read_back(ctes: Ctes, steps: Sequence[Keep], parts: Parts) -> Ctes:
    """Return the CTEs of the statement itself: guarded mentions read what was kept, and that is all of them."""
    kept = {step.name for step in steps}
    after: Ctes = []
    for name, query, materialised in ctes:
        if kept_name(name) in kept:
            leaf = parts.leaf(KeptRows(kept_name(name)))
            after.append((name, tree.select([tree.star()], tree.table(leaf, alias=ALIAS)), False))
        else:
            after.append((name, query, materialised))
    gone = {name for cte in ctes if kept_name(cte[0]) in kept for name in _read_by(cte[0], ctes)}
    needed = {name for name, *_ in after if name not in gone or kept_name(name) in kept}
    needed |= {name for each in list(needed) for name in _read_by(each, after)}
    return [cte for cte in after if cte[0] in needed]


def leaves_of(statement: Tree, leaves: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """Return the leaves that a statement reads."""
    read = tree.tables_in(statement)
    return {name: leaf for name, leaf in leaves.items() if name in read}


def _read_by(name: str, ctes: Ctes) -> set[str]:
    """Return a CTE and all that it reads, by their names."""
    bodies = {each: query for each, query, _ in ctes}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in bodies and each not in found:
            found.add(each)
            waiting += tree.tables_in(bodies[each])
    return found
