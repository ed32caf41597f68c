"""The two ports: a source (one departmental system) and an engine (what runs the residual).

A source knows its system and no engine; an engine knows how to attach and scan and no catalog. Both are given to the
query path by `federation/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import CdiError, DriftError, SourceError
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.clauses import Value
from cdi_federate.stages.events import Teller
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.relations import Relation
from cdi_federate.stages.spelling import Spelling
from cdi_federate.stages.steps import FederatedPlan, Residual


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves to a server who asks; it never shows its values.

    `type` and the keys of `values` are those of DuckDB's CREATE SECRET (`postgres`: host, port, user, password, …).
    `scope`, where not empty, is the beginning of the URLs that it is for; `headers` go with each request to them.
    """

    type: str
    values: Mapping[str, str] = field(repr=False)
    scope: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What an engine must do before it can scan a source.

    `alias` and `type` (DuckDB's ATTACH type; empty: nothing to attach) with the `target`: a path, or a server's
    settings that are no secret; `credential` is what is. `extension` must be loaded, and is brought by the extra
    `extra`. `settings` are the engine's own that the extension needs, by name. `paths` are the files and folders that
    may be opened; `tables` are in-memory Arrow tables to register, by name. `at_once` is how many statements may run
    at the source at the same time (0: any number); `timeout` how many seconds it may keep silent while it owes an
    answer (0: as long as the query may take). `also` are further extensions, each with its extra; `filesystems` are
    fsspec's to mount, by scheme.
    """

    source: str
    alias: str = ""
    type: str = ""
    target: str = ""
    extension: str = ""
    extra: str = ""
    paths: tuple[str, ...] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    credential: Credential | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    at_once: int = 0
    timeout: float = 0.0
    also: Mapping[str, str] = field(default_factory=dict)
    filesystems: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """What `cdi doctor` says of one source. `milliseconds` is the time of one trivial read."""

    reachable: bool
    milliseconds: float = 0.0
    version: str = ""
    credentials: str = ""
    read_only: str = ""
    error: CdiError | None = None


class Probe(Protocol):
    """The little that a source may ask of an engine to learn its facts."""

    def columns(self, source: Source, relation: Relation) -> tuple[tuple[str, str], ...]:
        """Return (name, DuckDB type) of a relation that the engine reads in place."""
        ...

    def rows(self, source: Source, relation: Relation, limit: int, *, seconds: float = 0.0) -> list[tuple[Any, ...]]:
        """Return the first rows of such a relation; `seconds` is how long a small answer may take (0: any time)."""
        ...


class Source(Protocol):
    """One departmental system, reached read-only. Every method may raise a `SourceError`."""

    name: str
    kind: str
    department: str
    owner: str
    dialect: str
    """The dialect of its fragments (`sqlite`); empty for a source that the engine reads in place."""

    @property
    def exact(self) -> frozenset[str]:
        """Types on the wire, without digits, that `fetch` gives as the engine's reader would; empty: it cannot."""
        ...

    @property
    def one_moment(self) -> bool:
        """Whether several texts that are fetched together see one moment."""
        ...

    def attachment(self) -> Attachment:
        """Return what an engine must do to reach the source; secrets are resolved here."""
        ...

    def relation(self, mapping: catalog.Mapping) -> Relation:
        """Return where the mapping's rows stand. Touches nothing."""
        ...

    def token(self, relation: Relation) -> str:
        """Return a text that changes when the facts of the relation may be stale; cheap (file sizes and times)."""
        ...

    def state(self, relation: Relation) -> str:
        """Return a text that is another one whenever a row of the relation is; empty where only reading can tell."""
        ...

    def facts(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read the facts of a mapping's table; also checks that the table is what the catalog says."""
        ...

    def health(self, probe: Probe) -> Health:
        """Reach the source, measure, and report instead of raising."""
        ...

    def look_again(self, error: DriftError) -> SourceError:
        """Forget what was known of the tables, and say more of what a running statement found changed, if it can."""
        ...

    def fetch(self, texts: Sequence[str], wanted: Callable[[], bool]) -> list[list[tuple[bytes | str | None, ...]]]:
        """Return the few rows of each text, values as the server writes them; `wanted`: the query still runs.

        Raises `Unsuited` (of `sources/direct.py`) where they must come the engine's way.
        """
        ...

    def cancel(self, tag: str) -> None:
        """Stop the statements that carry the tag `/* cdi:<tag> */`, by another connection; never waits long."""
        ...

    def close(self) -> None:
        """Free the connections that the source holds itself; it opens new ones when it is asked again."""
        ...


class Refusal(Exception):  # noqa: N818 - the engine's answer, turned into a CdiError by the stage that asked
    """The engine will not take a text. `offset` is a character offset in it, -1 where unknown.

    `kind` is the engine's own subtype (`COLUMN_NOT_FOUND`, `SYNTAX_ERROR`, …) or its exception type.
    """

    def __init__(
        self, kind: str, message: str, offset: int = -1, name: str = "", candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.offset, self.name, self.candidates = kind, message, offset, name, candidates


class Binder(Protocol):
    """The engine's reading of SQL over the empty virtual schema: no data and no source is touched."""

    def read(self, text: str) -> Mapping[str, Any]:
        """Return the engine's parse tree of one SELECT as JSON; raises `Refusal`."""
        ...

    def read_each(self, texts: Sequence[str]) -> tuple[Mapping[str, Any] | Refusal, ...]:
        """Return the same of several texts at once, the `Refusal` of each that it does not read."""
        ...

    def describe(self, text: str, parameters: Mapping[str, Any]) -> tuple[OutputColumn, ...]:
        """Return output names and types of one SELECT over virtual tables; raises `Refusal`."""
        ...

    def evaluate(self, expressions: Sequence[str]) -> tuple[Value | Refusal | None, ...]:
        """Return the values of constant expressions, each by itself; one that fails gives its `Refusal`."""
        ...


class Rows(Protocol):
    """An answer that is being computed: Arrow record batches, streamed once.

    `ran` is what the query really did; None until its last row is ready.
    """

    ran: Ran | None

    @property
    def schema(self) -> Any:
        """The Arrow schema; waits until the engine has begun to answer."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Yield pyarrow record batches; raises `SourceError`, `ExecutionError` or `Interrupted`."""
        ...

    def cancel(self) -> None:
        """Stop; may be called from any thread, more than once."""
        ...

    def close(self) -> None:
        """Free what the answer holds."""
        ...


class Engine(Protocol):
    """What runs federated plans."""

    def binder(self, schema: Mapping[str, Mapping[str, str]]) -> Binder:
        """Return a binder over empty tables: table → column → DuckDB type."""
        ...

    def probe(self) -> Probe:
        """Return what sources may ask while they read their facts."""
        ...

    def spell(self, residual: Residual) -> Spelling:
        """Return the residual as one statement in the engine's dialect; a table named in `leaves` becomes its scan."""
        ...

    def run(
        self,
        plan: FederatedPlan,
        sources: Mapping[str, Source],
        *,
        deadline: float,
        tell: Teller,
        spent: float = 0.0,
        anew: bool = False,
    ) -> Rows:
        """Start the plan and `tell` of it. Errors name the source they came from.

        `deadline` is in seconds, of which some are `spent`. `anew`: after an `UndeclaredError` it is started again.
        """
        ...

    def close(self) -> None:
        """Free every connection."""
        ...
