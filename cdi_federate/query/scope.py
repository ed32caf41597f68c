"""What a FROM offers: its tables with their columns, which of them an outer join may fill with NULL, and its ONs.

Names are resolved only where that is certain: by an alias that one table has, or bare where every table's columns are
known and one of them has the name. That is how the engine resolves them too; what is not certain is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Entity
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.proof import Reason
from cdi_federate.tree import Tree


class OfEntity(Protocol):
    """What has the columns of an entity: a scan."""

    @property
    def entity(self) -> Entity:
        """The entity."""
        ...


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an entity that stands for a table."""

    entity: Entity


@dataclass(frozen=True, slots=True)
class Item:
    """One table of a FROM.

    `node` names its scan (empty: it is none); `query` is the query of a subquery or CTE. `columns` are lower-case, None
    where they are not known. `nullable`: a join may fill its columns with NULL. `closed`: why its rows may not be
    filtered before the joins. `hidden`: only its join's ON sees it (the right side of SEMI and ANTI).
    """

    alias: str
    node: str = ""
    query: Tree | None = None
    columns: frozenset[str] | None = None
    nullable: bool = False
    closed: Reason | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class On:
    """The ON of a join, the tables it sees (the joined one last), the aliases whose rows it may filter (None: all)."""

    join: exp.Join
    condition: Tree
    visible: tuple[Item, ...]
    filters: frozenset[str] | None


def from_items(query: exp.Select, scans: Mapping[str, OfEntity]) -> tuple[list[Item], list[On]]:
    """Return the tables of a FROM as its WHERE sees them (and the hidden ones), and the ONs between them."""
    source = tree.arg(query, "from")
    if source is None:
        return [], []
    items = [_item(source.this, scans)]
    ons: list[On] = []
    for join in tree.joins_of(query):
        items = _joined(join, items, _item(join.this, scans), ons)
    if tree.arg(query, "sample") is not None:
        items = [replace(item, closed=Reason.SAMPLED) for item in items]
    return items, ons


def _joined(join: exp.Join, before: list[Item], item: Item, ons: list[On]) -> list[Item]:
    """Return the tables after a join; its ON goes to `ons`, seen with the nullability that holds just there."""
    kind = tree.join_kind(join)
    condition = tree.arg(join, "on") or _using(join, before, item)
    if condition is not None:
        earlier = frozenset(known.alias for known in before)
        filters = {"INNER": None, "SEMI": None, "LEFT": frozenset({item.alias}), "RIGHT": earlier}
        if kind in filters:
            ons.append(
                On(join, condition, tuple(known for known in (*before, item) if not known.hidden), filters[kind])
            )
    if kind in ("SEMI", "ANTI"):
        return [*before, replace(item, hidden=True)]
    if kind in ("RIGHT", "FULL"):
        before = [replace(known, nullable=True) for known in before]
    if kind in ("LEFT", "FULL"):
        item = replace(item, nullable=True)
    if kind.startswith("ASOF"):
        item = replace(item, closed=Reason.OUTER_JOIN)
    if kind in ("POSITIONAL", "OTHER"):
        return [replace(known, closed=Reason.OUTER_JOIN) for known in (*before, item)]
    return [*before, item]


def _using(join: exp.Join, before: list[Item], item: Item) -> Tree | None:
    """Return the ON that a USING stands for, as far as each name certainly has one table on either side."""
    equal = []
    seen = [known for known in before if not known.hidden]
    for name in tree.names_used(join):
        holders = holders_of(name, seen)
        if holders is not None and len(holders) == 1 and name in (item.columns or ()):
            equal.append(tree.equals(tree.column(name, holders[0].alias), tree.column(name, item.alias)))
    return tree.all_of(*equal) if equal else None


def resolve(name: exp.Column, items: list[Item]) -> Item | None:
    """Return the table to which a column certainly belongs, or None."""
    column, alias = name.name.lower(), name.table.lower()
    if len(name.parts) > 2:
        return None
    seen = [item for item in items if not item.hidden]
    if alias:
        named = [item for item in seen if item.alias == alias]
        return named[0] if len(named) == 1 and column in (named[0].columns or ()) else None
    holders = holders_of(column, seen)
    return holders[0] if holders is not None and len(holders) == 1 else None


def holders_of(column: str, items: list[Item]) -> list[Item] | None:
    """Return the tables that have a column of that name; None where some table's columns are not known."""
    if any(item.columns is None for item in items):
        return None
    return [item for item in items if column in (item.columns or ())]


def _item(node: Tree, scans: Mapping[str, OfEntity]) -> Item:
    alias = node.alias_or_name.lower()
    if isinstance(node, exp.Subquery) and not tree.has_column_aliases(node) and not tree.joins_of(node):
        inner = node.unnest()
        if isinstance(inner, exp.Query):
            return Item(alias, query=inner, columns=output_names(inner, scans), closed=_changed(node))
        return Item(alias)
    if not isinstance(node, exp.Table) or tree.has_column_aliases(node) or tree.joins_of(node):
        return Item(alias)
    if node.name in scans:
        return Item(alias, node.name, columns=frozenset(schema_of(scans[node.name].entity)), closed=_changed(node))
    cte = tree.cte_of(node)
    if cte is None or tree.has_column_aliases(cte):
        return Item(alias)
    used_once = tree.mentions_of(cte) == 1
    query = cte.this if used_once and isinstance(cte.this, exp.Query) else None
    return Item(alias, query=query, columns=output_names(cte.this, scans), closed=_changed(node))


def _changed(node: Tree) -> Reason | None:
    """Return why a table may not be filtered where it stands: it is sampled or pivoted first."""
    if tree.arg(node, "sample") is not None or isinstance(node.parent, exp.TableSample):
        return Reason.SAMPLED
    return Reason.UNSUPPORTED_FORM if tree.arg(node, "pivots") else None


def output_names(query: Tree, scans: Mapping[str, OfEntity]) -> frozenset[str] | None:
    """Return the names of a query's columns in lower case; None where they are not plain to see."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.SetOperation):
        return None if tree.is_by_column_name(inner) else output_names(inner.left, scans)
    if not isinstance(inner, exp.Select):
        return None
    names: set[str] = set()
    for each in inner.expressions:
        if isinstance(each, exp.Star) and tree.is_plain_star(each):
            items, _ = from_items(inner, scans)
            for item in items:
                if item.columns is None:
                    return None
                names |= item.columns if not item.hidden else frozenset()
        elif isinstance(each, exp.Column | exp.Alias) and each.find(exp.Star, exp.Columns) is None:
            names.add(each.alias_or_name.lower())
        else:
            return None
    return frozenset(names)
