"""One query and the process that answers it. What it says for the audit log is written in the parent's words."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from cdi_federate.audit import Trail
from cdi_federate.errors import AuditError, CdiError, InvariantError
from cdi_federate.execute import analysis
from cdi_federate.federation.sandbox.stream import Stream
from cdi_federate.federation.sandbox.worker import Worker
from cdi_federate.stages.events import Event, Listener
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.subject import Subject


class Workers(Protocol):
    """Gives a process for a subject, and takes it back."""

    def taken(self, who: Subject) -> Worker:
        """Return a process that nobody else was answered by."""

    def given_back(self, who: Subject, worker: Worker) -> None:
        """Keep it for the subject's next query."""


_INTENT = ("kind", "statement", "parameters", "entities", "columns", "sources", "fragments")
_LINES = frozenset(("event", *_INTENT, "code", "outcome", "rows", "seconds", "lacks"))
"""What the process may say in a line of the audit log; who asks, when, and as which query, is for the parent to say."""


class Asking:
    """One query and the process that answers it."""

    def __init__(
        self,
        workers: Workers,
        trail: Trail | None,
        who: Subject,
        question: Mapping[str, Any],
        seconds: float,
        listener: Listener | None,
    ) -> None:
        self._workers, self._trail, self._who = workers, trail, who
        self._question, self._seconds = question, seconds
        self._query, self._listener = uuid.uuid4().hex[:12], listener
        self._began = time.monotonic()
        self._worker: Worker | None = None
        self._events: set[str] = set()

    def once(self, what: str, **more: Any) -> dict[str, Any]:
        """Ask for a plan, or its words; raises what went wrong."""
        found: dict[str, Any] = {}
        for said in self._said(what, **more):
            if isinstance(said, dict) and "event" not in said:
                found = said
        return found

    def stream(self) -> Stream:
        """Run the query and return its bytes."""
        return Stream(self._said("run"), self._heard)

    def cancel(self) -> None:
        """Stop it; may be called from any thread, more than once."""
        worker = self._worker
        if worker is not None:
            worker.cancel()

    def check_released(self, columns: tuple[OutputColumn, ...]) -> None:
        """Raise where rows came that the audit log does not know of; a plan in words only has to be known."""
        announced = "released" in self._events or (columns == analysis.COLUMNS and "looked" in self._events)
        if self._trail is not None and not announced:
            raise InvariantError("the sandbox's process gave rows that it had not announced")

    def _said(self, what: str, **more: Any) -> Iterator[dict[str, Any] | bytes]:
        def written(entry: Mapping[str, Any], forced: bool) -> str:
            why = self._write(entry, forced)
            if not why:
                self._events.add(str(entry.get("event")))
            return why

        worker = self._worker = self._workers.taken(self._who)
        is_over = False
        try:
            yield from worker.ask({**self._question, "what": what, **more}, seconds=self._seconds, written=written)
            is_over = True
        except CdiError as error:
            is_over = worker.is_alive and not isinstance(error, InvariantError)
            raise
        finally:
            self._worker = None
            if is_over:
                self._workers.given_back(self._who, worker)
            else:
                worker.kill()
                if {"intent", "closed"} & self._events == {"intent"}:
                    self._write({"event": "closed", "outcome": "stopped", "rows": 0, "seconds": self._seconds}, True)

    def _heard(self, said: Mapping[str, Any]) -> None:
        if self._listener is not None:
            with suppress(KeyError, TypeError):
                at = time.monotonic() - self._began
                self._listener(Event(said["event"], self._query, at, dict(said["detail"])))

    def _write(self, entry: Mapping[str, Any], forced: bool) -> str:
        """Write a line in the subject's name, whatever the process says; return why it could not be written."""
        if self._trail is None:
            return ""
        told = {name: value for name, value in entry.items() if name in _LINES}
        event = str(told.pop("event", ""))
        stamp: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="microseconds")}
        if event in ("intent", "refused", "looked"):
            stamp |= {"user": self._who.user, "role": self._who.role, "purpose": self._who.purpose}
        try:
            self._trail.log.append({"event": event, "query": self._query, **stamp, **told}, forced=forced)
        except AuditError as error:
            return str(error)
        return ""
