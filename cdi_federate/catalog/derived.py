"""The tables that a merged entity brings with it: its unmerged records, and who was found to be whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Mapping as Map
from dataclasses import replace
from types import MappingProxyType

from cdi_federate.catalog.model import Entity, Field

_LINKS = (
    Field("source", "VARCHAR", "The source of the record"),
    Field("mapping", "VARCHAR", "The mapping of the record: source.mapping"),
    Field("record_key", "VARCHAR", "The record's key in its source, as text, or a keyed hash of it", ("id.source",)),
    Field("rule_id", "VARCHAR", "The rule that linked it; NULL where it stands alone"),
    Field("score", "DOUBLE", "The rule's score, 1 for an exact rule"),
    Field("valid_from", "TIMESTAMP WITH TIME ZONE", "When the record got its id"),
    Field("valid_to", "TIMESTAMP WITH TIME ZONE", "When the record was found gone; NULL as long as it is there"),
)


def derived(entities: Iterable[Entity]) -> Map[str, Entity]:
    """Return the tables that the merged entities among these bring with them, by lower-case name."""
    merged = [entity for entity in entities if entity.grain == "merged"]
    names = {entity.name.lower() for entity in merged}
    tables = [table for entity in merged for table in (_records(entity), _links(entity, names))]
    return MappingProxyType({table.name.lower(): table for table in tables})


def crosswalks(merged: Collection[str]) -> frozenset[str]:
    """Return the names of the tables that show links, in lower case; `merged` are the merged entities' names."""
    return frozenset(_name(name.lower(), merged) for name in merged)


def _name(entity: str, merged: Collection[str]) -> str:
    return "identifier" if len(merged) == 1 else f"{entity}_identifier"


def _records(entity: Entity) -> Entity:
    return Entity(
        name=f"{entity.name}_record",
        fields=MappingProxyType({name: replace(field, survivorship=None) for name, field in entity.fields.items()}),
        description=f"The records of which {entity.name} is merged, one row for each, with the id of the merged row.",
        tags=entity.tags,
        of=entity.name,
        part="records",
        place=entity.place,
    )


def _links(entity: Entity, merged: Collection[str]) -> Entity:
    keys = [entity.fields[name.lower()] for name in entity.key if name.lower() in entity.fields]
    return Entity(
        name=_name(entity.name.lower(), merged),
        fields=MappingProxyType({field.name.lower(): replace(field, survivorship=None) for field in (*keys, *_LINKS)}),
        description=f"Which records are linked to one {entity.name}, as of the last build; no value of theirs.",
        tags=entity.tags,
        shows_origin=False,
        of=entity.name,
        part="crosswalk",
        place=entity.place,
    )
