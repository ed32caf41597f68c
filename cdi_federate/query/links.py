"""Which scans of a query may be filtered by the values that another one has, because the query equates two fields.

`a.x = b.y` has in it that `b.y` is among the values of `x` in `a`: a predicate over `b` alone, with `a` taken as given.
So a link is a mention (`mentions.py`) of that predicate, and it may be laid over a scan just where any predicate that
rejects NULL may:

- WHERE, or what each alternative of an OR in it says: over either side, whatever joins stand below. What an outer join
  fills with NULL equals nothing.
- ON of an inner or semi join: over either side; of an outer join: over its null-supplying side only.
- USING as the ON that it stands for, where each name has one table on each side.
- `b.y IN (SELECT x FROM a …)` as a conjunct of WHERE: `b` by all that the subquery may give, whatever else it does with
  the rows of `a`; and `a` by `b` where the subquery only selects, also as one side of an OR: rows of `a` that no value
  of `b` is equal to make the comparison TRUE for none.
- `a.x = b.y` in the WHERE of a subquery that is correlated by `b`: `a` by `b` always, for rows without a partner
  satisfy no outer row; and `b` by `a` if the subquery is an EXISTS that stands as a conjunct of WHERE.

The giver may be narrowed itself by all that may be laid over it; keys too many do no harm. Only `=` between bare fields
of one type is taken: otherwise the engine converts one side, and `IS NOT DISTINCT FROM` pairs NULLs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.alternatives import common
from cdi_federate.query.mentions import inside, of_one_type
from cdi_federate.query.scope import Item, from_items, holders_of, resolve
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Scan
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

FAMILIES = frozenset({"integer", "decimal", "text", "date", "timestamp"})
"""Types whose values are equal here just if they are equal as constants. In doubles NaN and -0.0 are not."""


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of the scan `taker` whose `field` is no value of the field `given` of the scan `giver` are not needed.

    Scans are named by their nodes, fields in lower case; `text` is the query's own condition.
    """

    giver: str
    given: str
    taker: str
    field: str
    text: str


Field = tuple[str, str]
"""A scan's node and one of its fields."""


def links(root: Tree, scans: Mapping[str, Scan]) -> tuple[Link, ...]:
    """Return the links of a query, each once, in the order of its text."""
    found: dict[Link, None] = {}
    for query in tree.walk(root, exp.Select):
        items, ons = from_items(query, scans)
        for on in ons:
            for part in tree.conjuncts(on.condition):
                found.update(dict.fromkeys(_joined(part, list(on.visible), on.filters, scans)))
        where = tree.arg(query, "where")
        wanted = tree.conjuncts(where.this if where is not None else None)
        for part in (*wanted, *(shared for each in wanted for shared in common(each))):
            found.update(dict.fromkeys(_joined(part, items, None, scans)))
            found.update(dict.fromkeys(_within(part, items, scans)))
            for one in tree.disjuncts(part):
                found.update(dict.fromkeys(_within(one, items, scans, alone=False)))
            found.update(dict.fromkeys(_correlated(part, query, items, scans)))
    return tuple(found)


def _joined(part: Tree, items: list[Item], filters: frozenset[str] | None, scans: Mapping[str, Scan]) -> Iterator[Link]:
    """Yield the links of an equality of two columns that its own FROM has."""
    sides = _sides(part)
    if sides is None:
        return
    for giving, taking in (sides, sides[::-1]):
        givers = _giver(giving, items, scans)
        if resolve(giving, items) is not resolve(taking, items):
            yield from _linked(givers, _takers(taking, items, filters, scans), part, scans)


def _within(part: Tree, items: list[Item], scans: Mapping[str, Scan], *, alone: bool = True) -> Iterator[Link]:
    """Yield the links of `column IN (SELECT column …)`; where it is one side of OR it says nothing of the column."""
    query = tree.arg(part, "query") if isinstance(part, exp.In) else None
    inner = query.unnest() if query is not None else None
    column = part.this.unnest() if isinstance(part, exp.In) else None
    if not isinstance(inner, exp.Select) or not isinstance(column, exp.Column) or len(inner.expressions) != 1:
        return
    output = inner.expressions[0].unalias()
    if not isinstance(output, exp.Column):
        return
    own = from_items(inner, scans)[0]
    part = tree.is_in(column.copy(), [tree.said(f"SELECT {tree.text(output)} …")])  # for who reads the plan
    if alone:
        yield from _linked(_giver(output, own, scans), _takers(column, items, None, scans), part, scans)
    if tree.has_only(inner, "expressions", "from", "joins", "where", "order"):
        yield from _linked(_giver(column, items, scans), _takers(output, own, None, scans), part, scans)


def _correlated(part: Tree, query: exp.Select, items: list[Item], scans: Mapping[str, Scan]) -> Iterator[Link]:
    """Yield the links of an equality with a column of the query around."""
    sides, outer = _sides(part), _around(query)
    if sides is None or outer is None:
        return
    for own, other in (sides, sides[::-1]):
        if resolve(own, items) is None or not _is_foreign(other, query, items):
            continue
        around = from_items(outer, scans)[0]
        yield from _linked(_giver(other, around, scans), _takers(own, items, None, scans), part, scans)
        if _is_required(query, outer):
            yield from _linked(_giver(own, items, scans), _takers(other, around, None, scans), part, scans)


def _sides(part: Tree) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(part, exp.EQ):
        return None
    left, right = part.this.unnest(), part.expression.unnest()
    return (left, right) if isinstance(left, exp.Column) and isinstance(right, exp.Column) else None


def _around(query: exp.Select) -> exp.Select | None:
    """Return the SELECT in whose WHERE, list of columns or HAVING a subquery stands; not one that it is a table of."""
    node = query.parent
    while node is not None and not isinstance(node, exp.Query | exp.From | exp.Join | exp.With | exp.Lateral):
        node = node.parent
    if isinstance(node, exp.Subquery):
        return None if isinstance(node.parent, exp.From | exp.Join) else _around_subquery(node)
    return node if isinstance(node, exp.Select) else None


def _around_subquery(node: Tree) -> exp.Select | None:
    above = node.parent
    while above is not None and not isinstance(above, exp.Query | exp.From | exp.Join | exp.With | exp.Lateral):
        above = above.parent
    return above if isinstance(above, exp.Select) else None


def _is_foreign(column: exp.Column, query: exp.Select, items: list[Item]) -> bool:
    """Whether a name certainly means none of these tables, nor a part of one of their columns, nor an output.

    A bare name may also be that of a table, which is then a whole row, or of what the SELECT calls an output.
    """
    if len(column.parts) > 2 or any(item.columns is None for item in items):
        return False
    name = column.table.lower() or column.name.lower()
    if any(item.alias == name for item in items) or holders_of(name, items):
        return False
    return bool(column.table) or all(each.alias.lower() != name for each in query.expressions)


def _is_required(query: exp.Select, outer: exp.Select) -> bool:
    """Whether the outer query keeps only rows for which the subquery has a row of its own: EXISTS, as a conjunct."""
    where = tree.arg(outer, "where")
    parts = tree.conjuncts(where.this if where is not None else None)
    holder = next((part for part in parts if isinstance(part, exp.Exists) and part.this.unnest() is query), None)
    plain = tree.has_only(query, "expressions", "from", "joins", "where")
    return holder is not None and plain and query.find(exp.AggFunc, exp.Anonymous) is None


def _giver(column: exp.Column, items: list[Item], scans: Mapping[str, Scan]) -> list[Field]:
    """Return the field of which a column's values are certainly some, as a list of one; of none where not certain."""
    item = resolve(column, items)
    if item is None or item.closed is not None:
        return []
    if item.node:
        return [(item.node, column.name.lower())]
    if not isinstance(item.query, exp.Select):
        return []
    named = [each for each in item.query.expressions if each.alias_or_name.lower() == column.name.lower()]
    if len(named) != 1 or item.query.find(exp.Star) is not None:
        return []
    output = named[0].unalias()
    return _giver(output, from_items(item.query, scans)[0], scans) if isinstance(output, exp.Column) else []


def _takers(
    column: exp.Column, items: list[Item], filters: frozenset[str] | None, scans: Mapping[str, Scan]
) -> Iterator[Field]:
    """Yield the scans over which a predicate on a column may be laid, each with the field that the column is."""
    item = resolve(column, items)
    if item is None or item.closed is not None or (filters is not None and item.alias not in filters):
        return
    if item.node:
        yield item.node, column.name.lower()
    elif item.query is not None and of_one_type(item.query, column, scans):
        for select, inner in inside(item.query, column):
            if isinstance(inner, exp.Column):
                yield from _takers(inner, from_items(select, scans)[0], None, scans)


def _linked(givers: list[Field], takers: Iterator[Field], part: Tree, scans: Mapping[str, Scan]) -> Iterator[Link]:
    for (giver, given), (taker, field) in ((one, other) for other in takers for one in givers):
        type_ = schema_of(scans[giver].entity)[given].type
        alike = schema_of(scans[taker].entity)[field].type == type_ and type_info(type_).family in FAMILIES
        if giver != taker and alike:
            yield Link(giver, given, taker, field, tree.text(part))
