"""Entities → branches over physical tables: every mention of an entity becomes a scan with a branch a mapping.

A mention of a merged entity becomes two scans: its records, with a branch a mapping, and what is merged of them. The
id of a record, and of a record that another entity refers to, is looked up in the crosswalk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import replace
from types import MappingProxyType

from cdi_federate.catalog.model import Catalog, Column, Const, Entity, Id, Ref, Shape
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import InvariantError
from cdi_federate.query.cleaned import as_claimed
from cdi_federate.query.golden import AT, KEY, records_of
from cdi_federate.query.golden import read as columns_read
from cdi_federate.query.narrowing import with_fields
from cdi_federate.query.shapes import key_text, name_of
from cdi_federate.query.system import SYSTEM
from cdi_federate.query.values import literal
from cdi_federate.query.virtual import schema_of, shapes_of
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.kept import Kept
from cdi_federate.stages.merging import Merge
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.query import AuthorisedQuery, Guard, TableRef
from cdi_federate.stages.relations import Relation, RowsScan, SelectScan

Locate = Callable[[EntityMapping], tuple[Relation, str]]
"""Tells where a mapping's rows stand and in which dialect its fragments are written (empty: read in place)."""

IdsOf = Callable[[str], Ids]
"""Tells how the records of a merged entity, by its name, get their ids."""


def no_ids(entity: str) -> Ids:
    """Of a catalog without merged entities."""
    raise InvariantError(f"nobody says how the records of '{entity}' get their ids")


def unfold(
    query: AuthorisedQuery, catalog: Catalog, locate: Locate, ids_of: IdsOf = no_ids, *, seen: Catalog | None = None
) -> Plan:
    """Return the plan with all branches and all columns that there are; the rules take away what is not needed.

    `seen` is what the catalog says about itself to who asks (default: all of it).
    """
    unfolder = _Unfolder(catalog, locate, ids_of)
    system: dict[str, Relation] = {}
    scans: list[Scan] = []
    for ref in query.tables:
        if ref.entity in SYSTEM:
            system[ref.node] = SYSTEM[ref.entity](seen or catalog)
            continue
        entity = catalog.entity(ref.entity)
        assert entity is not None, "bind knows every table"
        if entity.part == "crosswalk":
            system[ref.node] = _links(entity, unfolder.ids(entity.of))
        else:
            scans += unfolder.scans(ref, entity, query.guards[ref.node], query.reads.get(ref.node))
    ids = MappingProxyType(dict(unfolder.known))
    return Plan(query, query.tree, tuple(scans), MappingProxyType(dict(system)), ids=ids)


class _Unfolder:
    """Makes the scans of one query; `known` are the ids of the merged entities that it has to do with."""

    def __init__(self, catalog: Catalog, locate: Locate, ids_of: IdsOf) -> None:
        self.catalog, self.locate, self._ids_of = catalog, locate, ids_of
        self.known: dict[str, Ids] = {}

    def ids(self, entity: str) -> Ids:
        """Return how the records of a merged entity get their ids: one answer for the whole query."""
        name = entity.lower()
        if name not in self.known:
            self.known[name] = self._ids_of(name)
        return self.known[name]

    def scans(self, ref: TableRef, entity: Entity, guard: Guard, reads: frozenset[str] | None) -> Iterator[Scan]:
        """Yield the scan of a mention, the one of its records before it where they are merged."""
        denied = guard.sources
        mappings = tuple(each for each in self.catalog.mappings_of(entity.name) if each.source not in denied)
        fields = tuple(name for name in schema_of(entity) if reads is None or name in reads)
        if entity.grain != "merged":
            scan = Scan(ref, entity, guard, tuple(schema_of(entity)), self._branches(mappings, entity, denied))
            yield with_fields(scan, fields)
            return
        inner, own = records_of(entity), replace(ref, node=f"{ref.node}_records")
        records = Scan(
            own,
            inner,
            Guard(entity.name, sources=denied),
            tuple(schema_of(inner)),
            self._branches(mappings, inner, denied),
            feeds=ref.node,
        )
        wanted = None if reads is None else columns_read(entity, fields)
        yield with_fields(records, tuple(name for name in records.fields if wanted is None or name in wanted))
        yield Scan(ref, entity, guard, fields, (), merge=Merge(own.node, mappings))

    def _branches(
        self, mappings: tuple[EntityMapping, ...], entity: Entity, denied: frozenset[str]
    ) -> tuple[Branch, ...]:
        return tuple(self._branch(mapping, at, entity, denied) for at, mapping in enumerate(mappings))

    def _branch(self, mapping: EntityMapping, at: int, entity: Entity, denied: frozenset[str]) -> Branch:
        relation, dialect = self.locate(mapping)
        source = self.catalog.sources[mapping.source]
        refs = {name: target for name, shape in mapping.fields.items() if (target := self._merged_target(shape))}
        hidden = {name for name, shape in mapping.fields.items() if isinstance(shape, Ref) and shape.source in denied}
        if hidden:  # whom a record speaks of is not known where that one's source does not exist
            shapes = {name: shape for name, shape in mapping.fields.items() if name not in hidden}
            mapping = replace(mapping, fields=MappingProxyType(shapes))
            refs = {name: target for name, target in refs.items() if name not in hidden}
        linked = [f"{name}:{self.ids(target.entity).version}" for name, target in refs.items()]
        if entity.part == "records":
            linked += [f"{at}:{self.ids(entity.of).version}"]

        def made() -> Map[str, Shape]:
            shapes = {name: as_claimed(shape, mapping.claims) for name, shape in shapes_of(mapping, source).items()}
            for name, target in refs.items():
                shape = mapping.fields[name]
                assert isinstance(shape, Ref)
                shapes[name] = self._id(target, shape.columns, name)
            if entity.part == "records":
                shapes[AT] = Const(at)
                if len(mapping.key) == 1:
                    shapes[KEY] = Column(mapping.key[0])  # as a text, so that a source can be told keys
                merged = self.catalog.entity(entity.of)
                if merged is not None and mapping.key:
                    name = merged.key[0].lower()
                    shapes[name] = self._id(mapping, mapping.key, name)
            return MappingProxyType(shapes)

        return Branch(mapping, relation, dialect, _SHAPES.get((mapping, entity, source), tuple(linked), made))

    def _merged_target(self, shape: Shape) -> EntityMapping | None:
        """Return the mapping that a reference names, if its records are merged."""
        target = self.catalog.mapping(shape.source, shape.mapping) if isinstance(shape, Ref) else None
        entity = self.catalog.entity(target.entity) if target else None
        return target if entity is not None and entity.grain == "merged" else None

    def _id(self, target: EntityMapping, columns: tuple[str, ...], field: str) -> Id:
        ids = self.ids(target.entity)
        key = key_text(columns)
        if target.key_store == "hmac":
            key = ids.stored(key)
        alias = f"cdi_x_{field}" if ids.crosswalk is not None else ""
        alone = ids.alone(literal(target.qualified), key)
        return Id(target.qualified, target.entity.lower(), columns, key, alone, alias)


_SHAPES: Kept[Map[str, Shape]] = Kept(2_000)
"""The shapes of mappings, which the catalog decides, and for ids the generation of the crosswalk."""


def _links(table: Entity, ids: Ids) -> Relation:
    """Return the rows of the table that shows a crosswalk."""
    columns = tuple((field.name, field.type) for field in table.fields.values())
    if ids.crosswalk is None:
        return RowsScan(columns, ())
    stored = {"record_key": "key"}
    (key, _), *others = columns
    named = [f"master_id AS {name_of(key)}", *(f"{stored.get(name, name)} AS {name_of(name)}" for name, _ in others)]
    return SelectScan("", f"SELECT {', '.join(named)} FROM ({ids.crosswalk.sql})")
