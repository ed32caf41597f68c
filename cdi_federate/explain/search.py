"""Find sources, entities and fields by a word or by `tag:`; computed from the catalog alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cdi_federate.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class Found:
    """Something in the catalog: its kind, its name (`customer.email`), where it belongs, and its description.

    `where` is the type of a field, the number of fields of an entity, the department of a source.
    """

    kind: Literal["source", "entity", "field"]
    name: str
    where: str
    description: str
    tags: tuple[str, ...]
    matched: str


@dataclass(frozen=True, slots=True)
class _Item:
    found: Found
    words: tuple[tuple[str, str], ...]


def search(catalog: Catalog, query: str) -> tuple[Found, ...]:
    """Return what all terms of `query` match: names first, then descriptions, each in the catalog's order.

    A term is a word, found anywhere in a name, description, department, owner, kind or tag, in any case; or `tag:` and
    a tag, in which `*` stands for anything and a tag's first parts for all below it (`tag:pii` finds `pii.email`).
    Nothing is found by no term.
    """
    terms = query.lower().split()
    hits: list[Found] = []
    for item in _items(catalog) if terms else ():
        matched = [_match(item, term) for term in terms]
        if all(matched):
            hits.append(_with_match(item.found, min(matched, key=_RANK.index)))
    return tuple(sorted(hits, key=lambda hit: _RANK.index(hit.matched)))


_RANK = ["name", "tag", "department", "owner", "kind", "description", ""]


def _match(item: _Item, term: str) -> str:
    """Return which part of an item a term matches, empty for none."""
    if term.startswith("tag:"):
        wanted = term[4:]
        hit = any(
            fnmatch.fnmatchcase(tag.lower(), wanted) or tag.lower().startswith(f"{wanted}.") for tag in item.found.tags
        )
        return "tag" if hit and wanted else ""
    if any(term in tag.lower() for tag in item.found.tags):
        return "tag" if term not in item.found.name.lower() else "name"
    return next((part for part, word in item.words if term in word.lower()), "")


def _with_match(found: Found, matched: str) -> Found:
    return Found(found.kind, found.name, found.where, found.description, found.tags, matched)


def _items(catalog: Catalog) -> Iterator[_Item]:
    for entity in catalog.entities.values():
        where = f"{len(entity.fields)} fields"
        yield _item("entity", entity.name, where, entity.description, entity.tags)
        for item in entity.fields.values():
            yield _item("field", f"{entity.name}.{item.name}", item.type, item.description, item.tags, own=item.name)
    for source in catalog.sources.values():
        yield _item(
            "source",
            source.name,
            source.department,
            source.description,
            source.tags,
            more=(("department", source.department), ("owner", source.owner), ("kind", source.kind)),
        )


def _item(
    kind: Literal["source", "entity", "field"],
    name: str,
    where: str,
    description: str,
    tags: tuple[str, ...],
    *,
    own: str = "",
    more: tuple[tuple[str, str], ...] = (),
) -> _Item:
    """Make an item; a field is found by its own name, not by its entity's, else a word would find every field."""
    words = (("name", own or name), *more, ("description", description))
    return _Item(Found(kind, name, where, " ".join(description.split()), tags, ""), words)
