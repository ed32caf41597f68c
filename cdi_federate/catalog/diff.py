"""What changed between two versions of a catalog, and whether somebody's query may break or change its answer by it.

Breaking is what may make a query fail or answer otherwise: a table or column gone, another type, key or grain, rows no
longer provided, a field made in another way. Harmless is what only adds or explains; a new source adds rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from cdi_federate.catalog.model import Catalog, Entity, Field, Mapping, Source
from cdi_federate.errors import Place


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `place` is where it stands in the new version, or in the old one where the thing is gone."""

    kind: Literal["breaking", "harmless"]
    subject: str
    message: str
    place: Place | None = None

    @property
    def breaking(self) -> bool:
        """Whether a query may fail or answer otherwise."""
        return self.kind == "breaking"

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.kind}: {self.subject}: {self.message}"


def compare(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """Return what changed, breaking changes first, each kind in the order of the catalogs."""
    changes = [
        *_entities(old, new),
        *_mappings(old, new),
        *_sources(old, new),
        *_standards(old, new),
        *_policies(old, new),
    ]
    return tuple(sorted(changes, key=lambda change: not change.breaking))


# --- what people query -----------------------------------------------------------------------------------------------


def _entities(old: Catalog, new: Catalog) -> Iterator[Change]:
    for name, entity in old.entities.items():
        now = new.entity(name)
        if now is None:
            yield _breaking(entity.name, "the table is gone", entity.place)
        else:
            yield from _entity(entity, now)
    for name, entity in new.entities.items():
        if old.entity(name) is None:
            yield _harmless(entity.name, "a new table", entity.place)


def _entity(old: Entity, new: Entity) -> Iterator[Change]:
    name = new.name
    if old.grain != new.grain:
        yield _breaking(name, f"grain {old.grain} became {new.grain}: a row is something else now", new.place)
    if _lower(old.key) != _lower(new.key):
        yield _breaking(name, f"key ({', '.join(old.key)}) became ({', '.join(new.key)})", new.place)
    if old.identity and new.identity and old.identity != new.identity:
        yield _breaking(name, "the identity rules changed: other records become one customer", new.identity.place)
    elif bool(old.identity) != bool(new.identity):
        yield _breaking(name, f"the identity rules {'are new' if new.identity else 'are gone'}", new.place)
    if _plain(old.survivorship) != _plain(new.survivorship):
        yield _breaking(name, "the default survivorship changed: fields may take other records' values", new.place)
    yield from _words(name, old, new)
    for key, field in old.fields.items():
        now = new.field(key)
        if now is None:
            yield _breaking(f"{name}.{field.name}", "the field is gone", field.place)
        else:
            yield from _field(f"{name}.{now.name}", field, now)
    for key, field in new.fields.items():
        if old.field(key) is None:
            yield _harmless(f"{name}.{field.name}", f"a new field, {field.type}", field.place)
    kept = [key for key in old.fields if key in new.fields]
    if kept != [key for key in new.fields if key in old.fields]:
        yield _breaking(name, "the fields stand in another order, which SELECT * shows", new.place)


def _field(name: str, old: Field, new: Field) -> Iterator[Change]:
    if old.type != new.type:
        yield _breaking(name, f"type {old.type} became {new.type}", new.place)
    if old.strict != new.strict:
        if new.strict:
            yield _breaking(name, "strict now: a value that does not fit is an error and no longer NULL", new.place)
        else:
            yield _breaking(
                name, "no longer strict: a value that does not fit is NULL and no longer an error", new.place
            )
    if _plain(old.survivorship) != _plain(new.survivorship):
        yield _breaking(name, "the survivorship changed: it may take another record's value", new.place)
    if old.sensitivity != new.sensitivity:
        yield _breaking(name, f"its sensitivity is {new.sensitivity} now: others may see it", new.place)
    yield from _words(name, old, new)


def _words(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old.name != new.name:
        yield _harmless(name, f"'{old.name}' is written '{new.name}'", new.place)
    if old.description != new.description:
        yield _harmless(name, "another description", new.place)
    gone, added = sorted({*old.tags} - {*new.tags}), sorted({*new.tags} - {*old.tags})
    if gone:
        yield _breaking(name, f"tags gone: {', '.join(gone)}; policies that go by them no longer apply", new.place)
    if added:
        yield _harmless(name, f"tags added: {', '.join(added)}", new.place)


# --- where rows come from --------------------------------------------------------------------------------------------


def _mappings(old: Catalog, new: Catalog) -> Iterator[Change]:
    before = {mapping.qualified: mapping for mapping in old.mappings()}
    after = {mapping.qualified: mapping for mapping in new.mappings()}
    for name, mapping in before.items():
        if name not in after:
            if mapping.source in new.sources:
                yield _breaking(name, f"the mapping is gone: its rows of {mapping.entity} are missing", mapping.place)
        else:
            yield from _mapping(mapping, after[name])
    for name, mapping in after.items():
        if name not in before and new.sources[mapping.source].name in old.sources:
            yield _harmless(name, f"a new mapping: {mapping.entity} has more rows", mapping.place)


def _mapping(old: Mapping, new: Mapping) -> Iterator[Change]:
    name = new.qualified
    if old.entity.lower() != new.entity.lower():
        yield _breaking(name, f"it provided {old.entity} and provides {new.entity}", new.place)
        return
    for what, before, after in (
        ("reads", old.relation, new.relation),
        ("key", ", ".join(old.key), ", ".join(new.key)),
        ("rows", old.where or "all", new.where or "all"),
        ("updated", old.updated or "not known", new.updated or "not known"),
    ):
        if before != after:
            place = new.where_place or new.place if what == "rows" else new.place
            yield _breaking(name, f"{what}: {before} became {after}", place)
    if old.options != new.options:
        yield _breaking(name, "the reader's options changed", new.place)
    if old.key_store != new.key_store:
        yield _breaking(
            name, f"keys are stored as {new.key_store}, no longer {old.key_store}: links are lost", new.place
        )
    for field, shape in old.fields.items():
        now = new.fields.get(field)
        if now is None:
            yield _breaking(name, f"{new.entity}.{field} is no longer provided: it is NULL in these rows", shape.place)
        elif _plain(shape) != _plain(now):
            yield _breaking(name, f"{new.entity}.{field} is made in another way", now.place)
    for field, shape in new.fields.items():
        if field not in old.fields:
            yield _harmless(name, f"{new.entity}.{field} is provided now", shape.place)
    if _plain(old.claims) != _plain(new.claims):
        relied = old.claims.trust or new.claims.trust
        said = "trusted claims changed: plans rely on them" if relied else "other claims"
        yield Change("breaking" if relied else "harmless", name, said, new.claims.place or new.place)


def _sources(old: Catalog, new: Catalog) -> Iterator[Change]:
    for name, source in old.sources.items():
        now = new.sources.get(name)
        if now is None:
            yield _breaking(name, "the source is gone, with all rows it provides", source.place)
        else:
            yield from _source(source, now)
    for name, source in new.sources.items():
        if name not in old.sources:
            provided = ", ".join(dict.fromkeys(mapping.entity for mapping in source.mappings)) or "nothing yet"
            yield _harmless(name, f"a new source: more rows of {provided}", source.place)


def _source(old: Source, new: Source) -> Iterator[Change]:
    name = new.name
    if old.kind != new.kind:
        yield _breaking(name, f"kind {old.kind} became {new.kind}", new.place)
    if old.connection != new.connection:  # the values are not shown: they may be secret
        keys = sorted(
            key for key in {*old.connection, *new.connection} if old.connection.get(key) != new.connection.get(key)
        )
        yield _harmless(name, f"another connection ({', '.join(keys)})", new.place)
    if old.on_failure != new.on_failure:
        yield _breaking(name, f"on_failure {old.on_failure} became {new.on_failure}", new.place)
    if (old.department, old.owner) != (new.department, new.owner):
        yield _harmless(name, "another department or owner", new.place)
    yield from _words(name, old, new)


def _standards(old: Catalog, new: Catalog) -> Iterator[Change]:
    for name, codes in old.standards.items():
        now = new.standards.get(name)
        if now is None:
            yield _harmless(name, "the code list is gone; no mapping uses it")
            continue
        before, after = dict(codes.pairs), dict(now.pairs)
        for code in before.keys() - after.keys():
            yield _breaking(name, f"the code '{code}' is gone")
        for code in after.keys() - before.keys():
            yield _harmless(name, f"a new code '{code}'")
        for code in before.keys() & after.keys():
            if before[code] != after[code] or type(before[code]) is not type(after[code]):
                yield _breaking(name, f"the code '{code}' means {after[code]}, no longer {before[code]}")
        if (codes.has_otherwise, codes.otherwise) != (now.has_otherwise, now.otherwise):
            yield _breaking(name, "what becomes of unlisted codes changed")
    for name in new.standards.keys() - old.standards.keys():
        yield _harmless(name, "a new code list")


def _policies(old: Catalog, new: Catalog) -> Iterator[Change]:
    if old.policies != new.policies:
        yield _breaking("policies", "who may see what changed")


# --- helpers ---------------------------------------------------------------------------------------------------------


def _breaking(subject: str, message: str, place: Place | None = None) -> Change:
    return Change("breaking", subject, message, place)


def _harmless(subject: str, message: str, place: Place | None = None) -> Change:
    return Change("harmless", subject, message, place)


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _plain(value: Any) -> Any:
    """Return a value of the model without its place, and with its class: an expression is not a constant."""
    if value is None:
        return None
    return (type(value).__name__, *(_typed(getattr(value, f.name)) for f in fields(value) if f.name != "place"))


def _typed(value: Any) -> Any:
    return (type(value).__name__, value)
