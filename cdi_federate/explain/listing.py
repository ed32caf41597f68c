"""Sources, entities and fields of a catalog as rows, for `cdi sources`, `cdi tables`, `cdi describe` and notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cdi_federate.catalog.model import Catalog, Field
from cdi_federate.explain.lineage import entity_of


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One departmental system and what it provides."""

    source: str
    kind: str
    department: str
    owner: str
    provides: tuple[str, ...]
    tags: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One table of the virtual schema and who feeds it."""

    table: str
    grain: str
    fields: int
    key: tuple[str, ...]
    sources: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a table and who feeds it."""

    field: str
    type: str
    key: bool
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    description: str


def sources(catalog: Catalog) -> tuple[SourceRow, ...]:
    """Return one row a source, in the catalog's order."""
    return tuple(
        SourceRow(
            source=source.name,
            kind=source.kind,
            department=source.department,
            owner=source.owner,
            provides=tuple(dict.fromkeys(mapping.entity for mapping in source.mappings)),
            tags=source.tags,
            description=_line(source.description),
        )
        for source in catalog.sources.values()
    )


def tables(catalog: Catalog) -> tuple[TableRow, ...]:
    """Return one row an entity, in the catalog's order."""
    return tuple(
        TableRow(
            table=entity.name,
            grain=entity.grain,
            fields=len(entity.fields),
            key=entity.key,
            sources=tuple(dict.fromkeys(mapping.source for mapping in catalog.mappings_of(entity.name))),
            description=_line(entity.description),
        )
        for entity in catalog.tables()
    )


def describe(catalog: Catalog, name: str, origin: Iterable[Field] = ()) -> tuple[FieldRow, ...]:
    """Return one row a field of an entity; raises `UnknownNameError` with the nearest names.

    `origin` are the columns that every row has besides, which tell where it came from; all its sources know them.
    """
    entity = entity_of(catalog, name)
    mappings = catalog.mappings_of(entity.name)
    keys = {part.lower() for part in entity.key}
    own = tuple(
        FieldRow(
            field=item.name,
            type=item.type,
            key=item.name.lower() in keys,
            tags=item.tags,
            sources=tuple(dict.fromkeys(m.source for m in mappings if item.name.lower() in m.fields)),
            description=_line(item.description),
        )
        for item in entity.fields.values()
    )
    everyone = tuple(dict.fromkeys(mapping.source for mapping in mappings))
    more = (item for item in origin if entity.field(item.name) is None)
    return (*own, *(FieldRow(item.name, item.type, False, (), everyone, item.description) for item in more))


def _line(text: str) -> str:
    return " ".join(text.split())
