"""Which source columns feed a field: computed from the catalog alone, no source is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cdi_federate.catalog.model import Catalog, Column, Entity, Field, Mapping, Ref
from cdi_federate.errors import UnknownNameError, UsageError, nearest
from cdi_federate.explain import shapes


@dataclass(frozen=True, slots=True)
class Origin:
    """One mapping that feeds one field.

    `columns` are the raw columns read, `expression` how they become the field's value, `standard` the shared code list
    it goes through, `condition` the mapping's own `where`: rows for which it is not TRUE do not count.
    """

    entity: str
    field: str
    source: str
    department: str
    mapping: str
    relation: str
    columns: tuple[str, ...]
    expression: str
    standard: str = ""
    condition: str = ""

    def without_words(self) -> Origin:
        """Return where the field comes from, without a word of how its source keeps it."""
        return replace(self, mapping="", relation="", columns=(), expression="", standard="", condition="")


def lineage(catalog: Catalog, name: str) -> tuple[Origin, ...]:
    """Return what feeds `entity.field`, or every field of `entity`, in the order of fields and of sources.

    A field that no mapping provides has no origin. Raises `UnknownNameError` with the nearest names, `UsageError` for a
    name of another form.
    """
    entity_name, _, field_name = name.strip().partition(".")
    if not entity_name or "." in field_name:
        raise UsageError(f"'{name}' is not the name of a field", help="Write entity.field, for example customer.email.")
    entity = entity_of(catalog, entity_name)
    fields = [_field_of(entity, field_name)] if field_name else list(entity.fields.values())
    mappings = catalog.mappings_of(entity.name)
    return tuple(origin for item in fields for mapping in mappings if (origin := _origin(catalog, item, mapping)))


def entity_of(catalog: Catalog, name: str) -> Entity:
    """Return the entity of that name; raises `UnknownNameError` with the nearest names."""
    entity = catalog.entity(name)
    if entity is None:
        known = [item.name for item in catalog.tables()]
        raise UnknownNameError(
            f"no table '{name}'", candidates=nearest(name, known), help="`cdi tables` lists the tables."
        )
    return entity


def _field_of(entity: Entity, name: str) -> Field:
    found = entity.field(name)
    if found is None:
        known = [item.name for item in entity.fields.values()]
        raise UnknownNameError(
            f"table '{entity.name}' has no field '{name}'",
            candidates=nearest(name, known),
            help=f"`cdi describe {entity.name}` lists its fields.",
        )
    return found


def _origin(catalog: Catalog, item: Field, mapping: Mapping) -> Origin | None:
    shape = mapping.fields.get(item.name.lower())
    if shape is None:
        return None
    source = catalog.sources[mapping.source]
    expression = shapes.words(shape)
    if isinstance(shape, Ref):
        target = catalog.mapping(shape.source, shape.mapping)
        key = f" (key {', '.join(target.key)})" if target and target.key else ""
        expression += key
    return Origin(
        entity=mapping.entity,
        field=item.name,
        source=source.name,
        department=source.department,
        mapping=mapping.name,
        relation=" ".join(mapping.relation.split()),
        columns=shapes.columns(shape),
        expression=expression,
        standard=shape.codes.standard if isinstance(shape, Column) and shape.codes else "",
        condition=" ".join(mapping.where.split()),
    )
