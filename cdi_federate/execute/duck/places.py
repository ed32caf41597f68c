"""How many connections to a source are used at the same time: a few slow queries must not take all that it gives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class _Waiting:
    limits: Mapping[str, int]
    wanted: Mapping[str, int]


class Places:
    """The places at each source; may be used by several threads."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._queue: list[_Waiting] = []
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, limits: Mapping[str, int], wanted: Mapping[str, int], stopped: threading.Event) -> Iterator[bool]:
        """Wait for places at every source, all at once, so that no two queries wait for each other.

        Gives False, and holds nothing, where `stopped` is set meanwhile. `limits` are the places of each source,
        `wanted` how many of them are taken, 1 where it does not say.
        """
        mine = _Waiting(limits, {name: wanted.get(name, 1) for name in limits})
        with self._freed:
            self._queue.append(mine)
            while not self._may(mine):
                self._freed.wait(0.1)
                if stopped.is_set():
                    break
            self._queue.remove(mine)
            held = not stopped.is_set()
            for name in limits if held else ():
                self._taken[name] = self._taken.get(name, 0) + mine.wanted[name]
            self._freed.notify_all()
        if not held:
            yield False
            return
        try:
            yield True
        finally:
            with self._freed:
                for name, count in mine.wanted.items():
                    self._taken[name] -= count
                self._freed.notify_all()

    def _may(self, mine: _Waiting) -> bool:
        """Whether there are places, and nobody came earlier for them, who would else wait for ever for several.

        Who also waits for another source, perhaps a slow one, holds nobody up here.
        """
        earlier = self._queue[: self._queue.index(mine)]
        return not self._short(mine) and not any(
            self._short(each) <= set(mine.wanted) and not set(each.wanted).isdisjoint(mine.wanted) for each in earlier
        )

    def _short(self, one: _Waiting) -> set[str]:
        return {name for name, count in one.wanted.items() if self._taken.get(name, 0) + count > one.limits[name]}
