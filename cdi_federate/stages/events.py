"""One stream of what a running query tells: progress, `--analyze`, audit and lineage all read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

EventKind = Literal[
    "stage",  # a stage of planning ended; detail: stage, seconds
    "fragment_start",  # a source was sent its text; detail: source, fragment, text
    "fragment_batch",  # rows came; detail: source, fragment, rows
    "fragment_end",  # the last row came; detail: source, fragment, rows, seconds
    "progress",  # the engine's own guess; detail: percent
    "cancel",  # somebody stopped the query
    "end",  # the answer is complete; detail: rows, seconds
    "failure",  # it failed; detail: code
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one query. `at` is seconds since the query began."""

    kind: EventKind
    query: str
    at: float
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


Listener = Callable[[Event], None]


class Teller:
    """Tells a listener (None: nobody) what happens to one query, with the seconds since it began."""

    def __init__(self, query: str, listener: Listener | None) -> None:
        self.query = query
        self._listener, self._began = listener, time.monotonic()

    def __call__(self, kind: EventKind, **detail: Any) -> None:
        """Tell one event."""
        if self._listener is not None:
            self._listener(Event(kind, self.query, self.seconds(), MappingProxyType(detail)))

    def seconds(self) -> float:
        """Return the seconds since the query began."""
        return time.monotonic() - self._began
