"""Queries as the log tells them, and counts over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cdi_federate.audit import chain
from cdi_federate.errors import AuditError


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, or act. `outcome`: complete, failed, stopped, left, aborted (nothing says how it ended), refused,
    looked (at a plan, a crosswalk or this log) or decided (of records, whose ids stand as `statement`).

    `released`: rows had begun to leave. `code` is that of the error; `columns` are read ones, each with its tags.
    """

    n: int
    at: str
    user: str
    role: str
    purpose: str
    kind: str
    outcome: str
    code: str
    rows: int
    seconds: float
    released: bool
    entities: tuple[str, ...]
    columns: tuple[str, ...]
    sources: tuple[str, ...]
    lacks: tuple[str, ...]
    statement: str
    query: str


@dataclass(frozen=True, slots=True)
class Stat:
    """One count: of a source, a field, a user, a statement that one user asked several times with other values, or of
    what was denied to whom and by which code.
    """

    what: str
    name: str
    queries: int
    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what the lines say, in order; raises `AuditError` where the log cannot be read."""
    try:
        with path.open("rb") as file:
            for raw in file:
                entry = chain.entry_of(raw)
                if entry is not None:
                    yield entry
    except FileNotFoundError:
        return
    except OSError as error:
        raise AuditError(f"the audit log cannot be read: {error.strerror}: {path}") from None


def asked(path: Path) -> list[Asked]:
    """Return the queries of a log, in the order in which they began."""
    found: dict[str, Asked] = {}
    for entry in entries(path):
        query = str(entry.get("query", ""))
        match entry.get("event"):
            case "intent" | "refused" | "looked" | "decided":
                found[query] = _begun(entry, query)
            case "released" if query in found:
                found[query] = replace(found[query], released=True)
            case "closed" if query in found:
                found[query] = replace(
                    found[query],
                    outcome=entry.get("outcome", ""),
                    code=entry.get("code", ""),
                    rows=entry.get("rows", 0),
                    seconds=entry.get("seconds", 0.0),
                    lacks=tuple(entry.get("lacks", ())),
                )
    return list(found.values())


def _begun(entry: dict[str, Any], query: str) -> Asked:
    event, columns = entry["event"], entry.get("columns", {})
    return Asked(
        n=entry["n"],
        at=entry.get("at", ""),
        user=entry.get("user", ""),
        role=entry.get("role", ""),
        purpose=entry.get("purpose", ""),
        kind=entry.get("kind", ""),
        outcome="aborted" if event == "intent" else event,
        code=entry.get("code", ""),
        rows=entry.get("rows", 0),
        seconds=0.0,
        released=event == "looked",
        entities=tuple(entry.get("entities", ())),
        columns=tuple(f"{name} [{', '.join(tags)}]" if tags else name for name, tags in columns.items()),
        sources=tuple(entry.get("sources", ())),
        lacks=(),
        statement=entry.get("statement", "") or " ".join(entry.get("ids", ())),
        query=query,
    )


REPEATED = 20
"""Statements that are counted as repeated: those that were asked most often."""


def stats(path: Path) -> list[Stat]:
    """Return counts of sources (what they gave), fields (the most used first), users, statements that one of them
    repeats, outcomes, and what was denied.
    """
    sources: dict[str, Stat] = {}
    who: dict[str, str] = {}
    fields: Counter[str] = Counter()
    users: Counter[str] = Counter()
    statements: Counter[str] = Counter()
    denied: Counter[str] = Counter()
    for entry in entries(path):
        event, query = entry.get("event"), str(entry.get("query", ""))
        if event in ("intent", "refused", "looked", "decided"):
            who[query] = "/".join(part for part in (entry.get("user", ""), entry.get("role", "")) if part)
            users[who[query]] += 1
        if event == "refused":
            denied[f"{who[query]}: {entry.get('code', '')}"] += 1
        if event == "intent":
            fields.update(list(entry.get("columns", ())))
            statements[f"{who[query]}: {entry.get('statement', '')}"] += 1
        for name, given in entry.get("sources", {}).items() if event == "closed" else ():
            old = sources.get(name, Stat("source", name, 0))
            more = (old.rows + given["rows"], old.bytes + given["bytes"], round(old.seconds + given["seconds"], 6))
            sources[name] = Stat("source", name, old.queries + 1, *more)
    outcomes = Counter(each.outcome for each in asked(path))
    return [
        *(sources[name] for name in sorted(sources)),
        *_counted("field", fields.most_common()),
        *_counted("user", users.most_common()),
        *_counted("repeated", [each for each in statements.most_common(REPEATED) if each[1] > 1]),
        *_counted("outcome", outcomes.most_common()),
        *_counted("denied", denied.most_common()),
    ]


def _counted(what: str, counts: Iterable[tuple[str, int]]) -> Iterator[Stat]:
    return (Stat(what, name, count) for name, count in counts)
