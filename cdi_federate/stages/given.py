"""The values of a query's parameters, and which of them anybody looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any


class Given(Mapping[str, Any]):
    """Values by name, in the order given. Whoever asks for one is noted in `looked_at`, also where there is none.

    What was made without a look at a value holds for every other that has its type.
    """

    __slots__ = ("_values", "looked_at")

    def __init__(self, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._values = dict(values)
        self.looked_at: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.looked_at.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
