"""A catalog between its files and its model: each file as its shape, with its document for places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from cdi_federate.config.files import CatalogFile, EntityFile, MappingShape, PolicyFile, Shape, SourceFile, StandardFile
from cdi_federate.config.located import Document
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place

S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """One file."""

    document: Document
    shape: S

    def place(self, *way: str | int, key: bool = False) -> Place:
        """Return the place of a value in the file, or of its key."""
        return self.document.place(way, key=key)


@dataclass(frozen=True, slots=True)
class DraftMapping:
    """One mapping of a source file, and the way to it in the file."""

    part: Part[SourceFile]
    entity: str
    shape: MappingShape
    way: Way
    name: str

    @property
    def qualified(self) -> str:
        """`source.mapping`."""
        return f"{self.part.shape.source}.{self.name}"

    def place(self, *way: str | int, key: bool = False) -> Place:
        """Return the place of something inside the mapping."""
        return self.part.document.place((*self.way, *way), key=key)

    def into(self, *way: str | int, offset: int, length: int) -> Place:
        """Return the place of a character of a text inside the mapping."""
        return self.part.document.into((*self.way, *way), offset, length)


@dataclass(slots=True)
class Draft:
    """All files that could be read. `broken` holds (kind, lower-case name) of those that could not."""

    root: Path
    target: str = ""
    version: str = ""
    catalog: Part[CatalogFile] | None = None
    entities: list[Part[EntityFile]] = field(default_factory=list)
    sources: list[Part[SourceFile]] = field(default_factory=list)
    standards: list[Part[StandardFile]] = field(default_factory=list)
    policies: list[Part[PolicyFile]] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)

    def is_broken(self, kind: str, name: str) -> bool:
        """Return whether a file of that name exists that could not be read; nothing is said of what it may hold."""
        return (kind, name.lower()) in self.broken

    def kind(self, source: SourceFile) -> str:
        """Return the kind of a source under the chosen target."""
        return str(self.overlay(source.source).get("kind", source.kind))

    def connection(self, source: SourceFile) -> dict[str, Any]:
        """Return the connection under the chosen target; one of another kind has nothing of the file's own."""
        changed = dict(self.overlay(source.source))
        kind = changed.pop("kind", source.kind)
        return {**(source.connection if kind == source.kind else {}), **changed}

    def overlay(self, source: str) -> dict[str, Any]:
        """Return what the chosen target says of a source: keys of its connection, perhaps another `kind`."""
        targets = self.catalog.shape.targets if self.catalog else {}
        return targets.get(self.target, {}).get(source, {})

    def entity(self, name: str) -> EntityFile | None:
        """Return an entity's shape by its name in any case; None where there is none that could be read."""
        return next((part.shape for part in self.entities if part.shape.entity.lower() == name.lower()), None)

    def mappings(self) -> Iterator[DraftMapping]:
        """Yield every mapping of every source."""
        for part in self.sources:
            yield from mappings_of(part)


def mappings_of(part: Part[SourceFile]) -> Iterator[DraftMapping]:
    """Yield the mappings of one source file, in its order."""
    for entity, mappings in part.shape.provides.items():
        several = isinstance(part.document.at(("provides", entity)), list)
        for index, shape in enumerate(mappings):
            way: Way = ("provides", entity, index) if several else ("provides", entity)
            yield DraftMapping(part, entity, shape, way, shape.name or default_name(shape.from_, entity))


def is_select(relation: str) -> bool:
    """Return whether `from` is a SELECT in the source's own dialect."""
    return bool(re.match(r"\s*(select\b|with\b|\()", relation, re.I))


def default_name(relation: str, entity: str) -> str:
    """Return a mapping's name where it gives none: its table's, its file's, or for a SELECT its entity's.

    public.accounts → accounts     shop/orders/*.parquet → orders     tickets_*.csv.gz → tickets     *.json → (entity)
    """
    if is_select(relation):
        return entity
    if "/" in relation or re.search(
        r"[*?\[]|\.(csv|tsv|txt|json|ndjson|jsonl|parquet|pq|xlsx|gz|zst)$", relation, re.I
    ):
        parts = [part for part in relation.replace("\\", "/").split("/") if part]
        stem = re.split(r"[*?\[]", parts[-1].split(".")[0])[0].strip("_-. ")
        folders = [
            part for part in reversed(parts[:-1]) if not re.search(r"[*?\[=:]", part) and part not in (".", "..")
        ]
        return stem or (folders[0] if folders else entity)
    quoted = re.findall(r'"((?:[^"]|"")+)"|([^.]+)', relation)
    return (quoted[-1][0].replace('""', '"') or quoted[-1][1].strip()) if quoted else entity
