"""A federation whose queries run in processes that can open nothing but the sources."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import UsageError
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.execute.partial import OnFailure
from cdi_federate.execute.result import Result
from cdi_federate.federation.api import Federation
from cdi_federate.federation.prepared import Prepared
from cdi_federate.federation.sandbox.answer import Distant
from cdi_federate.federation.sandbox.asking import Asking
from cdi_federate.federation.sandbox.reach import reach_of
from cdi_federate.federation.sandbox.worker import MEMORY_LIMIT, Opening, Worker
from cdi_federate.stages.events import Listener
from cdi_federate.stages.subject import Subject
from cdi_federate.walls import landlock

KEPT = 2
"""Processes that wait for the next query, of one subject each."""

WARNING = (
    "this kernel has no Landlock: queries run in a process of their own, with bounds on memory and time, "
    "but nothing beside DuckDB's own lock keeps it from files and the network"
)


class Sandboxed(Federation):
    """A federation whose queries never run in this process."""

    def __init__(self, catalog: Catalog, engine: DuckEngine, opening: Opening) -> None:
        super().__init__(catalog, engine, role=opening.role, purpose=opening.purpose)
        self._opening = replace(opening, user=self._subject.user)
        self._idle: list[tuple[object, Worker]] = []
        self._lock = Lock()
        self.warning = "" if landlock.version() else WARNING
        """What is missing of the wall on this machine; empty where nothing is."""
        if self.warning:
            warnings.warn(self.warning, RuntimeWarning, stacklevel=5)

    def sql(
        self,
        sql: str,
        /,
        *,
        dialect: str = "duckdb",
        deadline: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        listener: Listener | None = None,
        subject: Subject | None = None,
        on_failure: OnFailure | None = None,
        allow_wrong: bool = False,
        **named: Any,
    ) -> Result:
        """Plan a query in a process of its own and return its answer, which runs there when it is first used."""
        who = subject or self._subject
        seconds = self._setting.limits(who).time(self._seconds(deadline))
        question = {
            "sql": sql, "dialect": dialect, "deadline": seconds, "parameters": {**(parameters or {}), **named},
            "on_failure": on_failure, "allow_wrong": allow_wrong,
            "subject": {"user": who.user, "role": who.role, "purpose": who.purpose, "attributes": dict(who.attributes)},
        }  # fmt: skip
        return Distant(Asking(self, self._setting.audit, who, question, seconds, listener))

    def prepare(self, sql: str, /, **options: Any) -> Prepared:
        """Refuse: a plan is made where it runs."""
        raise UsageError("in the sandbox a query is not prepared", help="Ask `EXPLAIN …` as a query, or use sql().")

    def register(self, name: str, data: Any) -> None:
        """Refuse: the process reads the catalog's sources only."""
        raise UsageError("in the sandbox no table of this process can be asked")

    def close(self) -> None:
        """End all processes that wait, and free what this one holds."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, worker in idle:
            worker.kill()
        super().close()

    def taken(self, who: Subject) -> Worker:
        """Return a process for a subject, one that waits or a new one; none that was asked by somebody else."""
        setting, key = self._setting, _key(who)
        reach = reach_of(setting.catalog, dict(setting.sources))
        with self._lock:
            found = [each for each in self._idle if each[0] == key and each[1].reach == reach and each[1].is_alive]
            stale = [each for each in self._idle if each[1].reach != reach or not each[1].is_alive]
            self._idle = [each for each in self._idle if each not in stale and each not in found[:1]]
        for _, worker in stale:
            worker.kill()
        return found[0][1] if found else Worker(self._opening, setting.catalog, reach)

    def given_back(self, who: Subject, worker: Worker) -> None:
        """Keep a process for the subject's next query."""
        if not worker.is_alive:
            return
        with self._lock:
            self._idle.append((_key(who), worker))
            gone = self._idle[:-KEPT]
            self._idle = self._idle[-KEPT:]
        for _, each in gone:
            each.kill()


def _key(who: Subject) -> object:
    return (who.user, who.role, who.purpose, repr(sorted(who.attributes.items())))


def opened(
    catalog: Catalog,
    engine: DuckEngine,
    path: str | Path,
    target: str | None,
    role: str | None,
    purpose: str | None,
    memory_limit: str | None,
) -> Sandboxed:
    """Return the federation of a catalog that was read from a folder."""
    if os.name == "nt":
        raise UsageError("the sandbox needs pipes that this system does not have", help="Linux and macOS have them.")
    limit = memory_limit or MEMORY_LIMIT
    where, variant = str(Path(path).resolve()), target or ""
    return Sandboxed(catalog, engine, Opening(where, variant, limit, role=role or "", purpose=purpose or ""))
