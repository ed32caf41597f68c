"""How many queries may use a source at the same time: a few slow ones must not take every connection it gives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Places:
    """The places at each source; may be used by several threads."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, limits: Mapping[str, int], stopped: threading.Event) -> Iterator[bool]:
        """Wait for a place at every source, all at once, so that no two queries wait for each other.

        Gives False, and holds nothing, where `stopped` is set meanwhile. `limits` are the places of each source.
        """
        with self._freed:
            while any(self._taken.get(name, 0) >= limit for name, limit in limits.items()):
                self._freed.wait(0.1)
                if stopped.is_set():
                    break
            held = not stopped.is_set()
            for name in limits if held else ():
                self._taken[name] = self._taken.get(name, 0) + 1
        if not held:
            yield False
            return
        try:
            yield True
        finally:
            with self._freed:
                for name in limits:
                    self._taken[name] -= 1
                self._freed.notify_all()
