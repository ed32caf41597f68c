"""What was made of frozen things, kept for whoever needs it made of the very same things again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A cache of at most `most` values; the one that was not asked for the longest goes first. For several threads.

    A value is known by the identity of the things it was made of and by words. It cannot be stale: the things are
    frozen, new facts or a new catalog are other things, and an entry holds its things, so that none of their
    identities is given to another while the entry is there.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], tuple[tuple[object, ...], T]] = OrderedDict()
        self._lock = Lock()

    def get(self, things: tuple[object, ...], words: tuple[str, ...], make: Callable[[], T]) -> T:
        """Return what was made of the things and words, or what `make` makes now; two threads may both make it."""
        key = (*map(id, things), words)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known[1]
        made = make()
        with self._lock:
            self._kept[key] = (things, made)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
