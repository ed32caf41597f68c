"""Random numbers that are the same on every machine and Python: SplitMix64, one named stream for each subject."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
MASK = (1 << 64) - 1


class Rng:
    """A stream of draws. Its name is its seed, so that a change in one department leaves the others as they were."""

    def __init__(self, name: str) -> None:
        self.state = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")

    def draw(self) -> int:
        """Return 64 random bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n: int) -> int:
        """Return an integer in [0, n)."""
        return (self.draw() * n) >> 64

    def between(self, low: int, high: int) -> int:
        """Return an integer in [low, high]."""
        return low + self.below(high - low + 1)

    def chance(self, percent: float) -> bool:
        """Return True in that many cases of a hundred."""
        return self.below(100_000) < percent * 1000

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def skewed(self, n: int) -> int:
        """Return an integer in [0, n), small ones far more often: few buy a lot, many buy little."""
        return min(self.below(n), self.below(n), self.below(n))
