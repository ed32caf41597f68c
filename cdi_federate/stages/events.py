"""One stream of what a running query tells: progress, `--analyze`, audit and lineage all read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

EventKind = Literal[
    "stage",  # a stage of planning ended; detail: stage; kept, where what was made before was taken
    "fragment_start",  # a source was sent its text; detail: source, fragment, text
    "fragment_end",  # the query is over; detail: source, fragment; rows, bytes, seconds as in `Actual`, where known
    "kept",  # rows that give keys are here; detail: step, rows
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
        self._also: tuple[Listener, ...] = ()
        self._withheld: frozenset[EventKind] = frozenset()

    def __call__(self, kind: EventKind, **detail: Any) -> None:
        """Tell one event."""
        if kind in self._withheld or (self._listener is None and not self._also):
            return
        event = Event(kind, self.query, self.seconds(), MappingProxyType(detail))
        for listener in (self._listener, *self._also):
            if listener is not None:
                listener(event)

    def also(self, listener: Listener) -> Teller:
        """Return one that tells a further listener the same."""
        other = copy(self)
        other._also = (*self._also, listener)
        return other

    def without(self, *kinds: EventKind) -> Teller:
        """Return one that keeps some kinds of events to itself."""
        other = copy(self)
        other._withheld = self._withheld.union(kinds)
        return other

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return self._listener is not None

    def seconds(self) -> float:
        """Return the seconds since the query began."""
        return time.monotonic() - self._began
