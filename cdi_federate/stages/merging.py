"""Merged rows: whose they are, and which of them are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.stages.summary import Sort


@dataclass(frozen=True, slots=True)
class Some:
    """Customers of whom a scan of records found one at least (`one`), or with one of some `ids`.

    Otherwise those that all, or any, of `parts` name.
    """

    one: str = ""
    ids: tuple[str, ...] = ()
    every: bool = True
    parts: tuple[Some, ...] = ()

    def scans(self) -> tuple[str, ...]:
        """Return the scans of records, each once, in order."""
        found = (self.one,) if self.one else tuple(name for part in self.parts for name in part.scans())
        return tuple(dict.fromkeys(found))

    def named(self) -> tuple[str, ...]:
        """Return the ids that are given, each once."""
        return tuple(dict.fromkeys((*self.ids, *(name for part in self.parts for name in part.named()))))


@dataclass(frozen=True, slots=True)
class Foremost:
    """Merged rows of which it is certain that no other customer comes before them in an order that begins with `by`.

    The customers wanted are those of the first `rows` records in that order of each scan that finds them. `tied`: the
    order ends there, so rows that tie with another customer's are as good.
    """

    by: Sort
    rows: int
    tied: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """A scan's rows are those of the scan `records`, merged by customer; `mappings` are all that provide the entity.

    `wanted`: the only customers whose records are needed; None: all. `most` is the number of keys up to which a source
    is told them. `foremost`: of those customers only these rows are shown.
    """

    records: str
    mappings: tuple[EntityMapping, ...]
    wanted: Some | None = None
    most: int = 0
    foremost: Foremost | None = None
