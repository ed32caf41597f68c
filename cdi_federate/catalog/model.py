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

from cdi_federate.errors import Place

Scalar = str | int | float | bool | None
"""A YAML 1.2 scalar."""

EMPTY: Map[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expression:
    """A mapping written as a scalar SQL expression in DuckDB's dialect over the table's own columns."""

    sql: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """A code list: the text form of a raw value → the field's value. Without `has_else` an unmapped code is NULL."""

    pairs: tuple[tuple[str, Scalar], ...]
    otherwise: Scalar = None
    has_otherwise: bool = False
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One raw column, changed by the steps that are set, in this order.

    trim, lower → null_if (texts that mean NULL) → prefix, suffix (stripped where present) → codes → parse (strptime
    formats, first that fits) or scale (a decimal factor, as text) → default (for NULL) → TRY_CAST to the field's type.
    `codes` leaves NULL as NULL.
    """

    column: str
    trim: bool = False
    lower: bool = False
    null_if: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    codes: Codes | None = None
    parse: tuple[str, ...] = ()
    scale: str = ""
    default: Scalar = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Const:
    """The same value for every row."""

    value: Scalar
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """The key of another mapping's record, held in `columns` here; becomes that record's master id."""

    source: str
    mapping: str
    columns: tuple[str, ...]
    place: Place | None = None


Shape = Expression | Column | Const | Ref
"""How one field is made of a source's row."""


@dataclass(frozen=True, slots=True)
class Survivorship:
    """Which record's value a field of a merged entity takes (DESIGN section 8)."""

    rule: str
    order: tuple[str, ...] = ()
    of: str = ""
    ignore_empty: bool = True
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


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity block of a merged entity, kept as read (DESIGN section 8)."""

    rules: tuple[Map[str, Any], ...] = ()
    conflict: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    max_cluster: int = 8
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of the virtual schema. `grain` merged: one row a master id; records: one row a source row.

    `shows_origin`: it also has the columns that tell where a row came from (not a table registered from Python).
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
    place: Place | None = None

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
    """All the files of one catalog folder, checked. `version` changes whenever any of the files does."""

    name: str
    base: str
    version: str
    entities: Map[str, Entity]
    sources: Map[str, Source]
    standards: Map[str, Codes] = field(default_factory=lambda: EMPTY)
    description: str = ""
    target: str = ""
    defaults: Map[str, Any] = field(default_factory=lambda: EMPTY)
    policies: tuple[Map[str, Any], ...] = ()
    deadline_seconds: float = 60.0
    warnings: tuple[str, ...] = field(default=())

    def entity(self, name: str) -> Entity | None:
        """Return the entity of that name, in any case, or None."""
        return self.entities.get(name.lower())

    def mappings_of(self, entity: str) -> tuple[Mapping, ...]:
        """Return the mappings that provide an entity, in the order of sources and of the file."""
        return tuple(m for m in self.mappings() if m.entity.lower() == entity.lower())

    def mappings(self) -> Iterator[Mapping]:
        """Yield every mapping of every source."""
        for source in self.sources.values():
            yield from source.mappings

    def mapping(self, source: str, name: str) -> Mapping | None:
        """Return one mapping by its source's and its own name, or None."""
        owner = self.sources.get(source)
        return next((m for m in owner.mappings if m.name == name), None) if owner else None
