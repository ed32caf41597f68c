"""Common table expressions: which one a name means, and putting definitions before a statement."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlglot import exp

from cdi_federate.tree.make import quoted
from cdi_federate.tree.nodes import Tree, cast_to, edit
from cdi_federate.tree.words import tokens


def parted(statement: str) -> tuple[str, str]:
    """Return a statement in two: its own WITH [RECURSIVE], empty where it has none, and what follows.

    Between the two, definitions of CTEs may be put before its own ones.
    """
    if _NO_WITH.match(statement):
        return "", statement
    words = tokens(statement)
    if words[0].text.upper() != "WITH":
        return "", statement
    last = words[1] if words[1].text.upper() == "RECURSIVE" else words[0]
    return statement[: last.end + 1], statement[last.end + 1 :]


_NO_WITH = re.compile(r"\s*[A-VX-Z(]", re.IGNORECASE)
"""The beginning of most statements, whose words need not be told apart to see that they do not begin with WITH."""


def cte_of(node: exp.Table) -> exp.CTE | None:
    """Return the CTE that a mention names, None for a table, and for a CTE that reads itself."""
    name = node.name.lower()
    child: Tree = node
    inside = node.parent
    while inside is not None:
        own = inside if isinstance(inside, exp.With) else inside.args.get("with_")
        if isinstance(own, exp.With) and child is not own:
            for cte in own.expressions:
                if cte is child:
                    break
                if cte.alias.lower() == name:
                    return None if own.args.get("recursive") else cast_to(exp.CTE, cte)
        child, inside = inside, inside.parent
    return None


def mentions_of(cte: exp.CTE) -> int:
    """Return how often the name of a CTE stands in a FROM, anywhere in the statement."""
    name = cte.alias.lower()
    return sum(node.name.lower() == name for node in cte.root().find_all(exp.Table))


def ctes(query: Tree) -> list[exp.CTE]:
    """Return the CTEs that a query defines itself."""
    node = query.args.get("with_")
    return list(node.expressions) if isinstance(node, exp.With) else []


def without_ctes(query: Tree, names: Collection[str]) -> Tree:
    """Return a copy of a query without those of its own CTEs that have one of the names."""
    copy = edit(query)
    own = copy.args.get("with_")
    if isinstance(own, exp.With):
        left = [cte for cte in own.expressions if cte.alias not in names]
        own.set("expressions", left)
        copy.set("with_", own if left else None)
    return copy


def with_ctes(query: Tree, named: Sequence[tuple[str, Tree, bool | None]]) -> Tree:
    """Return a copy of a query with CTEs put before its own: (name, query, materialised or None for the default)."""
    copy = edit(query)
    new = [
        exp.CTE(this=body, alias=exp.TableAlias(this=quoted(name)), **({} if kept is None else {"materialized": kept}))
        for name, body, kept in named
    ]
    own = copy.args.get("with_")
    if isinstance(own, exp.With):
        own.set("expressions", [*new, *own.expressions])
    elif new:
        copy.set("with_", exp.With(expressions=new))
    return copy
