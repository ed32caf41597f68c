"""Which predicates of a query speak of one scan alone, and stand where rows that fail them can be left out early.

The query is not changed: what is found here may be copied inside the scan. For that it must be certain that every name
in the predicate belongs to the scan (`scope.py`), and sound to drop the scan's other rows before the joins:

- WHERE over a table of an inner or cross join, or on the preserved side of an outer join: always.
- WHERE over a table on the null-supplying side: only if the predicate is not TRUE on NULL, for the rows it loses
  come back extended by NULLs (`must_reject_null`).
- ON of an inner or semi join, or of an outer join over its null-supplying side: rows that fail match nothing.
- WHERE and ON over a subquery or a CTE used once, if that only selects columns: as a WHERE inside it.
- WHERE that is an OR over several tables has in it a condition over each that all its alternatives speak of.
- Never: ON over the preserved side, anti joins, the right side of ASOF (it would find another nearest row), positional
  joins, and tables that are sampled, pivoted or have their columns renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.alternatives import of_each
from cdi_federate.query.masks import is_mask
from cdi_federate.query.scope import Item, from_items, resolve
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Scan
from cdi_federate.stages.proof import Reason
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Mention:
    """A conjunct that reads one scan, or what one over several implies of it. `refused`: why it may not be copied."""

    node: str
    predicate: Tree
    must_reject_null: bool = False
    refused: Reason | None = None
    implied: bool = False


def mentions(root: Tree, scans: Mapping[str, Scan]) -> Iterator[Mention]:
    """Yield the conjuncts of every WHERE and ON in the query that read exactly one scan."""
    for query in tree.walk(root, exp.Select):
        items, ons = from_items(query, scans)
        for on in ons:
            for part in tree.conjuncts(on.condition):
                yield from _of(part, on.visible, on.filters, scans)
        where = tree.arg(query, "where")
        if where is not None:
            for part in tree.conjuncts(where.this):
                yield from _of(part, items, None, scans)
                for implied in of_each(part, lambda each: _alias(each, items)):  # noqa: B023 - used at once
                    yield from (replace(mention, implied=True) for mention in _of(implied, items, None, scans))


def _alias(predicate: Tree, items: list[Item]) -> str:
    """Return the alias of the one table of which a predicate speaks; empty where it is not certainly one."""
    owner = _owner(predicate, items)
    return "" if owner is None else owner.alias


def _of(
    part: Tree,
    items: Iterable[Item],
    filters: frozenset[str] | None,
    scans: Mapping[str, Scan],
    must_reject_null: bool = False,
) -> Iterator[Mention]:
    item = _owner(part, list(items))
    if item is None:
        return
    refused = item.closed
    if filters is not None and item.alias not in filters:
        refused = refused or Reason.OUTER_JOIN
    must_reject_null = must_reject_null or item.nullable
    if item.node:
        yield Mention(item.node, part, must_reject_null, refused)
    elif item.query is not None and refused is None:
        if not of_one_type(item.query, part, scans):
            return
        for select, predicate in inside(item.query, part):
            yield from _of(predicate, from_items(select, scans)[0], None, scans, must_reject_null)


def _owner(predicate: Tree, items: list[Item]) -> Item | None:
    """Return the table to which every column of the predicate certainly belongs, if there is one."""
    if predicate.find(exp.Query, exp.Lambda, exp.Star, exp.Columns) is not None:
        return None
    owners: dict[str, Item] = {}
    for name in tree.walk(predicate, exp.Column):
        item = resolve(name, items)
        if item is None:
            return None
        owners[item.alias] = item
    return next(iter(owners.values())) if len(owners) == 1 else None


def inside(query: Tree, predicate: Tree) -> Iterator[tuple[exp.Select, Tree]]:
    """Yield the SELECTs of a query that only selects columns, each with the predicate in its own names.

    A UNION ALL is as many SELECTs; the names are those of its first one, by position.
    """
    arms = tree.union_arms(query)
    if not arms or not all(_only_selects(arm) for arm in arms):
        return
    names = _names(arms[0])
    if len(arms) > 1 and any(each.find(exp.Star) for arm in arms for each in arm.expressions):
        return
    for arm in arms:
        made = dict(zip(names, (each.unalias() for each in arm.expressions), strict=False))
        starred = any(isinstance(each, exp.Star) for each in arm.expressions)
        twice = [name for name in names if names.count(name) > 1 or starred]  # of two columns the first has the name
        if any(column.name.lower() in twice for column in tree.columns_in(predicate)):
            return
        rewritten = _renamed(predicate, made, starred)
        if rewritten is not None:
            yield arm, rewritten


def _names(select: Tree) -> list[str]:
    return [each.alias_or_name.lower() for each in select.expressions]


def of_one_type(query: Tree, predicate: Tree, scans: Mapping[str, Scan]) -> bool:
    """Return whether each column of the predicate has one type in all SELECTs of a UNION ALL.

    Else the engine compares in the type that they have in common: the level 42 is the text '42', and not '042'.
    """
    arms = tree.union_arms(query) or []
    if len(arms) < 2:
        return True
    names = _names(arms[0])
    for name in {column.name.lower() for column in tree.columns_in(predicate)}:
        at = names.index(name) if name in names else len(names)
        types = {_type(arm, at, scans) for arm in arms}
        if len(types) > 1 or None in types:
            return False
    return True


def _type(select: exp.Select, at: int, scans: Mapping[str, Scan]) -> str | None:
    """Return the type of a SELECT's column, where it is a field of a scan."""
    source = select.expressions[at].unalias() if at < len(select.expressions) else None
    item = resolve(source, from_items(select, scans)[0]) if isinstance(source, exp.Column) else None
    if item is None or not item.node or not isinstance(source, exp.Column):
        return None
    return schema_of(scans[item.node].entity)[source.name.lower()].type


def _renamed(predicate: Tree, made: Mapping[str, Tree], starred: bool) -> Tree | None:
    """Return the predicate over what a SELECT reads; None if it speaks of anything but plain columns."""
    for name in tree.columns_in(predicate):
        source = made.get(name.name.lower())
        if source is None and not starred:
            return None
        if source is not None and not isinstance(source, exp.Column):
            return None

    def inner(node: Tree) -> Tree | None:
        if not isinstance(node, exp.Column):
            return None
        source = made.get(node.name.lower())
        return source.copy() if source is not None else tree.bare_column(node)

    return tree.replaced(predicate, inner)


def _only_selects(query: Tree) -> bool:
    """Return whether a SELECT gives a row for each row it reads, filtered: no grouping, DISTINCT, LIMIT, windows."""
    if not isinstance(query, exp.Select):
        return False
    if not tree.has_only(query, "expressions", "from", "joins", "where", "order", "with", "offset"):
        return False
    offset = tree.offset_of(query)
    if offset is not None and not (isinstance(offset, exp.Literal) and offset.name == "0"):
        return False
    return all(_is_plain(each.unalias()) for each in query.expressions)


def _is_plain(output: Tree) -> bool:
    """Return whether an output is a column, a plain star or a constant, cast or not, or a mask: no window is in it."""
    if is_mask(output):
        return True
    while isinstance(output, exp.Cast | exp.Paren):
        output = output.this
    if isinstance(output, exp.Star):
        return tree.is_plain_star(output)
    return isinstance(output, exp.Column | exp.Literal | exp.Boolean | exp.Null)
