"""The catalog as a role sees it: what it may not read is not there, and what it sees masked has the mask's type.

Statements are bound over it, so names, suggestions, `*`, DESCRIBE and `information_schema` come out of it by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog, Entity, Field, Source
from cdi_federate.errors import Place
from cdi_federate.policy.decide import Decision, decide, denied_sources
from cdi_federate.policy.model import Policy
from cdi_federate.query.masks import masked
from cdi_federate.query.virtual import schema_of

TypeOf = Callable[[Entity, str, Place | None], str]
"""Tells the DuckDB type of an expression over the columns of an entity, which stands at a place of the policies."""


def visible(catalog: Catalog, policy: Policy, role: str, purpose: str, type_of: TypeOf) -> Catalog:
    """Return the catalog as a role sees it that asks for a purpose."""
    if policy.is_empty:
        return catalog
    seen: dict[str, Entity] = {}
    for entity in catalog.tables():
        schema = schema_of(entity)
        decision = decide(policy, role, purpose, entity, schema.values(), catalog)
        if decision.allowed and schema.keys() - decision.denied:  # what has no column left is no table
            seen[entity.name.lower()] = _entity(entity, decision, type_of)
    hidden = denied_sources(policy.role(role), catalog)
    sources = {name: _source(source, seen, catalog) for name, source in catalog.sources.items() if name not in hidden}
    return replace(
        catalog,
        entities=MappingProxyType({name: seen[name] for name in catalog.entities if name in seen}),
        derived=MappingProxyType({name: seen[name] for name in catalog.derived if name in seen}),
        sources=MappingProxyType({name: source for name, source in sources.items() if source.mappings}),
    )


def _entity(entity: Entity, decision: Decision, type_of: TypeOf) -> Entity:
    columns = dict(_columns(entity, decision, type_of))
    fields = {name: columns[name] for name in entity.fields if name in columns}
    return replace(
        entity,
        fields=MappingProxyType(fields),
        key=tuple(name for name in entity.key if name.lower() in columns),
        time=entity.time if entity.time.lower() in columns else "",
        seen=MappingProxyType(columns),
    )


def _columns(entity: Entity, decision: Decision, type_of: TypeOf) -> Iterator[tuple[str, Field]]:
    for name, column in schema_of(entity).items():
        using = decision.masks.get(name)
        if using is not None:
            mask = masked(using, tree.column(column.name), column.type)
            yield (
                name,
                replace(column, type=type_of(entity, tree.text(mask), decision.mask_places.get(name)), place=None),
            )
        elif name not in decision.denied:
            yield name, column


def _source(source: Source, seen: dict[str, Entity], catalog: Catalog) -> Source:
    """Return a source with the mappings of what is seen, and of those the fields."""
    shown = {entity.of.lower() or name for name, entity in seen.items()}
    mappings = []
    for mapping in source.mappings:
        if mapping.entity.lower() in shown:
            tables = [each for each in seen.values() if mapping.entity.lower() in (each.name.lower(), each.of.lower())]
            named = {name for table in tables for name in table.fields}
            fields = {name: shape for name, shape in mapping.fields.items() if name in named}
            mappings.append(replace(mapping, fields=MappingProxyType(fields)))
    return replace(source, mappings=tuple(mappings))
