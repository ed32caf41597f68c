"""The lines of one query: `intent` before it runs, `released` before its first row leaves, `closed` at its end.

A query without `closed` was aborted: its process was killed, or nobody read it to its end. What was refused before it
could run leaves one line, `refused`, and so does who may not take a role or lacks a right.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from cdi_federate.audit.log import Log
from cdi_federate.audit.words import Names, fingerprint, without_values
from cdi_federate.catalog.model import Catalog
from cdi_federate.stages.actual import Actual, Ran
from cdi_federate.stages.plan import Scan
from cdi_federate.stages.steps import FederatedPlan
from cdi_federate.stages.subject import Subject

Outcome = Literal["complete", "failed", "stopped", "left"]
"""`left`: the reader stopped reading. What the log says of a query without `closed` is `aborted`."""

_INNER = frozenset({"_source", "_record_key", "cdi_at"})
"""What the records of a merged table are read by, beside its own columns: nobody asks for these."""

_ORIGIN = ("_source", "_sources", "_department", "_record_key", "_updated_at")


class Writing(Protocol):
    """Something that writes lines of a log."""

    def append(self, entry: Mapping[str, Any], *, forced: bool = True) -> object:
        """Write one line; raises `AuditError`."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the queries of one catalog leave their lines. `names` are the catalog's own."""

    log: Writing
    names: Names

    @classmethod
    def of(cls, catalog: Catalog) -> Trail | None:
        """Return the trail that a catalog wants; None where it wants none."""
        wanted = catalog.audit
        if wanted is None:
            return None
        names = {*_ORIGIN, *catalog.sources}
        for entity in catalog.tables():
            names |= {entity.name, *entity.fields, *(f"{field}{end}" for field in entity.fields for end in _ENDS)}
        for mapping in catalog.mappings():
            names |= {mapping.name, *mapping.relation.split(".")} if not mapping.relation.count(" ") else {mapping.name}
        log = Log(Path(wanted.path), Path(wanted.anchor), syslog=wanted.syslog)
        return cls(log, frozenset(name.lower() for name in names))

    def begin(self, query: str, plan: FederatedPlan, kind: str) -> Account:
        """Write down that a query is about to run; raises `AuditError`."""
        self.log.append({"event": "intent", "query": query, **self._asked(plan, kind)})
        return Account(self, query)

    def explained(self, query: str, plan: FederatedPlan) -> None:
        """Write down that a plan is about to be shown, which has no rows; raises `AuditError`."""
        self.log.append({"event": "looked", "query": query, **self._asked(plan, "explain")})

    def _asked(self, plan: FederatedPlan, kind: str) -> dict[str, Any]:
        asked = plan.plan.query
        parsed, scans = asked.bound.parsed, plan.plan.scans
        return {
            **_who(asked.subject),
            "kind": kind,
            "statement": without_values(parsed.written, parsed.dialect, self.names, resolved=True),
            "parameters": sorted(plan.parameters),
            "entities": sorted({scan.entity.name for scan in scans}),
            "columns": _columns(scans),
            "sources": sorted({branch.mapping.source for scan in scans for branch in scan.branches}),
            "fragments": [[each.source, fingerprint(each.text, each.dialect)] for each in plan.may_send],
        }

    def refused(self, query: str, subject: Subject, statement: str, dialect: str, code: str) -> None:
        """Write down that a query was refused, and by which code; raises `AuditError`."""
        told = without_values(statement, dialect, self.names, resolved=False)
        self.log.append({"event": "refused", "query": query, **_who(subject), "statement": told, "code": code})

    def denied(self, what: str, subject: Subject, code: str) -> None:
        """Write down that somebody may not do what was tried, which is no statement; raises `AuditError`."""
        tried = {"kind": what, "statement": "", "code": code}
        self.log.append({"event": "refused", "query": uuid.uuid4().hex[:12], **_who(subject), **tried})

    def looked(self, what: str, subject: Subject, entity: str, rows: int) -> None:
        """Write down that somebody is about to be shown keys of a crosswalk, or lines of this log (which are of no one
        entity); raises `AuditError`.
        """
        shown = {"kind": what, "entities": [entity] if entity else [], "rows": rows}
        self.log.append({"event": "looked", "query": uuid.uuid4().hex[:12], **_who(subject), **shown})

    def decided(self, what: str, subject: Subject, entity: str, ids: Sequence[str]) -> None:
        """Write down that somebody is about to decide of records, by the ids each has alone; raises `AuditError`."""
        told = {"kind": what, "entities": [entity], "ids": list(ids)}
        self.log.append({"event": "decided", "query": uuid.uuid4().hex[:12], **_who(subject), **told})


_ENDS = ("__source", "__as_of")


@dataclass(frozen=True, slots=True)
class Account:
    """One query whose intent is written down; all raise `AuditError`."""

    trail: Trail
    query: str

    def released(self) -> None:
        """Write down that rows are about to leave."""
        self.trail.log.append({"event": "released", "query": self.query, "at": _now()}, forced=False)

    def closed(
        self,
        outcome: Outcome,
        plan: FederatedPlan,
        ran: Ran | None,
        *,
        rows: int,
        seconds: float,
        lacks: tuple[str, ...] = (),
        code: str = "",
    ) -> None:
        """Write down how it ended: the rows that left, the time, what each source gave, and what the answer lacks."""
        said: dict[str, Any] = {"outcome": outcome, "rows": rows, "seconds": round(seconds, 6)}
        said |= {"code": code} if code else {}
        said |= {"lacks": list(lacks)} if lacks else {}
        given = {} if ran is None else _given(plan, ran)
        self.trail.log.append({"event": "closed", "query": self.query, "at": _now(), **said, "sources": given})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _who(subject: Subject) -> dict[str, str]:
    return {"at": _now(), "user": subject.user, "role": subject.role, "purpose": subject.purpose}


def _columns(scans: tuple[Scan, ...]) -> dict[str, list[str]]:
    """Return each column that is read, with its tags; a column of origin has those of the field that it tells of."""
    found: dict[str, list[str]] = {}
    for scan in scans:
        is_merged = scan.entity.of == scan.entity.name
        for name in (each for each in scan.fields if not is_merged or each not in _INNER):
            told = next((name.removesuffix(end) for end in _ENDS if name.endswith(end)), name)
            field = scan.entity.field(name) or scan.entity.field(told)
            found[f"{scan.entity.name}.{name}"] = list(field.tags) if field else []
    return dict(sorted(found.items()))


def _given(plan: FederatedPlan, ran: Ran) -> Mapping[str, dict[str, Any]]:
    """Return what each source gave, where that is known."""
    total: dict[str, Actual] = {}
    for fragment in plan.fragments:
        if fragment.name in ran.fragments:
            total[fragment.source] = total.get(fragment.source, Actual()) + ran.fragments[fragment.name]
    for name, actual in ran.leaves.items():
        leaf = plan.residual.leaves.get(name)
        source = next((b.mapping.source for s in plan.plan.scans for b in s.branches if _read(b) == leaf), None)
        if source is not None:
            total[source] = total.get(source, Actual()) + actual
    return {
        source: {"rows": each.rows, "bytes": each.bytes, "seconds": round(each.seconds, 6)}
        for source, each in sorted(total.items())
    }


def _read(branch: Any) -> object:
    return branch.facts.relation if branch.facts and branch.facts.relation else branch.relation
