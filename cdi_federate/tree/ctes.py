"""Common table expressions: which one a name means, and putting definitions before a statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from cdi_federate.tree.make import quoted
from cdi_federate.tree.nodes import Tree, cast_to, edit
from cdi_federate.tree.words import text, tokens


def cte_texts(query: Tree, names: Collection[str]) -> list[str]:
    """Return the definitions of a query's CTEs of the given names as text; the query is spent."""
    return [text(cte, spent=True) for cte in ctes(query) if cte.alias in names]


def after_ctes(statement: str, definitions: Sequence[str]) -> str:
    """Return a statement's own words with definitions of CTEs put before its own ones."""
    if not definitions:
        return statement
    given = ", ".join(definitions)
    words = tokens(statement)
    if words[0].text.upper() != "WITH":
        return f"WITH {given} {statement}"
    last = words[1] if words[1].text.upper() == "RECURSIVE" else words[0]
    return f"{statement[: last.end + 1]} {given}, {statement[last.end + 1 :]}"


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
