"""How the records of a merged entity get the ids of their customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cdi_federate.stages.relations import SelectScan


@dataclass(frozen=True, slots=True)
class Ids:
    """How the records of one merged entity get the ids of their customers.

    `crosswalk` has a row (master_id, mapping, key, …) for each record that the last build knew; None before the first.
    `by_id` are the same rows, of which those of one master id are found at once.
    Its files are in `folder`, and `version` differs between any two generations. `alone` says in DuckDB's words the id
    of a record that it does not know, of expressions of the mapping's name and the key as it is stored; `stored` says
    how a key is stored whose text is personal, by the engine's variables that hold `pads` while a query runs.
    """

    entity: str
    alone: Callable[[str, str], str]
    stored: Callable[[str], str]
    crosswalk: SelectScan | None = None
    by_id: SelectScan | None = None
    folder: str = ""
    version: str = ""
    pads: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
