"""A SELECT that reads an inner join of scans and nothing else: which fields must be equal, which rows need a partner.

    FROM deal AS d JOIN customer AS c ON c.customer_id = d.customer_id WHERE c._source = 'crm' AND NOT EXISTS (…)
      scans      d, c
      pairs      d.customer_id = c.customer_id
      partners   what EXISTS, NOT EXISTS and IN (SELECT …) ask of one more scan each

Each conjunct of WHERE and of every ON is a filter of one scan (`Scan.filters`), a pair, or asks for a partner; of any
other the SELECT is left alone. So its rows are just those of the scans that pass the filters, meet and have partners.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.limits import conjuncts_of
from cdi_federate.query.scope import Item, from_items, resolve
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Scan
from cdi_federate.tree import Tree

FieldOf = tuple[str, str]
"""A scan's node and one of its fields, in lower case."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two fields of one type, of two scans, that must be equal."""

    left: FieldOf
    right: FieldOf


@dataclass(frozen=True, slots=True)
class Partner:
    """Only rows are wanted that have a partner in the scan `node`, or (`anti`) that have none.

    The `left` of each pair is of a scan of the join, its `right` of this one.
    """

    node: str
    pairs: tuple[Pair, ...]
    anti: bool


@dataclass(frozen=True, slots=True)
class Joining:
    """The SELECT; its `scans` in their order, by node, with their aliases in lower case.

    `bound`: for each join that has a condition, by its identity, the alias of a table before it to which it is joined.
    """

    select: exp.Select
    scans: tuple[tuple[str, str], ...]
    pairs: tuple[Pair, ...]
    partners: tuple[Partner, ...]
    bound: Mapping[int, str]


def joinings(root: Tree, scans: Mapping[str, Scan]) -> Iterator[Joining]:
    """Yield the SELECTs of a query that read scans joined with each other, or with partners, and nothing else."""
    for query in tree.walk(root, exp.Select):
        found = Reading(query, scans).joining()
        if found is not None:
            yield found


@dataclass(slots=True)
class Reading:
    """One SELECT while it is taken apart: what its conditions are, as far as they are understood."""

    select: exp.Select
    scans: Mapping[str, Scan]
    filters: Counter[str] = field(default_factory=Counter)
    pairs: list[Pair] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)

    def joining(self) -> Joining | None:
        """Return the SELECT as a join; None where it is none, or reads anything else."""
        source, joins = tree.arg(self.select, "from"), tree.joins_of(self.select)
        if source is None or not all(map(_is_plain_join, joins)):
            return None
        if not all(self._is_scan(table) for table in (source.this, *(join.this for join in joins))):
            return None
        items, _ = from_items(self.select, self.scans)
        if len({item.alias for item in items}) < len(items):
            return None
        bound: dict[int, str] = {}
        for at, join in enumerate(joins, 1):
            before = self._condition(join, items[: at + 1])
            if before is None:
                return None
            if before:
                bound[id(join)] = before
        where = tree.arg(self.select, "where")
        for part in tree.conjuncts(where.this if where is not None else None):
            if not self.takes(part, items):
                return None
        nodes = [item.node for item in items]
        asked = [*nodes, *(partner.node for partner in self.partners)]
        if len(asked) < 2 or len(set(asked)) < len(asked) or not _are_connected(nodes, self.pairs):
            return None
        if any(self.filters[node] != conjuncts_of(self.scans[node]) for node in asked):
            return None
        named = tuple((item.node, item.alias) for item in items)
        return Joining(self.select, named, tuple(self.pairs), tuple(self.partners), bound)

    def _is_scan(self, table: Tree) -> bool:
        plain = isinstance(table, exp.Table) and tree.has_only(table, "this", "alias")
        return plain and not tree.has_column_aliases(table) and table.name in self.scans

    def _condition(self, join: exp.Join, items: list[Item]) -> str | None:
        """Take the condition of a join, and return the alias of a table before it that it names in a pair.

        Empty where the join has no condition, None where it has one of another kind.
        """
        own, before = items[-1], items[:-1]
        first = len(self.pairs)
        for name in tree.names_used(join):
            holders = [item for item in before if name in (item.columns or ())]
            if len(holders) != 1 or not self._pair((holders[0].node, name), (own.node, name)):
                return None
        on = tree.arg(join, "on")
        if not all(self.takes(part, items) for part in tree.conjuncts(on)):
            return None
        if on is None and not tree.names_used(join):
            return ""
        aliases = {item.node: item.alias for item in before}
        others = [pair.left if pair.right[0] == own.node else pair.right for pair in self.pairs[first:]
                  if own.node in (pair.left[0], pair.right[0])]  # fmt: skip
        return next((aliases[node] for node, _ in others), None)

    def takes(self, part: Tree, items: list[Item]) -> bool:
        """Take a conjunct, if it is of a kind that is understood."""
        if isinstance(part, exp.Exists):
            return self._exists(part, items, anti=False)
        if isinstance(part, exp.Not) and isinstance(part.this.unnest(), exp.Exists):
            return self._exists(part.this.unnest(), items, anti=True)
        if isinstance(part, exp.In) and tree.arg(part, "query") is not None:
            return self._within(part, items)
        owners = [resolve(column, items) for column in tree.columns_in(part)]
        sides = _sides(part)
        if not owners or any(owner is None for owner in owners) or part.find(exp.Query) is not None:
            return False
        if len({owner.alias for owner in owners if owner is not None}) == 1:
            self.filters[owners[0].node if owners[0] is not None else ""] += 1
            return True
        if sides is None:
            return False
        left, right = (resolve(side, items) for side in sides)
        if left is None or right is None:
            return False
        return self._pair((left.node, sides[0].name.lower()), (right.node, sides[1].name.lower()))

    def _pair(self, left: FieldOf, right: FieldOf) -> bool:
        """Take two fields that must be equal: of one type, or the engine would convert one of them."""
        if self._type(left) != self._type(right):
            return False
        self.pairs.append(Pair(left, right))
        return True

    def _type(self, of: FieldOf) -> str:
        return schema_of(self.scans[of[0]].entity)[of[1]].type

    def _exists(self, part: exp.Exists, items: list[Item], *, anti: bool) -> bool:
        return self._partner(part.this.unnest(), items, None, anti=anti)

    def _within(self, part: exp.In, items: list[Item]) -> bool:
        """`x IN (SELECT y FROM …)`, as the EXISTS that asks that they are equal; without NOT, whatever is NULL."""
        inner, outer = tree.arg(part, "query").unnest(), part.this.unnest()
        holder = resolve(outer, items) if isinstance(outer, exp.Column) else None
        if holder is None or not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
            return False
        return self._partner(inner, items, (holder.node, outer.name.lower()), anti=False)

    def _partner(self, query: Tree, items: list[Item], within: FieldOf | None, *, anti: bool) -> bool:
        """Take a subquery that only selects rows of one scan, of which `within` is to be among the values."""
        if not isinstance(query, exp.Select) or not tree.has_only(query, "expressions", "from", "where"):
            return False
        source, where = tree.arg(query, "from"), tree.arg(query, "where")
        if source is None or not self._is_scan(source.this):
            return False
        outputs = [each.unalias() for each in query.expressions]
        if not all(isinstance(each, _OUTPUTS) for each in outputs):
            return False
        (own,) = from_items(query, self.scans)[0]
        pairs: list[Pair] = []
        if within is not None:
            if not isinstance(outputs[0], exp.Column) or resolve(outputs[0], [own]) is None:
                return False
            pairs.append(Pair(within, (own.node, outputs[0].name.lower())))
        for part in tree.conjuncts(where.this if where is not None else None):
            owners = [resolve(column, [own]) for column in tree.columns_in(part)]
            if part.find(exp.Query) is not None or not owners:
                return False
            if all(owner is own for owner in owners):
                self.filters[own.node] += 1
                continue
            pair = _correlated(part, own, items)
            if pair is None:
                return False
            pairs.append(pair)
        self.partners.append(Partner(own.node, tuple(pairs), anti))
        return bool(pairs) and all(self._type(pair.left) == self._type(pair.right) for pair in pairs)


def _correlated(part: Tree, own: Item, items: list[Item]) -> Pair | None:
    """Return an equality of a column of a subquery with one that certainly is of the query around."""
    for outer, inner in (sides, sides[::-1]) if (sides := _sides(part)) is not None else ():
        foreign = outer.table.lower() != own.alias and resolve(outer, [own]) is None
        holder = resolve(outer, items) if foreign else None
        if holder is not None and resolve(inner, [own]) is own:
            return Pair((holder.node, outer.name.lower()), (own.node, inner.name.lower()))
    return None


_OUTPUTS = (exp.Column, exp.Literal, exp.Star, exp.Null, exp.Boolean)
"""What a subquery may select of which only matters whether it has rows: no aggregate, which always has one."""


def _sides(part: Tree) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(part, exp.EQ):
        return None
    left, right = part.this.unnest(), part.expression.unnest()
    return (left, right) if isinstance(left, exp.Column) and isinstance(right, exp.Column) else None


def _is_plain_join(join: exp.Join) -> bool:
    return tree.join_kind(join) == "INNER" and not tree.is_by_name(join)


def _are_connected(nodes: list[str], pairs: list[Pair]) -> bool:
    """Whether each scan is joined to those before it, however the pairs are ordered."""
    met = set(nodes[:1])
    for _ in nodes:
        met |= {end[0] for pair in pairs for end in (pair.left, pair.right) if {pair.left[0], pair.right[0]} & met}
    return met >= set(nodes)
