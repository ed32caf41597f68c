"""The rows of an answer, however often its query has to be started before the first of them comes.

A source that may answer a moment later is asked again; one that may be left out is left out; where the engine broke,
another instance of it is asked (decision 033), and another way where a table was not as its columns are declared (050);
whatever else fails, fails. Once a row has reached the reader nothing is
started again: it would come twice, or never. Plans that ask less are tried before all this, one after the other, and
one counts if its rows are enough.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from cdi_federate.errors import BrokenEngineError, CdiError, Interrupted, SourceError, UndeclaredError
from cdi_federate.execute.partial import Omission
from cdi_federate.sources.breaker import Breakers
from cdi_federate.sources.retry import pause
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.events import Teller
from cdi_federate.stages.ports import Rows
from cdi_federate.stages.steps import FederatedPlan, Sooner

Start = Callable[[FederatedPlan, float], Rows]
"""Starts a plan; takes the seconds of the deadline that are spent."""

Forgive = Callable[[SourceError, FederatedPlan], tuple[FederatedPlan, Omission]]
"""Gives the plan without the source that failed, or raises the error."""

ENGINES = 3
"""How many instances of the engine are asked by one query at most."""

_NONE = object()


class Attempts:
    """Rows (port `Rows`) of a plan that is started when they are first asked for.

    `deadline` is in seconds, of which some are `spent`. `plan` and `omissions` are those of the attempt that runs.
    """

    def __init__(
        self,
        plan: FederatedPlan,
        start: Start,
        forgive: Forgive,
        breakers: Breakers,
        tell: Teller,
        *,
        deadline: float,
        spent: float = 0.0,
    ) -> None:
        self.plan = plan
        self.omissions: tuple[Omission, ...] = ()
        self._start, self._forgive, self._breakers, self._tell = start, forgive, breakers, tell
        self._deadline, self._spent = deadline, spent
        self._rows: Rows | None = None
        self._batches: Iterator[Any] = iter(())
        self._first: Any = _NONE
        self._schema: Any = None
        self._cancelled = threading.Event()

    @property
    def ran(self) -> Ran | None:
        """What the query really did; None until its last row is ready."""
        return None if self._rows is None else self._rows.ran

    @property
    def schema(self) -> Any:
        """The Arrow schema; waits for the first row, or the end."""
        if self._schema is None:
            self._begin()
        return self._schema

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches; raises `SourceError`, `ExecutionError` or `Interrupted`."""
        self.schema  # noqa: B018 - what is begun by it
        assert self._rows is not None
        try:
            if self._first is not _NONE:
                yield self._first
                self._first = _NONE
                yield from self._batches
        finally:
            self._rows.close()

    def cancel(self) -> None:
        """Stop; may be called from any thread, more than once."""
        self._cancelled.set()
        if self._rows is not None:
            self._rows.cancel()

    def close(self) -> None:
        """Free what the answer holds."""
        if self._rows is not None:
            self._rows.close()

    def _begin(self) -> None:
        until = time.monotonic() + self._deadline - self._spent
        for sooner in self.plan.sooner:
            found = self._tried(sooner, self._deadline - (until - time.monotonic()))
            if found is None:
                break
            if found >= sooner.rows:
                return
        again = broken = 0
        while True:
            seconds = 0.0
            try:
                self._try(self._deadline - (until - time.monotonic()))
                return
            except UndeclaredError:
                pass  # the engine remembers the table, so this comes once of each
            except BrokenEngineError:
                broken += 1
                if broken == ENGINES or time.monotonic() >= until:
                    raise
            except SourceError as error:
                self._breakers.failed(error)
                patience = pause(error, again, until)
                if patience is None:
                    self.plan, omission = self._forgive(error, self.plan)
                    self.omissions = (*self.omissions, omission)
                else:
                    again, seconds = again + 1, patience
            self._wait(seconds)

    def _tried(self, sooner: Sooner, spent: float) -> int | None:
        """Try a plan that asks less, whose rows are the answer's if they are enough; return how many they are.

        None where it fails, which is left to the whole plan to say.
        """
        try:
            names = self._admit(sooner.plan)
            self._rows = rows = self._start(sooner.plan, spent)
            if self._cancelled.is_set():
                rows.cancel()
            schema, batches = rows.schema, list(rows)
        except Interrupted:
            raise
        except CdiError as error:
            if isinstance(error, SourceError):
                self._breakers.failed(error)
            return None
        self._breakers.answered(names)
        found: int = sum(batch.num_rows for batch in batches)
        if found >= sooner.rows:
            self.plan, self._schema, self._batches = sooner.plan, schema, iter(batches)
            self._first = next(self._batches, _NONE)
            self._tell("end", rows=found, seconds=self._tell.seconds())
        return found

    def _admit(self, plan: FederatedPlan) -> list[str]:
        names = sorted({branch.mapping.source for scan in plan.plan.scans for branch in scan.branches})
        for name in names:
            self._breakers.admit(name)
        return names

    def _try(self, spent: float) -> None:
        names = self._admit(self.plan)
        self._rows = rows = self._start(self.plan, spent)
        if self._cancelled.is_set():
            rows.cancel()
        try:
            schema = rows.schema
            self._batches = iter(rows)
            self._first = next(self._batches, _NONE)
        except BaseException:
            rows.close()
            raise
        self._schema = schema
        self._breakers.answered(names)

    def _wait(self, seconds: float) -> None:
        try:
            stopped = self._cancelled.wait(seconds)
        except KeyboardInterrupt:
            self._tell("cancel")
            raise Interrupted("stopped") from None
        if stopped:
            raise Interrupted("the query was cancelled")
