"""The virtual schema as analysts see it: an entity's own fields, then the columns that tell where a row came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cdi_federate.catalog.model import Catalog, Column, Const, Entity, Expression, Field, Mapping, Shape, Source
from cdi_federate.query.shapes import key_text, simplified
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
SOURCE, AS_OF = "__source", "__as_of"
"""How the columns of a merged entity end that tell where a field's value came from, and when that was last changed."""


def schema_of(entity: Entity) -> dict[str, Field]:
    """Return the columns of an entity by lower-case name, those of origin last; shared, so it must not be changed."""
    return _SCHEMAS.get((entity,), (), lambda: _schema_of(entity))


_SCHEMAS: Kept[dict[str, Field]] = Kept(512)


def _schema_of(entity: Entity) -> dict[str, Field]:
    if entity.seen is not None:
        return dict(entity.seen)
    if entity.grain == "merged":
        return {
            field.name.lower(): field
            for field in (*map(partial(_golden, entity), entity.fields.values()), *_MERGED, *_origins(entity))
        }
    origin = _RECORDS if entity.shows_origin else ()
    return {field.name.lower(): field for field in (*entity.fields.values(), *origin)}


def _golden(entity: Entity, field: Field) -> Field:
    """Return a field of the merged rows: what is collected is a list."""
    return replace(field, type=f"{field.type}[]") if _is_collected(entity, field) else field


def _origins(entity: Entity) -> Iterator[Field]:
    """Yield the columns that tell where each value came from; what is collected came from everywhere."""
    keys = {name.lower() for name in entity.key}
    for field in entity.fields.values():
        if field.name.lower() not in keys and not _is_collected(entity, field):
            known: dict[str, Any] = {"tags": field.tags, "sensitivity": field.sensitivity}
            when = f"When the record that gave {field.name} was last changed"
            yield Field(f"{field.name}{SOURCE}", "VARCHAR", f"The source that {field.name} is from", **known)
            yield Field(f"{field.name}{AS_OF}", "TIMESTAMP", when, **known)


def _is_collected(entity: Entity, field: Field) -> bool:
    rule = field.survivorship or entity.survivorship
    return rule is not None and rule.rule == "collect" and field.name.lower() not in {key.lower() for key in entity.key}


def virtual_schema(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return table → column → DuckDB type of the whole virtual schema."""
    return {
        entity.name: {field.name: field.type for field in schema_of(entity).values()} for entity in catalog.tables()
    }


def shapes_of(mapping: Mapping, source: Source) -> dict[str, Shape]:
    """Return how a mapping makes each column that it provides, those of origin included, by lower-case name."""
    shapes = {name.lower(): simplified(shape) for name, shape in mapping.fields.items()}
    if mapping.updated:
        shapes["_updated_at"] = Column(mapping.updated)
    shapes["_source"] = Const(source.name)
    shapes["_department"] = Const(source.department or None)
    if mapping.key:
        shapes["_record_key"] = Expression(key_text(mapping.key))
    return shapes
