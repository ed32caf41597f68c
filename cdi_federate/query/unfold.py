"""Entities → branches over physical tables: every mention of an entity becomes a scan with a branch a mapping."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from types import MappingProxyType

from cdi_federate.catalog.model import Catalog, Entity, Shape
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.query.system import SYSTEM
from cdi_federate.query.virtual import schema_of, shapes_of
from cdi_federate.stages.kept import Kept
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.query import AuthorisedQuery
from cdi_federate.stages.relations import Relation

Locate = Callable[[EntityMapping], tuple[Relation, str]]
"""Tells where a mapping's rows stand and in which dialect its fragments are written (empty: read in place)."""


def unfold(query: AuthorisedQuery, catalog: Catalog, locate: Locate) -> Plan:
    """Return the plan with all branches and all columns; the rules take away what is not needed."""
    scans, system = [], {}
    for ref in query.bound.tables:
        if ref.entity in SYSTEM:
            system[ref.node] = SYSTEM[ref.entity](catalog)
            continue
        entity = catalog.entity(ref.entity)
        assert entity is not None, "bind knows every table"
        branches = tuple(_branch(mapping, entity, catalog, locate) for mapping in catalog.mappings_of(entity.name))
        scans.append(Scan(ref, entity, query.guards[ref.node], tuple(schema_of(entity)), branches))
    return Plan(query, query.bound.tree, tuple(scans), MappingProxyType(dict(system)))


def _branch(mapping: EntityMapping, entity: Entity, catalog: Catalog, locate: Locate) -> Branch:
    relation, dialect = locate(mapping)
    source = catalog.sources[mapping.source]
    shapes = _SHAPES.get((mapping, entity, source), (), lambda: MappingProxyType(shapes_of(mapping, entity, source)))
    return Branch(mapping, relation, dialect, shapes)


_SHAPES: Kept[Map[str, Shape]] = Kept(2_000)
"""The shapes of mappings, which the catalog alone decides."""
