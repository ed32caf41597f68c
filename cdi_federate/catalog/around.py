"""What a catalog says of everything about one customer: how one is found, and which tables tell more of them.

Nothing here knows a name of a table or a field: references (`ref`), keys, tags and rules of identity say it all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdi_federate.catalog import expressions
from cdi_federate.catalog.model import Catalog, Entity, Field, Ref
from cdi_federate.catalog.types import MOMENTS
from cdi_federate.errors import UsageError, nearest

_TAGS = ("id", "pii.email", "pii.phone")
"""Tags, with all below them, of fields by which a customer may be looked for."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A table whose rows tell of a customer, whose id is in `field`. `time` is the field that says when; empty: none.

    `title` is the table's name; with the field's, where several of its fields refer to customers.
    """

    entity: Entity
    field: str
    time: str
    title: str


def whose(catalog: Catalog, asked: str | None) -> Entity:
    """Return the entity whose rows are customers: the one named, else the only one that is merged.

    Raises:
        UsageError: there is none of that name, none is merged, or several are; or one that is named has no key.
    """
    merged = [entity for entity in catalog.entities.values() if entity.grain == "merged"]
    if asked is None:
        if len(merged) == 1 and merged[0].key:
            return merged[0]
        if len(merged) == 1:
            said = f"by what the customers of '{merged[0].name}' are told apart is not there in this role"
            raise UsageError(said, help="A policy denies the key of that table.")
        if merged:
            names = " or ".join(entity.name for entity in merged)
            raise UsageError("several tables of this catalog are merged", help=f"Name one: --entity {names}.")
        raise UsageError(
            "no table of this catalog is merged, so that it is not known who is one customer",
            help="Name a table of single records with --entity; or merge it: `grain: merged`, with rules of identity.",
        )
    entity = catalog.entity(asked)
    if entity is None:
        tables = [each.name for each in catalog.entities.values()]
        raise UsageError(f"there is no table '{asked}'", candidates=nearest(asked, tables, limit=1))
    entity = catalog.entity(entity.of) or entity if entity.of else entity
    if len(entity.key) != 1:
        raise UsageError(f"'{entity.name}' has no key of one field", help="Its file would say `key: customer_id`.")
    return entity


def facets(catalog: Catalog, entity: Entity) -> tuple[Facet, ...]:
    """Return the tables that refer to an entity, one for each field that does, in the catalog's order."""
    found = []
    for table in catalog.entities.values():
        if table is not entity:
            names = dict.fromkeys(_referring(catalog, table, entity))
            for field in (known for name in names if (known := table.field(name))):
                title = table.name if len(names) == 1 else f"{table.name} by {field.name}"
                found.append(Facet(table, field.name, table.time, title))
    return tuple(found)


def found_by(entity: Entity, name: str) -> tuple[Field, ...]:
    """Return the fields by which a customer is looked for under a name: a field's own, or a kind of personal data.

    `email` are the fields tagged `pii.email` where no field has that name.

    Raises:
        UsageError: there is no such field, or it does not tell customers apart.
    """
    known = identifying(entity)
    field = entity.field(name)
    fields = (field,) if field else tuple(each for each in known if _is_tagged(each, (f"pii.{name.lower()}",)))
    if not fields:
        guesses = nearest(name, [each.name for each in known], limit=1)
        raise UsageError(f"'{entity.name}' has no field '{name}'", candidates=guesses, help=_listed(known))
    keys = {key.lower() for key in entity.key}
    if not all(each in known or each.name.lower() in keys for each in fields):
        raise UsageError(f"'{fields[0].name}' does not tell customers apart", help=_listed(known))
    return fields


def identifying(entity: Entity) -> tuple[Field, ...]:
    """Return the fields that tell customers apart: by their tag, or because a rule of identity reads them."""
    read: set[str] = set()
    if entity.identity is not None:
        terms = [*entity.identity.unique, *(term for rule in entity.identity.rules for term in rule.on)]
        read = {name.lower() for term in terms for name, _, _ in expressions.read(term).columns}
    keys = {name.lower() for name in entity.key}
    fields = (each for each in entity.fields.values() if each.name.lower() not in keys)
    return tuple(each for each in fields if each.name.lower() in read or _is_tagged(each, _TAGS))


def time_of(named: str | None, is_stated: bool, fields: Mapping[str, Field]) -> str:
    """Return the name of the field that says when: the one that a file names, else the only one that can."""
    if is_stated:
        return fields[named.lower()].name if named else ""
    fitting = [field.name for field in fields.values() if field.type in MOMENTS]
    return fitting[0] if len(fitting) == 1 else ""


def _referring(catalog: Catalog, table: Entity, entity: Entity) -> Iterator[str]:
    """Yield the fields of a table that hold a key of the entity's records."""
    for mapping in catalog.mappings_of(table.name):
        for name, shape in mapping.fields.items():
            target = catalog.mapping(shape.source, shape.mapping) if isinstance(shape, Ref) else None
            if target is not None and target.entity.lower() == entity.name.lower():
                yield name


def _is_tagged(field: Field, tags: tuple[str, ...]) -> bool:
    return any(tag == each or tag.startswith(f"{each}.") for tag in field.tags for each in tags)


def _listed(fields: tuple[Field, ...]) -> str:
    names = ", ".join(field.name for field in fields)
    return f"Customers are found by {names}, or by their id." if names else "Customers are found by their id alone."
