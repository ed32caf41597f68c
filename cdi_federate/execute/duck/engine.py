"""The engine (port `Engine`) on DuckDB."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import duckdb

from cdi_federate.errors import CdiError, ExecutionError, InvariantError, OverdueError, UndeclaredError, UsageError
from cdi_federate.execute import unchanged
from cdi_federate.execute.duck import faults, keysets, seal, spill
from cdi_federate.execute.duck.ahead import Ahead
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.execute.duck.crosswalks import crosswalks, pads
from cdi_federate.execute.duck.declared import Declared, Doubts
from cdi_federate.execute.duck.direct import Direct
from cdi_federate.execute.duck.instance import instance
from cdi_federate.execute.duck.lines import Lines
from cdi_federate.execute.duck.parameters import named_in
from cdi_federate.execute.duck.places import Places
from cdi_federate.execute.duck.probe import DuckProbe, marks
from cdi_federate.execute.duck.profile import Profile
from cdi_federate.execute.duck.run import Answer
from cdi_federate.execute.duck.session import LEAST_THREADS, Lease, Sessions
from cdi_federate.execute.duck.spell import scan, spelt, with_fragments
from cdi_federate.execute.duck.ways import Ways
from cdi_federate.stages.events import Teller
from cdi_federate.stages.ports import Attachment, Source
from cdi_federate.stages.spelling import Spelling
from cdi_federate.stages.steps import FederatedPlan, Fragment, Keep, Residual

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
        self._places, self._doubts, self._seal = Places(), Doubts(), seal.Seal()

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
        anew: bool = False,
    ) -> Answer:
        """Start the plan; of the `deadline`, in seconds, some are `spent`. Errors name the source they came from.

        `anew`: after an `UndeclaredError` it is started again.
        """
        self._seal.hold(plan)
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
        ways = Ways(plan, attachments, tell.query)
        limits = {name: each.at_once for name, each in attachments.items() if each.at_once}
        lines, profile = Lines(attachments), Profile(plan, tell)
        direct, halted = Direct(plan, sources, ways.text, ways.places), threading.Event()
        declared, texts = Declared(attachments if anew else {}, self._doubts), tuple(_texts(plan))

        @contextmanager
        def lease(stopped: threading.Event) -> Iterator[Lease | None]:
            nonlocal halted
            halted = stopped
            with self._places.taken(limits, ways.places, stopped) as is_held:
                held = self._sessions.lease([*attachments.values(), *ways.more, *crosswalks(plan)]) if is_held else None
                try:
                    if held is not None:
                        held.ready(*texts)
                    yield held
                finally:
                    if held is not None:
                        held.close()

        def start(connection: duckdb.DuckDBPyConnection) -> tuple[str, Mapping[str, Any]]:
            residual = plan.residual
            for variable, pad in pads(plan).items():
                if any(variable in text for text in texts):
                    connection.execute(f"SET VARIABLE {variable} = $1", [pad])
            for each in direct.fragments:
                profile.sent(each)

            def wanted() -> bool:
                return not (halted.is_set() or lines.given_up)

            came = direct.fetch(connection, wanted)
            profile.fetched(direct.figures)
            ways.begin(connection, {each.source for each in direct.fragments if each.name in came})

            def send(fragment: Fragment, rows: float | None) -> str:
                few = direct.fetch_told(connection, fragment, rows, wanted) if rows is not None else ""
                if few:
                    profile.fetched(direct.figures)
                return came.get(fragment.name) or few or declared.scan(fragment) or ways.sent(fragment)

            if any(isinstance(step, Keep) for step in plan.steps):
                profile.watch(connection)
            sent = keysets.fetched(connection, plan, send, profile.sent, partial(profile.ahead, connection))
            spelling = with_fragments(residual.spelling or spelt(residual, {}), residual, sent)
            seal.check_text(connection, spelling, [scan(leaf, sent) for leaf in residual.leaves.values()])
            return spelling.text, named_in(residual.tree, plan.parameters)

        def fault(error: Exception) -> CdiError:
            found = declared.fault(error) or faults.of_running(error, readings)
            culprit = getattr(found, "source", "")
            for name, seconds in lines.given_up.items():
                if culprit in ("", name):
                    found, culprit = OverdueError(f"silent for its timeout of {seconds:g} s", source=name), name
            if isinstance(found, ExecutionError | InvariantError) and not isinstance(found, UndeclaredError):
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
            gathered=declared.hold,
            verify=lambda: unchanged.hold(plan, sources, self._probe),
            profile=profile,
        )

    def close(self) -> None:
        """Free every connection and the spill folder."""
        self._sessions.close()
        self._probe.close()
        self._blank.close()
        spill.remove(self._spill)


def _texts(plan: FederatedPlan) -> Iterator[str]:
    """Yield the statements that the engine runs, without the texts of fragments."""
    for step in plan.steps:
        if isinstance(step, Keep | Residual):
            rows = step.rows if isinstance(step, Keep) else step
            yield (rows.spelling or spelt(rows, {})).text


def _needed(plan: FederatedPlan) -> dict[str, tuple[str, ...]]:
    """Return the sources that the plan reads, each with the entities it is read for."""
    found: dict[str, list[str]] = {}
    for scan_ in plan.plan.scans:
        for branch in scan_.branches:
            entities = found.setdefault(branch.mapping.source, [])
            if scan_.entity.name not in entities:
                entities.append(scan_.entity.name)
    return {name: tuple(entities) for name, entities in found.items()}
