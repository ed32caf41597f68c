"""Reading the parts of a query, by the house's names for them."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from cdi_federate.tree.nodes import Tree


def arg(node: Tree, key: str) -> Any:
    """Return one argument of a node by the house's name for it: `from`, `with`, `where`, …"""
    return node.args.get(_KEYS.get(key, key))


_KEYS = {"from": "from_", "with": "with_"}


def conjuncts(predicate: Tree | None) -> list[Tree]:
    """Return the parts of a conjunction, left to right, parentheses taken off."""
    if predicate is None:
        return []
    inner = predicate.unnest()
    if isinstance(inner, exp.And):
        return [found for part in chained(inner) for found in conjuncts(part)]
    return [inner]


def disjuncts(predicate: Tree) -> list[Tree]:
    """Return the parts of a disjunction, left to right, parentheses taken off; none of what is not one."""
    inner = predicate.unnest()
    return [part.unnest() for part in chained(inner)] if isinstance(inner, exp.Or) else []


def chained(connector: exp.Connector) -> list[Tree]:
    """Return the parts of `a AND b AND c` (or OR), left to right: however long the chain, it is no deep tree to us."""
    parts: list[Tree] = []
    kind, node = type(connector), connector
    while isinstance(node, kind):
        parts.append(node.expression)
        node = node.this
    return [node, *reversed(parts)]


def joins_of(query: Tree) -> list[exp.Join]:
    """Return the joins that follow a query's first table (or stand inside a table in parentheses)."""
    return list(query.args.get("joins") or [])


def join_kind(join: exp.Join) -> str:
    """Return INNER (also CROSS and comma), LEFT, RIGHT, FULL, SEMI, ANTI, ASOF…, POSITIONAL or OTHER."""
    method, side, kind = (str(join.args.get(key) or "").upper() for key in ("method", "side", "kind"))
    if method == "ASOF":
        return f"ASOF {side}".strip()
    if method == "POSITIONAL" or kind == "POSITIONAL":
        return "POSITIONAL"
    if kind in ("SEMI", "ANTI"):
        return kind if not side or side == "LEFT" else "OTHER"
    if side in ("LEFT", "RIGHT", "FULL"):
        return side
    return "INNER" if kind in ("", "INNER", "CROSS") and method in ("", "NATURAL") else "OTHER"


def names_used(join: exp.Join) -> list[str]:
    """Return the names of a join's USING, in lower case."""
    return [name.name.lower() for name in join.args.get("using") or []]


def is_natural(join: exp.Join) -> bool:
    """Return whether a join is made by all names that both sides have."""
    return str(join.args.get("method") or "").upper() == "NATURAL"


def in_values(node: exp.In) -> list[Tree] | None:
    """Return the values of `x IN (values)`; None where IN has a subquery, a list or a column instead."""
    others = [key for key, value in node.args.items() if value and key not in ("this", "expressions")]
    return None if others or any(isinstance(value, exp.Tuple) for value in node.expressions) else list(node.expressions)


def only_feeds_a_from(query: exp.Select) -> bool:
    """Return whether a SELECT's columns are read by name only: a table of a FROM or a CTE.

    Not by DISTINCT, GROUP BY ALL, ORDER BY ALL or ORDER BY 2, which read all of them, or one by its place.
    """
    holder = query.parent
    if holder is None or has_column_aliases(holder):
        return False
    if not has_only(query, "expressions", "from", "joins", "where", "with", "limit", "offset"):
        return False
    if isinstance(holder, exp.CTE):
        own = holder.parent
        return isinstance(own, exp.With) and not own.args.get("recursive")
    return isinstance(holder, exp.Subquery) and isinstance(holder.parent, exp.From | exp.Join) and not joins_of(holder)


def union_arms(query: Tree) -> list[exp.Select]:
    """Return the SELECTs of a UNION ALL by position, or the one SELECT; empty for anything else."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.Select):
        return [inner]
    if not isinstance(inner, exp.Union) or inner.args.get("distinct") or is_by_column_name(inner):
        return []
    if any(inner.args.get(key) for key in ("limit", "offset", "order")):
        return []
    left, right = union_arms(inner.left), union_arms(inner.right)
    return [*left, *right] if left and right else []


def is_by_column_name(operation: exp.SetOperation) -> bool:
    """Return whether a set operation pairs columns BY NAME."""
    return bool(operation.args.get("by_name"))


def is_plain_star(star: exp.Star) -> bool:
    """Return whether a star has no EXCLUDE, REPLACE or RENAME."""
    return not any(star.args.values())


def is_by_name(join: exp.Join) -> bool:
    """Return whether a join pairs columns without naming them: NATURAL or POSITIONAL."""
    return str(join.args.get("method") or "").upper() in ("NATURAL", "POSITIONAL")


def gives_a_name(identifier: exp.Identifier) -> bool:
    """Return whether an identifier is a table's name or an alias, so that it reads no column."""
    parent = identifier.parent
    if isinstance(parent, exp.Table):
        return identifier.arg_key in ("this", "db", "catalog")
    return (isinstance(parent, exp.TableAlias) and identifier.arg_key == "this") or (
        isinstance(parent, exp.Alias | exp.CTE | exp.WindowSpec) and identifier.arg_key == "alias"
    )


def orders_by_alias(column: exp.Column) -> bool:
    """Return whether a bare name is a sort key of a SELECT that gives a column this alias, which is meant then."""
    order = column.parent
    query = order.parent.parent if isinstance(order, exp.Ordered) and order.parent is not None else None
    if not isinstance(query, exp.Select) or column.table:
        return False
    return any(isinstance(e, exp.Alias) and e.alias.lower() == column.name.lower() for e in query.expressions)


def has_column_aliases(node: Tree) -> bool:
    """Return whether a table of a FROM renames its columns: `t AS a(b, c)`."""
    alias = node.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.args.get("columns"))


def limit_of(query: Tree) -> Tree | None:
    """Return the number of a LIMIT that counts rows; None for no LIMIT, a percentage, or FETCH."""
    limit = query.args.get("limit")
    if not isinstance(limit, exp.Limit) or limit.args.get("limit_options") is not None:
        return None
    given: Tree | None = limit.expression
    return given


def offset_of(query: Tree) -> Tree | None:
    """Return the expression of a query's OFFSET."""
    node = query.args.get("offset")
    given: Tree | None = node.expression if isinstance(node, exp.Offset) else None
    return given


def has_only(node: Tree, *keys: str) -> bool:
    """Return whether a node has nothing but the named parts (the house's names: `from`, `where`, …)."""
    allowed = {_KEYS.get(key, key) for key in keys}
    return all(key in allowed for key, value in node.args.items() if value)


def is_plain(function: Tree) -> bool:
    """Return whether a function node has its first argument and nothing else."""
    return [key for key, value in function.args.items() if value] == ["this"]
