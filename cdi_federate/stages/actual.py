"""What a query really did: how much each source gave, and how long that took. Numbers only, never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actual:
    """What one fragment, or one thing that the engine reads in place, gave.

    `rows` arrived here, after what the engine filters while it reads. `bytes` is what they take as the engine lays
    them out, where a text counts 16 however long it is; it is not what went over a wire. `seconds` of a fragment is
    the time for which the engine waited for it and took its rows; of what is read in place, the time of all the
    engine's threads together. `driver` says that a fragment came by its server's own driver, not the engine's reader.
    """

    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    driver: bool = False

    def __add__(self, other: Actual) -> Actual:
        return Actual(self.rows + other.rows, self.bytes + other.bytes, self.seconds + other.seconds)

    def beside(self, other: Actual) -> Actual:
        """Return the figures of this and another that came at the same time."""
        return Actual(self.rows + other.rows, self.bytes + other.bytes, max(self.seconds, other.seconds))


@dataclass(frozen=True, slots=True)
class Ran:
    """A query that ran to its end: `rows` of the answer, and the `seconds` from its start to its last row.

    `fragments` by name, and `leaves`, by the name that the residual gives what is read in place. Leaves that read the
    same files or table have the figures of all together. What the engine's profile does not tell apart is left out.
    """

    rows: int
    seconds: float
    fragments: Mapping[str, Actual]
    leaves: Mapping[str, Actual]
