"""What every kind of source has in common, and what every kind of file has."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import cdi_federate.catalog.model as catalog
from cdi_federate.catalog.kinds import PINS
from cdi_federate.config.secret import reveal
from cdi_federate.errors import DriftError, SourceError, UnavailableError
from cdi_federate.sources import paths, pins, urls
from cdi_federate.sources.direct import Row, Unsuited
from cdi_federate.sources.files import Files, Found, LocalFiles, state
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.ports import Attachment, Health, Probe
from cdi_federate.stages.relations import FileScan, Relation

RESERVED = frozenset({"memory", "system", "temp", "main", "cdi_memory"})


class BaseSource(ABC):
    """One departmental system: its names, and an error with its name on it."""

    kind: str
    dialect: str = ""

    def __init__(self, model: catalog.Source) -> None:
        self.model = model
        self.name, self.department, self.owner = model.name, model.department, model.owner

    @property
    def alias(self) -> str:
        """The name under which an engine attaches the source."""
        return f"{self.name}_" if self.name.lower() in RESERVED else self.name

    def connection(self, key: str, default: str = "") -> str:
        """Return a value of the connection, secrets revealed."""
        return str(reveal(self.model.connection.get(key, default)))

    def look_again(self, error: DriftError) -> SourceError:
        """Nothing more is known."""
        return error

    @property
    def exact(self) -> frozenset[str]:
        """Nothing is fetched."""
        return frozenset()

    @property
    def one_moment(self) -> bool:
        """Nothing is fetched."""
        return False

    def fetch(self, texts: Sequence[str], wanted: Callable[[], bool]) -> list[list[Row]]:
        """Nothing comes but by the engine."""
        raise Unsuited

    def cancel(self, tag: str) -> None:  # noqa: B027 - a whole answer for every kind that runs inside the engine
        """Nothing runs elsewhere: the engine's own interrupt ends it."""

    def close(self) -> None:  # noqa: B027 - a whole answer for every kind that holds no connection of its own
        """Nothing is held."""

    def whose(self, error: SourceError, mapping: catalog.Mapping | None = None) -> SourceError:
        """Complete an error with department, owner and entity; returns it."""
        error.department, error.owner = error.department or self.department, error.owner or self.owner
        if mapping is not None:
            error.entity = error.entity or mapping.entity
        return error

    @abstractmethod
    def attachment(self) -> Attachment:
        """Return what an engine must do to reach the source."""

    @abstractmethod
    def relation(self, mapping: catalog.Mapping) -> Relation:
        """Return where the mapping's rows stand."""

    @abstractmethod
    def token(self, relation: Relation) -> str:
        """Return a text that changes when the facts of the relation may be stale."""

    def state(self, relation: Relation) -> str:
        """Tell nothing: only the rows say what they are."""
        return ""

    @abstractmethod
    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read the facts; errors need no department yet."""

    @abstractmethod
    def version(self, probe: Probe) -> str:
        """Reach the source and return what it says of itself; raises a `SourceError`."""

    def facts(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read the facts of a mapping's table; also checks that the table is what the catalog says."""
        try:
            found = self.read(mapping, probe)
            return found if found.token else replace(found, token=self.token(self.relation(mapping)))
        except SourceError as error:
            raise self.whose(error, mapping)  # noqa: B904 - the same error, completed

    def health(self, probe: Probe) -> Health:
        """Reach the source, measure, and report instead of raising."""
        began = time.perf_counter()
        try:
            version = self.version(probe)
        except SourceError as error:
            return Health(False, error=self.whose(error))
        return Health(
            True,
            milliseconds=(time.perf_counter() - began) * 1000,
            version=version,
            credentials="none needed",
            read_only="opened read-only",
        )


class FileSource(BaseSource):
    """Files that the engine reads in place: of this machine, or behind a URL."""

    format: ClassVar[str]
    extension: ClassVar[str] = ""
    extra: ClassVar[str] = ""
    pinned: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Options that hold unless the mapping says otherwise; what DuckDB would guess is said here."""

    @cached_property
    def _known(self) -> dict[str, TableFacts]:
        """Facts by mapping, for files whose state is asked over a network: with their deadline, and not before."""
        return {}

    @cached_property
    def files(self) -> Files:
        """Where the files stand."""
        return where(self, self.connection("path", "."))

    def attachment(self) -> Attachment:
        """Return the files and folders that the source's mappings read."""
        urls = [self._url(mapping) for mapping in self.model.mappings]
        readable = tuple(dict.fromkeys(self.files.readable(url) for url in urls))
        return self.files.given(Attachment(self.name, extension=self.extension, extra=self.extra, paths=readable))

    def relation(self, mapping: catalog.Mapping) -> FileScan:
        """Return the files with the mapping's options, nothing guessed."""
        options = {name: value for name, value in self.options(mapping).items() if name not in PINS}
        return FileScan(self.format, (self._url(mapping),), {**self.pinned, **options})

    def options(self, mapping: catalog.Mapping) -> dict[str, Any]:
        """Return the mapping's reader options in the engine's spelling."""
        return dict(mapping.options)

    def token(self, relation: Relation) -> str:
        """Return the states of every file matched; empty where that takes a network: `read` compares them then."""
        assert isinstance(relation, FileScan)
        return (
            state(found for url in relation.urls for found in self.files.matched(url, None)) if self.files.local else ""
        )

    def state(self, relation: Relation) -> str:
        """Return the same: a file whose size and time are what they were is taken for the one it was."""
        return self.token(relation)

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Let the engine say which columns the files have, once they are what the catalog pins."""
        found = self.files.matched(self._url(mapping), probe)
        token, known = state(found), self._known.get(mapping.qualified)
        if known is not None and known.token == token:
            return known
        pins.verify(mapping.options, found, self.files, probe)
        relation = self.settle(mapping, [file.url for file in found], probe)
        columns = columns_of(probe.columns(self, relation))
        facts = TableFacts(columns, rows=self.count(relation, found, probe), relation=relation, token=token)
        if not self.files.local:
            self._known[mapping.qualified] = facts
        return facts

    def settle(self, mapping: catalog.Mapping, files: list[str], probe: Probe) -> FileScan:
        """Return the scan with everything settled that a look at the files can settle."""
        return self.relation(mapping)

    def count(self, scan: FileScan, found: list[Found], probe: Probe) -> int | None:
        """Return about how many rows the files hold, where that is told without reading them; None otherwise."""
        return None

    def version(self, probe: Probe) -> str:
        """Say how many files there are; raises where a mapping has none, or what reads them is not installed."""
        self.files.look()
        found = [file for mapping in self.model.mappings for file in self.files.matched(self._url(mapping), probe)]
        distinct = list(dict.fromkeys(file.url for file in found))
        if self.files.local:
            for path in distinct:
                try:
                    with self.files.raw(path) as file:
                        file.read(1)
                except OSError as error:
                    raise UnavailableError(f"'{path}' cannot be read: {error.strerror}", source=self.name) from None
        if self.model.mappings and (self.extension or not self.files.local):
            self.read(self.model.mappings[0], probe)
        return f"{len(distinct)} {self.kind} file{'s' if len(distinct) != 1 else ''}"

    def health(self, probe: Probe) -> Health:
        """Reach the files, measure, and report instead of raising."""
        health = super().health(probe)
        return replace(health, credentials=self.files.credentials()) if health.reachable else health

    def _url(self, mapping: catalog.Mapping) -> str:
        return self.files.url(mapping.relation)


def where(owner: FileSource, path: str) -> Files:
    """Return where a connection's files stand; what is not of this machine is loaded only here."""
    kind = urls.scheme(path)
    if not kind:
        return LocalFiles(owner, str(paths.root(owner.model.base, urls.local(path))))
    if kind in urls.WEB:
        from cdi_federate.sources.web import WebFiles

        return WebFiles(owner, path)
    if kind in urls.S3 | urls.GCS | urls.AZURE:
        from cdi_federate.sources.store import StoreFiles

        return StoreFiles(owner, path)
    from cdi_federate.sources.mounted import MountedFiles

    return MountedFiles(owner, path)


def columns_of(described: Iterable[tuple[str, str]]) -> dict[str, ColumnFacts]:
    """Return the facts of columns that the engine reads itself: its own types, compared in its own way."""
    return {name.lower(): ColumnFacts(name, type_, native=type_) for name, type_ in described}
