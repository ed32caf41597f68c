"""The catalog as frozen values: what `load` makes of the YAML files and every later stage reads.

Names are kept as written; look-ups by name go through the mappings here, whose keys are lower-case for entities and
fields (SQL names are case-insensitive) and as written for sources and standards.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from cdi_federate.catalog.auditing import Auditing
from cdi_federate.catalog.identity import Identity
from cdi_federate.catalog.limits import Limits
from cdi_federate.catalog.policy_text import PolicyText
from cdi_federate.catalog.shape import Codes, Column, Const, Expression, Id, Ref, Scalar, Shape
from cdi_federate.config.secret import Secret
from cdi_federate.errors import Place

__all__ = [
    "EMPTY", "Catalog", "Claims", "Codes", "Column", "Const", "Entity", "Expression", "Field", "Id", "Identity",
    "Mapping", "MappingTest", "Ref", "Scalar", "Shape", "Source", "Survivorship",
]  # fmt: skip

EMPTY: Map[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Survivorship:
    """Which record's value a field of a merged entity takes.

    `order` are sources or mappings from the most trusted on; `tie` is what decides between records that the rule finds
    alike, before the order of sources, the record's key and the value do. `of` is the field that `follow` follows.
    """

    rule: str
    order: tuple[str, ...] = ()
    of: str = ""
    ignore_empty: bool = True
    tie: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an entity. `type` is a DuckDB type in DuckDB's own spelling (`DECIMAL(18,2)`)."""

    name: str
    type: str
    description: str = ""
    tags: tuple[str, ...] = ()
    strict: bool = False
    survivorship: Survivorship | None = None
    place: Place | None = None
    sensitivity: Literal["normal", "special"] = "normal"


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of the virtual schema. `grain` merged: one row a master id; records: one row a source row.

    `shows_origin`: it also has the columns that tell where a row came from (not a table registered from Python).
    `of`: the merged entity of which this shows `part`: the unmerged records, or the crosswalk. `time` is the field that
    says when what a row tells happened; empty: none does.
    `seen`: the only columns that there are for whoever asks, by lower-case name; None: all.
    """

    name: str
    fields: Map[str, Field]
    key: tuple[str, ...] = ()
    grain: Literal["merged", "records"] = "records"
    description: str = ""
    tags: tuple[str, ...] = ()
    survivorship: Survivorship | None = None
    identity: Identity | None = None
    shows_origin: bool = True
    of: str = ""
    part: Literal["", "records", "crosswalk"] = ""
    time: str = ""
    place: Place | None = None
    seen: Map[str, Field] | None = None

    def field(self, name: str) -> Field | None:
        """Return the field of that name, in any case, or None."""
        return self.fields.get(name.lower())


@dataclass(frozen=True, slots=True)
class Claims:
    """What a catalog says of a mapping's raw columns; relied on only where enforced or `trust` is set."""

    unique: tuple[tuple[str, ...], ...] = ()
    not_null: tuple[str, ...] = ()
    values: Map[str, tuple[Scalar, ...]] = field(default_factory=lambda: EMPTY)
    canonical: Map[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    trust: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class MappingTest:
    """A raw row and the fields it must give; `expect` is None where the mapping's `where` must leave the row out."""

    name: str
    given: Map[str, Scalar]
    expect: Map[str, Scalar] | None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one table of a source provides (some) fields of an entity.

    `relation` is a table or view name, a path or glob under the connection's path, or a SELECT in the source's
    dialect (`is_select`). `where` is DuckDB's dialect over the table's own columns. `updated` is a raw column.
    """

    source: str
    name: str
    entity: str
    relation: str
    fields: Map[str, Shape]
    key: tuple[str, ...] = ()
    key_store: Literal["plain", "hmac"] = "plain"
    where: str = ""
    updated: str = ""
    options: Map[str, Any] = field(default_factory=lambda: EMPTY)
    claims: Claims = Claims()
    tests: tuple[MappingTest, ...] = ()
    place: Place | None = None
    where_place: Place | None = None

    @property
    def qualified(self) -> str:
        """The mapping's name in the catalog: `source.mapping`."""
        return f"{self.source}.{self.name}"

    @property
    def is_select(self) -> bool:
        """Whether `relation` is a SELECT in the source's own dialect."""
        return self.relation.lstrip().lower().startswith(("select ", "select\n", "with ", "("))


@dataclass(frozen=True, slots=True)
class Source:
    """One departmental system. Values of `connection` may be `Secret`; paths are relative to `base`."""

    name: str
    kind: str
    base: str
    department: str = ""
    owner: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    connection: Map[str, Any] = field(default_factory=lambda: EMPTY)
    mappings: tuple[Mapping, ...] = ()
    on_failure: Literal["fail", "partial"] = "fail"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """All the files of one catalog folder, checked. `version` changes whenever any of the files does.

    `identity_secret` is the key of the hashes that crosswalks hold; without it, a build makes one of its own.
    `audit`: where queries are written down; None: they are not. `derived` are the tables that merged entities bring
    with them, by lower-case name.
    """

    name: str
    base: str
    version: str
    entities: Map[str, Entity]
    sources: Map[str, Source]
    standards: Map[str, Codes] = field(default_factory=lambda: EMPTY)
    description: str = ""
    target: str = ""
    defaults: Map[str, Any] = field(default_factory=lambda: EMPTY)
    policies: tuple[PolicyText, ...] = ()
    deadline_seconds: float = 60.0
    identity_secret: Secret | None = None
    audit: Auditing | None = None
    limits: Limits = field(default_factory=Limits)
    warnings: tuple[str, ...] = field(default=())
    derived: Map[str, Entity] = field(default_factory=lambda: EMPTY)

    def entity(self, name: str) -> Entity | None:
        """Return the entity or derived table of that name, in any case, or None."""
        return self.entities.get(name.lower()) or self.derived.get(name.lower())

    def tables(self) -> tuple[Entity, ...]:
        """Return all tables that can be asked: the entities, then what merged ones bring with them."""
        return (*self.entities.values(), *self.derived.values())

    def mappings_of(self, entity: str) -> tuple[Mapping, ...]:
        """Return the mappings that provide an entity or a derived table, in the order of sources and of the file."""
        known = self.derived.get(entity.lower())
        name = known.of.lower() if known else entity.lower()
        return tuple(m for m in self.mappings() if m.entity.lower() == name)

    def mappings(self) -> Iterator[Mapping]:
        """Yield every mapping of every source."""
        for source in self.sources.values():
            yield from source.mappings

    def mapping(self, source: str, name: str) -> Mapping | None:
        """Return one mapping by its source's and its own name, or None."""
        owner = self.sources.get(source)
        return next((m for m in owner.mappings if m.name == name), None) if owner else None
