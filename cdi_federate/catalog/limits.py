"""How large a statement and its answer may be, and how long it may take; what holds for all, until a role says less."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one role may have of an answer and how long it may take. None: as much as the catalog's limits allow."""

    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a statement: characters, brackets inside brackets (`depth`), words that are names. Of its answer: the rest.

    `bytes` are those of the answer as Arrow lays it out. None: no limit.
    """

    characters: int = 200_000
    depth: int = 120
    names: int = 20_000
    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None

    def within(self, bounds: Bounds) -> Limits:
        """Return the narrower of these limits and a role's bounds in each respect: a role never widens them."""
        narrower: dict[str, Any] = {}
        for field in fields(bounds):
            own, theirs = getattr(self, field.name), getattr(bounds, field.name)
            if theirs is not None and (own is None or theirs < own):
                narrower[field.name] = theirs
        return replace(self, **narrower)

    def time(self, seconds: float) -> float:
        """Return how long a query may take for which somebody allows some seconds."""
        return seconds if self.seconds is None else min(seconds, self.seconds)
