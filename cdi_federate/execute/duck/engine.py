"""The engine (port `Engine`) on DuckDB."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import duckdb

from cdi_federate.errors import CdiError, ExecutionError, InvariantError, OverdueError, UsageError
from cdi_federate.execute import unchanged
from cdi_federate.execute.duck import faults, keysets, seal, spill
from cdi_federate.execute.duck.ahead import Ahead
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.execute.duck.instance import instance
from cdi_federate.execute.duck.lines import Lines
from cdi_federate.execute.duck.places import Places
from cdi_federate.execute.duck.probe import DuckProbe, marks
from cdi_federate.execute.duck.run import Answer
from cdi_federate.execute.duck.session import LEAST_THREADS, Lease, Sessions
from cdi_federate.execute.duck.spell import remote, scan, spelt, with_fragments
from cdi_federate.stages.events import Teller
from cdi_federate.stages.plan import FederatedPlan, Fragment, Residual, Spelling
from cdi_federate.stages.ports import Attachment, Source

_QUERY_FUNCTIONS = {"sqlite": "sqlite_query", "postgres": "postgres_query", "mysql": "mysql_query"}
"""Dialect of a fragment → the table function that sends a text to an attached database."""

_SERVERS = frozenset({"postgres", "mysql"})
"""Dialects of servers, whose statements carry the query's tag: by it they are found and stopped there."""


_SIZE = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)


class DuckEngine:
    """Runs federated plans on DuckDB. `memory_limit` in DuckDB's spelling (`4GB`); `threads` at least as given."""

    def __init__(self, *, memory_limit: str = "", threads: int = 0) -> None:
        if memory_limit and not _SIZE.fullmatch(memory_limit):
            raise UsageError(f"'{memory_limit}' is no size of memory", help="a number and a unit: 500MB, 4GB, 2GiB")
        self._spill = spill.folder()
        threads = threads or max(LEAST_THREADS, os.cpu_count() or 1)
        makers = ThreadPoolExecutor(1, "cdi-ahead")  # in the order in which a query needs them
        self._blank = Ahead(makers, lambda: instance(threads=1))
        self._probe = DuckProbe(Ahead(makers, lambda: instance(threads=2)))
        self._sessions = Sessions(
            Ahead(makers, lambda: instance(threads=threads, memory_limit=memory_limit, spill=self._spill))
        )
        makers.shutdown(wait=False)
        self._places = Places()

    def binder(self, schema: Mapping[str, Mapping[str, str]]) -> DuckBinder:
        """Return a binder over empty tables: table → column → DuckDB type."""
        return DuckBinder(schema, self._blank.take())

    def probe(self) -> DuckProbe:
        """Return what sources may ask while they read their facts."""
        return self._probe

    def spell(self, residual: Residual) -> Spelling:
        """Return the residual as one statement; a fragment stands there by its name."""
        return spelt(residual, {})

    def run(
        self,
        plan: FederatedPlan,
        sources: Mapping[str, Source],
        *,
        deadline: float,
        tell: Teller,
        spent: float = 0.0,
    ) -> Answer:
        """Start the plan; of the `deadline`, in seconds, some are `spent`. Errors name the source they came from."""
        seal.check_plan(plan)
        needed = _needed(plan)
        attachments: dict[str, Attachment] = {}
        readings = []
        for name, entities in needed.items():
            source = sources[name]
            try:
                attachments[name] = source.attachment()
            except CdiError as error:
                raise faults.owned(error, source, entities) from None
            readings.append(faults.Reading(source, entities, marks(attachments[name])))
        for fragment in plan.fragments:
            _sent(fragment, attachments, tell.query)  # refuses what cannot be sent before anything is held
        limits = {name: each.at_once for name, each in attachments.items() if each.at_once}
        lines = Lines(attachments)

        @contextmanager
        def lease(stopped: threading.Event) -> Iterator[Lease | None]:
            with self._places.taken(limits, stopped) as is_held:
                held = self._sessions.lease(attachments.values()) if is_held else None
                try:
                    yield held
                finally:
                    if held is not None:
                        held.close()

        def start(connection: duckdb.DuckDBPyConnection) -> tuple[str, Mapping[str, Any]]:
            residual = plan.residual
            sent = keysets.fetched(connection, plan, lambda fragment: _sent(fragment, attachments, tell.query))
            spelling = with_fragments(residual.spelling or spelt(residual, {}), residual, sent)
            seal.check_text(connection, spelling, [scan(leaf, sent) for leaf in residual.leaves.values()])
            return spelling.text, plan.parameters

        def fault(error: Exception) -> CdiError:
            found = faults.of_running(error, readings)
            culprit = getattr(found, "source", "")
            for name, seconds in lines.given_up.items():
                if culprit in ("", name):
                    found, culprit = OverdueError(f"silent for its timeout of {seconds:g} s", source=name), name
            if isinstance(found, ExecutionError | InvariantError):
                told = unchanged.culprit(plan, sources, self._probe)
                if told is not None:
                    found, culprit = told, told.source
            return faults.owned(found, sources[culprit], needed[culprit]) if culprit in needed else found

        def cancel() -> None:
            for name in needed:  # at the same time: one that is frozen must not keep the others waiting
                threading.Thread(target=sources[name].cancel, args=(tell.query,), name="cdi-stop", daemon=True).start()

        return Answer(
            lease,
            start,
            columns=plan.columns,
            deadline=deadline,
            spent=spent,
            tell=tell,
            fault=fault,
            cancel=cancel,
            lines=lines,
            verify=lambda: unchanged.hold(plan, sources, self._probe),
            fragments=tuple((fragment.name, fragment.source, fragment.text) for fragment in plan.fragments),
        )

    def close(self) -> None:
        """Free every connection and the spill folder."""
        self._sessions.close()
        self._probe.close()
        self._blank.close()
        spill.remove(self._spill)


def _needed(plan: FederatedPlan) -> dict[str, tuple[str, ...]]:
    """Return the sources that the plan reads, each with the entities it is read for."""
    found: dict[str, list[str]] = {}
    for scan_ in plan.plan.scans:
        for branch in scan_.branches:
            entities = found.setdefault(branch.mapping.source, [])
            if scan_.entity.name not in entities:
                entities.append(scan_.entity.name)
    return {name: tuple(entities) for name, entities in found.items()}


def _sent(fragment: Fragment, attachments: Mapping[str, Attachment], tag: str) -> str:
    function = _QUERY_FUNCTIONS.get(fragment.dialect)
    if function is None or fragment.source not in attachments:
        raise InvariantError(f"the fragment '{fragment.name}' goes to a source that cannot be sent one")
    text = f"/* cdi:{tag} */ {fragment.text}" if fragment.dialect in _SERVERS else fragment.text
    return remote(function, attachments[fragment.source].alias, text)
