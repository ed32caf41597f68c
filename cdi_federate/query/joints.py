"""The branches of a join: one for each choice of one branch of each scan, all in one source, that may meet.

A join of unions is the union of the joins of their branches. Those that never meet (a `ref` to another mapping's
record, a field that one does not map) are left out; every other must stand in one source, which finds cells equal just
where the fields are (`Dialect.equal`). What its tables are told is told inside of the join, so it must be exact.

Of two columns of one name one gets another in the join, so that each name means one column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import product
from types import MappingProxyType

from cdi_federate.catalog.model import Claims, Column, Entity, Expression, Field, Id, Ref, Shape
from cdi_federate.query.joinings import FieldOf, Joining, Pair, Partner
from cdi_federate.query.limits import is_exact
from cdi_federate.query.meeting import are_equal
from cdi_federate.query.partners import is_whole, never_meet, raw_pair
from cdi_federate.query.selectivity import distinct
from cdi_federate.query.shapes import columns_of, columns_read
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.joins import Equal, Partners, Side, Together
from cdi_federate.stages.plan import Branch, Scan

MOST = 12
"""Branches that a join may have: each is a statement."""

_LONGEST = 60
"""Bytes of a column's name: Postgres takes 63, MySQL 64 characters."""

Scans = Mapping[str, Scan]
"""By node."""


def partners_at(branch: Branch, scan: Scan, partner: Partner, scans: Scans) -> Partners | None:
    """Return how the source of a branch of a scan finds which of its rows have a partner; None where it cannot."""
    chosen = {scan.ref.node: branch}
    try:
        return _Join(chosen, scans, exact=True).partners(partner, _possible(partner, chosen, scans))
    except _NotJoinedError:
        return None


class _NotJoinedError(Exception):
    """Rows may meet that no source can join."""


def entity_of(joining: Joining, scans: Scans) -> Entity:
    """Return an entity with the fields of all scans of a join, each as `alias.field`."""
    fields: dict[str, Field] = {}
    for node, alias in joining.scans:
        for name, field in schema_of(scans[node].entity).items():
            fields[f"{alias}.{name}"] = replace(field, name=f"{alias}.{name}")
    return Entity(" with ".join(scans[node].entity.name for node, _ in joining.scans), fields, shows_origin=False)


def branches_of(joining: Joining, scans: Scans, wanted: Collection[str], *, exact: bool = True) -> tuple[Branch, ...]:
    """Return the branches of a join, with the `wanted` fields; none where rows may meet that no source can join.

    `exact`: what the query asks of its tables is told whole, for nobody asks it of the rows that come.
    """
    nodes = [node for node, _ in joining.scans]
    choices = product(*(scans[node].branches for node in nodes))
    try:
        made = [_branch(dict(zip(nodes, each, strict=True)), joining, scans, wanted, exact) for each in choices]
    except _NotJoinedError:
        return ()
    found = tuple(branch for branch in made if branch is not None)
    return found if len(found) <= MOST else ()


def _branch(
    chosen: Mapping[str, Branch], joining: Joining, scans: Scans, wanted: Collection[str], exact: bool
) -> Branch | None:
    """Return the join of one branch of each scan; None where no rows of theirs meet."""
    if any(never_meet(_shape(pair.left, chosen), _shape(pair.right, chosen)) for pair in joining.pairs):
        return None
    possible = {partner: _possible(partner, chosen, scans) for partner in joining.partners}
    if any(not found and not partner.anti for partner, found in possible.items()):
        return None
    return _Join(chosen, scans, exact).branch(joining, possible, wanted)


def _possible(partner: Partner, chosen: Mapping[str, Branch], scans: Scans) -> list[Branch]:
    """Return the branches of a partner that a row of the join may meet."""
    return [
        branch
        for branch in scans[partner.node].branches
        if not any(never_meet(_shape(p.left, chosen), branch.shapes.get(p.right[1])) for p in partner.pairs)
    ]


def _shape(of: FieldOf, chosen: Mapping[str, Branch]) -> Shape | None:
    return chosen[of[0]].shapes.get(of[1])


class _Join:
    """One choice of branches, while their join is made."""

    def __init__(self, chosen: Mapping[str, Branch], scans: Scans, exact: bool) -> None:
        self.chosen, self.scans, self.exact = chosen, scans, exact
        self.first = next(iter(chosen.values()))
        self.names: dict[str, dict[str, str]] = {node: {} for node in chosen}
        self.columns: dict[str, ColumnFacts] = {}

    def branch(self, joining: Joining, possible: Mapping[Partner, list[Branch]], wanted: Collection[str]) -> Branch:
        for node, each in self.chosen.items():
            self._hold(each, node, exact=self.exact)
        where = "" if self.exact else self._where()
        shapes = self._shapes(joining, wanted)
        order = _connected([node for node, _ in joining.scans], joining.pairs)
        equal: list[list[Equal]] = [[] for _ in order]
        for pair in joining.pairs:
            later = max(order.index(pair.left[0]), order.index(pair.right[0]))
            equal[later].append(self._equal(pair, self.chosen[pair.right[0]], self.names[pair.right[0]]))
        partners = tuple(self.partners(partner, found) for partner, found in possible.items() if found)
        sides = tuple(Side(self.chosen[node], tuple(self.names[node].items())) for node in order)
        mapping = self.first.mapping
        name = " with ".join(branch.mapping.name for branch in self.chosen.values())
        return Branch(
            replace(mapping, name=name, where=where, claims=Claims()),
            self.first.relation,
            self.first.dialect,
            MappingProxyType(shapes),
            TableFacts(MappingProxyType(self.columns)),
            together=Together(sides, tuple(map(tuple, equal)), partners),
        )

    def _hold(self, branch: Branch, node: str, *, exact: bool) -> None:
        """Hold that a branch stands in the source of all, and (`exact`) is told what keeps no row too many."""
        near = branch.dialect and branch.mapping.source == self.first.mapping.source
        if not near or branch.facts is None or (exact and not is_exact(branch, len(self.scans[node].filters))):
            raise _NotJoinedError

    def _where(self) -> str:
        """Return the mappings' own conditions that sources are not told whole: they are asked of the rows that come."""
        parts: list[str] = []
        for node, branch in self.chosen.items():
            words = branch.mapping.where
            if not words or is_exact(replace(branch, pushed=()), 0):
                continue
            if any(self._name(branch, raw, self.names[node]).lower() != raw for raw in columns_read(words)):
                raise _NotJoinedError
            parts.append(f"({words})")
        return " AND ".join(parts)

    def _shapes(self, joining: Joining, wanted: Collection[str]) -> dict[str, Shape]:
        """Return how the wanted fields are made of columns of the join; the words of an expression stay as they are."""
        found = [
            (f"{alias}.{name}", node, shape)
            for node, alias in joining.scans
            for name, shape in self.chosen[node].shapes.items()
            if f"{alias}.{name}" in wanted
        ]
        found.sort(key=lambda each: not isinstance(each[2], Expression))
        return {field: self._renamed(shape, node) for field, node, shape in found}

    def _renamed(self, shape: Shape, node: str) -> Shape:
        branch, names = self.chosen[node], self.names[node]
        called = {raw: self._name(branch, raw, names) for raw in columns_of(shape)}
        match shape:
            case Column(column):
                return replace(shape, column=called[column.lower()])
            case Ref(_, _, columns):
                return replace(shape, columns=tuple(called[name.lower()] for name in columns))
            case Id():
                raise _NotJoinedError
            case Expression() if any(raw != name.lower() for raw, name in called.items()):
                raise _NotJoinedError
        return shape

    def _name(self, branch: Branch, raw: str, names: dict[str, str]) -> str:
        """Return what a raw column is called in the join: as it is, unless another is called so."""
        assert branch.facts is not None
        column = branch.facts.column(raw)
        if column is None:
            raise _NotJoinedError
        if column.name in names:
            return names[column.name]
        name, number = column.name, 1
        while name.lower() in self.columns or len(name.encode()) > _LONGEST:
            number += 1
            name = f"{column.name}_{number}" if len(column.name.encode()) < _LONGEST - 3 else f"c{number}"
        self.columns[name.lower()] = replace(column, name=name, distinct=distinct(branch.facts, column))
        names[column.name] = name
        return name

    def _equal(self, pair: Pair, other: Branch, names: dict[str, str]) -> Equal:
        """Return the columns of the join that are equal just where the two fields are."""
        branch = self.chosen[pair.left[0]]
        own, theirs = _shape(pair.left, self.chosen), other.shapes.get(pair.right[1])
        raw = raw_pair(branch, own, other, theirs)
        type_ = schema_of(self.scans[pair.left[0]].entity)[pair.left[1]].type
        if raw is None or not (is_whole(raw[0], own, type_) and is_whole(raw[1], theirs, type_)):
            raise _NotJoinedError
        left = self.columns[self._name(branch, raw[0].name, self.names[pair.left[0]]).lower()]
        right = self.columns[self._name(other, raw[1].name, names).lower()]
        if not are_equal(left, right, branch.dialect):
            raise _NotJoinedError
        return Equal(left, right)

    def partners(self, partner: Partner, possible: list[Branch]) -> Partners:
        sides = []
        for branch in possible:
            self._hold(branch, partner.node, exact=True)
            names: dict[str, str] = {}
            equal = tuple(self._equal(pair, branch, names) for pair in partner.pairs)
            sides.append((Side(branch, tuple(names.items())), equal))
        return Partners(tuple(sides), partner.anti)


def _connected(nodes: list[str], pairs: tuple[Pair, ...]) -> list[str]:
    """Return the scans of a join so that each but the first is paired with one before it."""
    order = nodes[:1]
    while len(order) < len(nodes):
        ends = {end for pair in pairs for end in (pair.left[0], pair.right[0])
                if {pair.left[0], pair.right[0]} & set(order)}  # fmt: skip
        order.append(next(node for node in nodes if node in ends and node not in order))
    return order
