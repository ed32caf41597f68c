"""One running query: its own cursor in its own thread, which hands over Arrow batches as they come.

The thread that reads waits for the next batch, so Ctrl-C and the deadline reach it at once whatever DuckDB does. Few
batches are held at a time; a reader that stops reading stops the query.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import duckdb
import pyarrow as pa

from cdi_federate.errors import CdiError, Interrupted, InvariantError, LostError
from cdi_federate.execute.duck.export import exported, named
from cdi_federate.execute.duck.lines import Lines
from cdi_federate.execute.duck.parameters import handed
from cdi_federate.execute.duck.profile import Profile
from cdi_federate.execute.duck.session import Lease
from cdi_federate.execute.duck.stopping import stop
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.events import Teller
from cdi_federate.stages.query import OutputColumn

BATCH = 65_536
"""Rows of a batch."""

HELD = 4
"""Batches that wait for their reader."""

LAST_SECONDS = 1.8
"""How long the interpreter waits at its end for a query that was stopped: longer than the grace, less than two."""

_DONE = object()

_LASTING = (duckdb.FatalException, duckdb.InternalException)
"""Errors of an instance that answers nothing afterwards."""

_RUNNING: weakref.WeakSet[Answer] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Stop what still runs when the interpreter ends: a thread killed inside the engine takes the process with it."""
    for answer in list(_RUNNING):
        answer.close()
    until = time.monotonic() + LAST_SECONDS
    for answer in list(_RUNNING):
        answer.join(max(0.0, until - time.monotonic()))


class Answer:
    """The rows of a running query (port `Rows`).

    `lease` and `start` run in the query's thread: the one gives a cursor (None: the query was stopped before it had
    one), the other prepares it and returns the final text and its parameters. `fault` turns what DuckDB raised into an
    error of ours. `cancel` asks the sources to stop. `gathered` may raise before the first row is handed over, `verify`
    after the last: where what was read is not what was planned for.
    `profile` takes and tells what each statement read; `ran` is known once the last row is ready. The deadline counts
    the seconds that the reader waits, not those in which it works on what it has; `spent` are over already.

    A query is stopped in steps, none of which its reader waits for: the engine is interrupted and the sources are told
    to cancel; what does not end by that has its connections shut (`lines`).
    """

    def __init__(
        self,
        lease: Callable[[threading.Event], AbstractContextManager[Lease | None]],
        start: Callable[[duckdb.DuckDBPyConnection], tuple[str, Mapping[str, Any]]],
        *,
        columns: tuple[OutputColumn, ...],
        deadline: float,
        tell: Teller,
        fault: Callable[[Exception], CdiError],
        cancel: Callable[[], None],
        lines: Lines,
        gathered: Callable[[], None],
        verify: Callable[[], None],
        profile: Profile,
        spent: float = 0.0,
    ) -> None:
        self._open, self._start, self._columns = lease, start, columns
        self._allowed, self._left, self._lines = deadline, deadline - spent, lines
        self._lease: Lease | None = None
        self._tell, self._fault, self._stop = tell, fault, cancel
        self._gathered, self._verify = gathered, verify
        self._profile = profile
        self.ran: Ran | None = None
        self._ready: queue.Queue[Any] = queue.Queue(maxsize=HELD)
        self._stopped = threading.Event()
        self._ended = False
        self._schema: pa.Schema | None = None
        self._error: CdiError | None = None
        self._thread = threading.Thread(target=self._produce, name="cdi-query", daemon=True)
        _RUNNING.add(self)
        self._thread.start()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema; waits until the engine has begun to answer."""
        if self._schema is None:
            self._schema = self._next()
        return self._schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; raises `SourceError`, `ExecutionError` or `Interrupted`."""
        self.schema  # noqa: B018 - the first thing that comes
        try:
            while not self._ended:
                batch = self._next()
                if batch is _DONE:  # its thread still gives back what it holds: servers take their time for that
                    self._ended = True
                    self._stopped.set()
                    return
                yield batch
        finally:
            if not self._ended:
                self.close()

    def cancel(self) -> None:
        """Stop the query; its reader gets `Interrupted`."""
        if not self._stopped.is_set():
            self._tell("cancel")
            self._halt()

    def close(self) -> None:
        """Free what the answer holds; a query that still runs is stopped."""
        self._ended = True
        self._halt()

    def join(self, seconds: float = 5.0) -> None:
        """Wait until the query's thread has ended, but not longer than some seconds."""
        self._thread.join(seconds)

    def _halt(self) -> None:
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._interrupt()
        if not self._lines:
            self._thread.join(0.02)
        if self._thread.is_alive():
            steps = (self._thread, self._interrupt, self._stop, self._lines)
            threading.Thread(target=stop, args=steps, name="cdi-reaper", daemon=True).start()

    def _interrupt(self) -> None:
        lease = self._lease
        if lease is not None:
            lease.interrupt()

    def _next(self) -> Any:
        if self._error is not None:
            raise self._error
        began = time.monotonic()
        try:
            item = self._wait()
        except KeyboardInterrupt:
            self.cancel()
            raise self._fail(Interrupted("stopped")) from None
        self._left -= time.monotonic() - began
        if isinstance(item, CdiError):
            raise self._fail(item)
        return item

    def _wait(self) -> Any:
        until = time.monotonic() + max(self._left, 0.0)
        while True:
            if self._stopped.is_set():
                return Interrupted("the query was cancelled")
            try:
                return self._ready.get(timeout=max(0.0, min(0.25, until - time.monotonic())))
            except queue.Empty:
                self._lines.look()
                if self._lease is not None:
                    self._profile.progress(self._lease.percent)
                if time.monotonic() >= until:
                    self._halt()
                    return Interrupted(
                        f"the query took longer than its deadline of {self._allowed:g} s",
                        help="give it a longer deadline",
                    )

    def _fail(self, error: CdiError) -> CdiError:
        self._error, self._ended = error, True
        self._tell("failure", code=error.code)
        return error

    # --- the query's own thread --------------------------------------------------------------------------------------

    def _produce(self) -> None:
        try:
            with self._open(self._stopped) as lease:
                self._lease = lease
                if lease is not None and not self._stopped.is_set():
                    self._answer(lease.connection)
        except Exception as error:
            failure = self._fault(error)
            if self._lease is not None and (isinstance(error, _LASTING) or isinstance(failure, LostError)):
                self._lease.spoil()
            failure.__suppress_context__ = True  # what DuckDB said may hold values
            failure.__context__ = None
            self._hand(failure)

    def _answer(self, connection: duckdb.DuckDBPyConnection) -> None:
        rows = 0
        text, parameters = self._start(connection)
        if self._stopped.is_set():
            return
        text, types = exported(text, self._columns)
        self._profile.watch(connection)
        connection.execute(text, handed(parameters))
        self._check(connection.description or [], types)
        with connection.to_arrow_reader(BATCH) as reader:  # freed before its connection is closed
            schema = named(reader.schema, self._columns)
            self._hand(schema)
            for batch in reader:
                self._gathered()
                rows += batch.num_rows
                if batch.num_rows and not self._hand(pa.RecordBatch.from_arrays(batch.columns, schema=schema)):
                    return
        self._gathered()
        self._profile.residual(connection)
        self._verify()
        self.ran = self._profile.end(rows)
        self._tell("end", rows=rows, seconds=self._tell.seconds())
        self._hand(_DONE)

    def _check(self, description: list[Any], types: tuple[str, ...]) -> None:
        """Hold the types; names are the bound ones, for a clock that was stopped changes a generated name."""
        if tuple(str(type_) for _, type_, *_ in description) != types:
            raise InvariantError("the statement gives other columns than the query was bound to")

    def _hand(self, item: Any) -> bool:
        """Put something where the reader finds it; False once nobody wants it."""
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False
