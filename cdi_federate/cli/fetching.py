"""An answer's batches, fetched by a thread of their own: the main thread stays awake for Ctrl-C and the progress bar.

A thread that waits inside the engine does not see signals; a thread that waits for a queue does.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from cdi_federate.execute.result import Result

AHEAD = 4
"""Batches fetched before they are asked for: enough to keep both threads busy, few enough for little memory."""

PATIENCE = 1.0
"""Seconds to wait for the fetching thread after its query was cancelled."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The schema of an answer, known before its first row, and its batches, streamed once."""

    schema: pa.Schema
    rows: Iterator[pa.RecordBatch]


_END = object()


@contextmanager
def fetching(
    result: Result, tick: Callable[[], None] = lambda: None, *, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Batches]:
    """Run a query and give its batches; leaving the block early, for whatever reason, cancels it.

    `tick` is called about ten times a second by the waiting thread, `meanwhile` once, as soon as the query runs.
    """
    items: queue.Queue[Any] = queue.Queue(maxsize=AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_fetch, args=(result, items, stop), name="cdi-fetch", daemon=True)
    thread.start()
    finished = False

    def rows() -> Iterator[pa.RecordBatch]:
        nonlocal finished
        while (item := _next(items, tick)) is not _END:
            yield item
        finished = True

    try:
        meanwhile()
        yield Batches(_next(items, tick), rows())
    finally:
        if not finished:
            stop.set()
            with suppress(Exception):  # a query that is over already; it must not hide why the block is left
                result.cancel()
        thread.join(PATIENCE)


def _next(items: queue.Queue[Any], tick: Callable[[], None]) -> Any:
    while True:
        try:
            item = items.get(timeout=0.1)
        except queue.Empty:
            tick()
            continue
        if isinstance(item, BaseException):
            raise item
        return item


def _fetch(result: Result, items: queue.Queue[Any], stop: threading.Event) -> None:
    def put(item: Any) -> None:
        while not stop.is_set():
            try:
                items.put(item, timeout=0.1)
                break
            except queue.Full:
                continue

    try:
        reader = result.reader()
        put(reader.schema)
        for batch in reader:
            put(batch)
            if stop.is_set():
                return
        put(_END)
    except BaseException as error:  # told to the thread that waits, which raises it
        put(error)
