"""Batches come from a thread of their own; leaving early stops the query."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from cdi_federate.cli.fetching import fetching
from cdi_federate.cli.progress import Progress
from cdi_federate.errors import ExecutionError
from cdi_federate.stages.events import Event

SCHEMA = pa.schema([("n", pa.int64())])


class Answer:
    """An answer of `count` batches, which may wait or fail before one of them."""

    def __init__(self, count: int, *, waits_at: int = -1, fails_at: int = -1) -> None:
        self.count, self.waits_at, self.fails_at = count, waits_at, fails_at
        self.cancelled = threading.Event()
        self.given = 0

    def reader(self) -> Any:
        return pa.RecordBatchReader.from_batches(SCHEMA, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for number in range(self.count):
            if number == self.waits_at:
                self.cancelled.wait(10)
                return
            if number == self.fails_at:
                raise ExecutionError("division by zero")
            self.given += 1
            yield pa.record_batch({"n": pa.array([number])})

    def cancel(self) -> None:
        self.cancelled.set()


def test_all_batches_come_in_order_and_nothing_is_cancelled() -> None:
    answer = Answer(20)
    with fetching(answer) as batches:  # type: ignore[arg-type]
        assert batches.schema == SCHEMA
        assert [batch.to_pydict()["n"] for batch in batches.rows] == [[n] for n in range(20)]
    assert not answer.cancelled.is_set()


def test_an_error_is_raised_where_the_rows_are_read() -> None:
    with pytest.raises(ExecutionError, match="division"), fetching(Answer(3, fails_at=2)) as batches:  # type: ignore[arg-type]
        list(batches.rows)


def test_leaving_early_cancels_and_few_batches_were_fetched_ahead() -> None:
    answer = Answer(1000)
    with fetching(answer) as batches:  # type: ignore[arg-type]
        next(batches.rows)
    assert answer.cancelled.is_set()
    assert answer.given < 20


def test_the_waiting_thread_is_woken_for_the_bar_and_for_an_interrupt() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 3:
            raise KeyboardInterrupt

    answer = Answer(3, waits_at=1)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), fetching(answer, tick) as batches:  # type: ignore[arg-type]
        list(batches.rows)
    assert answer.cancelled.is_set() and time.monotonic() - began < 5


def test_progress_tells_each_source_and_its_rows() -> None:
    progress = Progress(shown=False)
    assert progress.words() == "running"
    for kind, detail in [
        ("fragment_start", {"source": "crm"}),
        ("fragment_start", {"source": "web"}),
        ("fragment_end", {"source": "crm", "rows": 2048}),
        ("fragment_end", {"source": "crm", "rows": 2}),
        ("fragment_end", {"source": "web"}),
        ("progress", {}),
        ("end", {}),
    ]:
        progress(Event(kind, "q", 0.0, detail))  # type: ignore[arg-type]
    assert progress.words() == "crm 2,050 ✓ · web ✓"
    progress.tick()
    progress.close()
