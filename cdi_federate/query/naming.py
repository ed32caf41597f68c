"""Which columns of its tables a statement names, so that all others may be left where they are.

A field is named in every table that a name may mean. A bare name means the tables of its own FROM that have it, where
all their columns are known; else every table's field of that name, as for a part of a dotted name and in USING.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.scope import Item, OfEntity, from_items, holders_of
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Naming:
    """What a query names. `whole`: aliases whose rows are read whole; None: any table's may be."""

    anywhere: frozenset[str]
    under: Mapping[str, set[str]]
    whole: frozenset[str] | None

    def of(self, alias: str) -> frozenset[str] | None:
        """Return the names of columns that may be read of a table under its alias; None: all of them."""
        if self.whole is None or alias.lower() in self.whole:
            return None
        return self.anywhere | self.under.get(alias.lower(), set())


_ANY = Naming(frozenset(), {}, None)


def naming_of(root: Tree, scans: Mapping[str, OfEntity]) -> Naming:
    """Return what a statement names of its tables; `scans` are those that are an entity's, by node."""
    starred = _starred(root)
    if starred is None:
        return _ANY
    whole, hands_on = starred
    offers = _Offers(scans)
    tables = list(tree.walk(root, exp.Table, exp.Subquery, exp.Lateral, exp.Unnest))
    aliases = {node.alias_or_name.lower() for node in tables}
    derived = {node.alias_or_name.lower() for node in tables if node.name not in offers.scans}
    anywhere: set[str] = set()
    under: dict[str, set[str]] = {}
    bare: set[str] = set()
    for column in tree.walk(root, exp.Column):
        parts = [part.name.lower() for part in column.parts]
        holders = offers.holders(column) if len(parts) == 1 else None
        if len(parts) == 2 and parts[0] in aliases:
            under.setdefault(parts[0], set()).add(parts[1])
            anywhere.add(parts[0])  # it may be a struct column of another table all the same
            if parts[0] in derived:
                anywhere.add(parts[1])  # a star inside may hand the field on
        elif holders:
            for item in holders:
                under.setdefault(item.alias, set()).update(parts)
                if not item.node:
                    anywhere.update(parts)
        elif not tree.orders_by_alias(column):
            anywhere.update(parts)
            bare.add(parts[0])
    for name in tree.walk(root, exp.Identifier):
        if not isinstance(name.parent, exp.Column) and not tree.gives_a_name(name):
            anywhere.add(name.name.lower())
    whole |= bare & aliases
    if hands_on and whole & derived:
        return _ANY  # `SELECT t.* FROM (SELECT * FROM customer) AS t`: what the star inside hands on is read
    return Naming(frozenset(anywhere), under, frozenset(whole))


class _Offers:
    """The tables of each SELECT's FROM, worked out once."""

    def __init__(self, scans: Mapping[str, OfEntity]) -> None:
        self.scans = scans
        self._known: dict[int, list[Item]] = {}

    def holders(self, column: exp.Column) -> list[Item] | None:
        """Return the tables of the SELECT around a bare name that have it; None where that is not certain."""
        query = column.find_ancestor(exp.Query)
        if not isinstance(query, exp.Select):
            return None
        if id(query) not in self._known:
            self._known[id(query)] = from_items(query, self.scans)[0]
        return holders_of(column.name.lower(), self._known[id(query)])


def _only_asks(query: exp.Select) -> bool:
    """Whether it only matters if a query has rows, whatever it selects: it stands in EXISTS, and groups nothing."""
    return isinstance(query.parent, exp.Exists) and tree.has_only(query, "expressions", "from", "joins", "where")


def _starred(root: Tree) -> tuple[set[str], bool] | None:
    """The aliases whose whole rows are read, and whether a star hands rows on to a FROM; None: any table's may be."""
    found: set[str] = set()
    hands_on = False
    for node in tree.walk(root, exp.Star, exp.Columns, exp.Join, exp.Pivot, exp.PositionalColumn):
        if isinstance(node, exp.Star):
            parent = node.parent
            if isinstance(parent, exp.Count):
                continue
            if isinstance(parent, exp.Column) and parent.table:
                found.add(parent.table.lower())
                continue
            if isinstance(parent, exp.Select) and tree.is_plain_star(node) and tree.only_feeds_a_from(parent):
                hands_on = True
                continue  # what is read of it is named further out
            if isinstance(parent, exp.Select) and tree.is_plain_star(node) and _only_asks(parent):
                continue
            return None
        if isinstance(node, exp.Join) and not tree.is_by_name(node):
            continue
        return None
    if any(tree.has_column_aliases(node) for node in tree.walk(root, exp.Table)):
        return None
    return found, hands_on
