"""Nodes of any tree: walking, copying, changing a copy, comparing, where they stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from sqlglot import exp

from cdi_federate.errors import Span

Tree = exp.Expr
E = TypeVar("E", bound=exp.Expr)


class Unreadable(Exception):  # noqa: N818 - turned into a CdiError by the stage that asked
    """A text that sqlglot cannot read; `span` is where it stopped."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message, self.span = message, span


def serialise(tree: Tree | None) -> Any:
    """Return a tree as nested tuples that are equal only if the trees are: names with case, literals with kind.

    Positions and comments are left out. sqlglot's own `==` folds case and is not used for comparing meaning.
    """
    if not isinstance(tree, exp.Expr):
        return tree
    parts = []
    for key, value in sorted(tree.args.items()):
        if isinstance(value, exp.Expr):
            parts.append((key, serialise(value)))
        elif isinstance(value, list):
            if value:
                parts.append((key, tuple(serialise(item) for item in value)))
        elif value is not None and value is not False:
            parts.append((key, str(value) if not isinstance(value, str | bool | int) else value))
    return (type(tree).__name__, tuple(parts))


def edit(tree: E) -> E:
    """Return a copy that may be changed; the only way to get one."""
    return tree.copy()


def detached(tree: E) -> E:
    """Return a copy of a subtree, free of its parent."""
    return tree.copy()


def replaced(tree: E, change: Callable[[Tree], Tree | None]) -> E:
    """Return a copy in which every node for which `change` gives a node is replaced by it (outermost first)."""
    return tree.transform(lambda node: change(node) or node)  # type: ignore[return-value]  # the root stays


def rebuilt(
    root: E,
    change: Callable[[Tree], Tree | None],
    *,
    where: tuple[Tree, Tree | None] | None = None,
    ons: Mapping[int, Tree] = MappingProxyType({}),
) -> E:
    """Return a copy in which nodes of `root` are exchanged as `replaced` does.

    One SELECT, the first of `where`, has another WHERE (None: none) and joins, by their identity, another ON. `change`
    is given nodes of `root` itself, so that they may be known by their identity.
    """
    copy = root.copy()
    for old, new in zip(list(root.walk()), list(copy.walk()), strict=True):
        if where is not None and old is where[0]:
            new.set("where", exp.Where(this=where[1]) if where[1] is not None else None)
        if id(old) in ons:
            new.set("using", None)
            new.set("on", ons[id(old)])
        made = change(old)
        if made is not None:
            new.replace(made)
    return copy


def narrow(query: Tree, predicate: Tree | None) -> None:
    """Let a SELECT, in a tree that `edit` gave, keep only rows which satisfy a predicate (None: all of them)."""
    query.set("where", None if predicate is None else exp.Where(this=predicate))


def without_joins(root: E, joins: Collection[int]) -> E:
    """Return a copy of a statement that lacks some joins, given by their identity."""
    copy = root.copy()
    gone = [new for old, new in zip(list(root.walk()), list(copy.walk()), strict=True) if id(old) in joins]
    for join in gone:
        join.pop()
    return copy


def rename(node: E, name: str) -> E:
    """Give an identifier or a call by name another name, in place: only on trees that nobody else holds yet."""
    node.set("this", name)
    return node


def span(node: Tree) -> Span:
    """Return where a node's first identifier or literal stands in the parsed text; (0, 1) where unknown."""
    for part in node.walk(bfs=False):
        if "start" in part.meta:
            start, end = int(part.meta["start"]), int(part.meta["end"])
            return Span(start, end - start + 1)
    return Span(0)


def cast_to(kind: type[E], node: object) -> E:
    """Return the node, which is known to be of a kind."""
    assert isinstance(node, kind)
    return node


def columns_in(node: Tree) -> list[exp.Column]:
    """Return the columns a tree reads."""
    return list(node.find_all(exp.Column))


def literals(root: Tree) -> list[tuple[str, bool]]:
    """Return every literal of a tree, in order, with whether it is text."""
    return [(node.name, bool(node.is_string)) for node in root.find_all(exp.Literal)]


def walk(tree: Tree, *kinds: type[E]) -> Iterator[E]:
    """Yield every node of the given classes, outermost first."""
    yield from tree.find_all(*kinds)


def lowered(tree: E) -> E:
    """Return a copy with the names of columns and tables in lower case, as the engine compares them."""
    copy = edit(tree)
    for node in copy.find_all(exp.Column, exp.Table):
        for part in (node.args.get(key) for key in ("this", "table", "db")):
            if isinstance(part, exp.Identifier):
                part.set("this", part.name.lower())
    return copy


def unnamed(query: E) -> E:
    """Take off, in place, the names `_col_0`, … that sqlglot gives to the nameless columns of an answer."""
    for column in query.expressions if isinstance(query, exp.Select) else []:
        if isinstance(column, exp.Alias) and column.alias.startswith("_col_"):
            column.replace(column.this)
    return query


def assume(node: Tree, type_: str) -> None:
    """Put, in place, a cast around a node that only says its type; `assumed` knows it again."""
    holder = exp.Cast(this=exp.Null(), to=exp.DataType.build(type_))
    holder.meta["assumed"] = True
    node.replace(holder)
    holder.set("this", node)


def assumed(node: Tree) -> bool:
    """Whether a cast only says the type of what stands in it."""
    return bool(node.meta.get("assumed"))
