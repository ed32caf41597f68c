"""What the policies of a catalog may name: roles, entities with their columns, tags, sources, departments, purposes."""

from __future__ import annotations

from collections.abc import Iterator

from cdi_federate.catalog.derived import crosswalks
from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.config.files import EntityFile
from cdi_federate.errors import Place

_RECORDS = ("_source", "_department", "_record_key", "_updated_at")
_MERGED = ("_sources", "_updated_at")
_LINKS = ("source", "mapping", "record_key", "rule_id", "score", "valid_from", "valid_to")


class PolicyNames:
    """What policies may name."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.is_partial = any(kind == "policy" for kind, _ in draft.broken)
        """Whether some policy file could not be read, so that what is missing may stand there."""
        self.entities: dict[str, Part[EntityFile]] = {part.shape.entity.lower(): part for part in draft.entities}
        merged = [name for name, part in self.entities.items() if part.shape.grain == "merged"]
        self.derived = {f"{name}_record": name for name in merged}
        links = sorted(crosswalks(merged))
        self.derived |= dict(
            zip(links, [n if len(merged) > 1 else merged[0] for n in _owners(links, merged)], strict=True)
        )
        self.sources = [part.shape.source for part in draft.sources]
        self.departments = sorted({part.shape.department for part in draft.sources if part.shape.department})
        self.tags = {tag for part in draft.entities for tags in _tags(part.shape) for tag in tags}
        self.special = any(f.sensitivity == "special" for p in draft.entities for f in p.shape.fields.values())
        self.roles: dict[str, Place] = {}
        self.users: dict[str, Place] = {}
        self.consent: Place | None = None
        self.secret: Place | None = None
        head = draft.catalog
        self.has_secret = (
            self.is_partial
            or (head is not None and head.shape.identity.secret is not None)
            or any(part.shape.secret is not None for part in draft.policies)
        )
        self.has_consent = self.is_partial or any(part.shape.consent is not None for part in draft.policies)
        self.every_role = [name for part in draft.policies for name in part.shape.roles]
        stated = {p for part in draft.policies for rule in part.shape.rules for p in rule.purpose}
        self.purposes = stated | {
            p for part in draft.policies for role in part.shape.roles.values() for p in role.purposes
        }

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return [*(part.shape.entity for part in self.entities.values()), *self.derived]

    def links(self) -> frozenset[str]:
        """Return the names of the tables that show links."""
        return frozenset(name for name in self.derived if not name.endswith("_record"))

    def columns(self, entity: str) -> list[str] | None:
        """Return the columns of an entity; None where it is not known, or its file could not be read."""
        name = self.derived.get(entity.lower(), entity.lower())
        part = self.entities.get(name)
        if part is None:
            return None
        fields = list(part.shape.fields)
        if entity.lower() in self.links():
            return [*part.shape.key, *_LINKS]
        if entity.lower() in self.derived or part.shape.grain != "merged":
            return [*fields, *_RECORDS]
        return [*fields, *_MERGED, *(f"{name}{end}" for name in fields for end in ("__source", "__as_of"))]


def _owners(links: list[str], merged: list[str]) -> Iterator[str]:
    for link in links:
        yield link.removesuffix("_identifier") if len(merged) > 1 else merged[0]


def _tags(shape: EntityFile) -> Iterator[list[str]]:
    yield shape.tags
    for field in shape.fields.values():
        yield field.tags
