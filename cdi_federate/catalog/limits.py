"""How large a statement and its answer may be, and how long it may take; what holds for all, until a role says less."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


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

    def least(self, other: Limits) -> Limits:
        """Return the narrower of two limits in each respect."""
        chosen: dict[str, Any] = {}
        for field in fields(self):
            both = (getattr(self, field.name), getattr(other, field.name))
            chosen[field.name] = min((each for each in both if each is not None), default=None)
        return Limits(**chosen)

    def time(self, seconds: float) -> float:
        """Return how long a query may take for which somebody allows some seconds."""
        return seconds if self.seconds is None else min(seconds, self.seconds)
