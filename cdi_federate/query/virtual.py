"""The virtual schema as analysts see it: an entity's own fields, then the columns that tell where a row came from."""

from __future__ import annotations

from cdi_federate.catalog.model import Catalog, Const, Entity, Expression, Field, Mapping, Ref, Shape, Source
from cdi_federate.query.shapes import key_text, name_of, simplified
from cdi_federate.stages.kept import Kept

_RECORDS = (
    Field("_source", "VARCHAR", "The source the row came from"),
    Field("_department", "VARCHAR", "The department that owns that source"),
    Field("_record_key", "VARCHAR", "The row's key in its source, as text"),
    Field("_updated_at", "TIMESTAMP", "When the source last changed the row"),
)
_MERGED = (
    Field("_sources", "VARCHAR[]", "The sources that know this row"),
    Field("_updated_at", "TIMESTAMP", "When a source last changed anything of the row"),
)


def schema_of(entity: Entity) -> dict[str, Field]:
    """Return the columns of an entity by lower-case name, those of origin last; shared, so it must not be changed."""
    return _SCHEMAS.get((entity,), (), lambda: _schema_of(entity))


_SCHEMAS: Kept[dict[str, Field]] = Kept(512)


def _schema_of(entity: Entity) -> dict[str, Field]:
    origin = {"merged": _MERGED, "records": _RECORDS}[entity.grain] if entity.shows_origin else ()
    return {field.name.lower(): field for field in (*entity.fields.values(), *origin)}


def virtual_schema(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return table → column → DuckDB type of the whole virtual schema."""
    return {
        entity.name: {field.name: field.type for field in schema_of(entity).values()}
        for entity in catalog.entities.values()
    }


def shapes_of(mapping: Mapping, entity: Entity, source: Source) -> dict[str, Shape]:
    """Return how a mapping makes each column that it provides, those of origin included, by lower-case name.

    Until a crosswalk knows better, every record of a merged entity is a customer of its own, whose id is the one that
    a `ref` to the record gives.
    """
    shapes = {name.lower(): simplified(shape) for name, shape in mapping.fields.items()}
    if mapping.updated:
        shapes["_updated_at"] = Expression(name_of(mapping.updated))
    if entity.grain == "merged":
        if len(entity.key) == 1 and mapping.key:
            shapes[entity.key[0].lower()] = Ref(source.name, mapping.name, mapping.key)
        shapes["_sources"] = Expression("[" + _text(source.name) + "]")
        return shapes
    shapes["_source"] = Const(source.name)
    shapes["_department"] = Const(source.department or None)
    if mapping.key:
        shapes["_record_key"] = Expression(key_text(mapping.key))
    return shapes


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
