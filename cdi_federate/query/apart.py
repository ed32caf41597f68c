"""Guarded rows that are put down before the statement is planned: `fencing.py` says when.

    Keep "cdi_1_kept":  WITH "cdi_1_all" AS (…), "cdi_1" AS (<guard>) SELECT * FROM "cdi_1"
    residual:           WITH "cdi_1" AS (SELECT * FROM "cdi_1_kept") <the user's statement>

The kept rows are those of the role, and so is all that the engine knows of them: how many there are, the least and the
greatest. What only guards read stays with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.query.keeping import kept_name
from cdi_federate.query.parts import Parts
from cdi_federate.query.shapes import ALIAS
from cdi_federate.stages.query import AuthorisedQuery
from cdi_federate.stages.relations import KeptRows, Leaf
from cdi_federate.stages.steps import Keep, Residual
from cdi_federate.tree import Tree

Ctes = list[tuple[str, Tree, bool | None]]


def put_down(ctes: Ctes, query: AuthorisedQuery, parts: Parts) -> list[Keep]:
    """Return the steps that keep what guards leave of the mentions of a statement, where they leave rows out."""
    theirs = {ref.node for ref in query.bound.tables}
    steps: list[Keep] = []
    for name in (cte[0] for cte in ctes if cte[0] in theirs and query.filters(cte[0])):
        read = _read_by(name, ctes)
        rows = tree.with_ctes(tree.select([tree.star()], tree.table(name)), [cte for cte in ctes if cte[0] in read])
        steps.append(Keep(kept_name(name), Residual(rows, MappingProxyType(leaves_of(rows, parts.leaves)))))
    return steps


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
