"""What work costs at the sources, as far as that was measured, and the decisions that rest on it. Only numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a source works, in seconds: each figure is what one thing takes.

    `latency` is a statement's that finds its few rows at once; many rows come by a reader that takes so many `trips`
    there and back instead of one. `row` and `byte` are sending (bytes as the engine lays
    them out), `scan` is reading a row without sending it. `group_number` and `group_text` are putting a row into its
    group, by one key column; `group` is a group by itself. `key` is a key in a list of keys, looked up.
    `meet` is finding the partners of a row by an index, while tables are joined there; `hashes`: without an index that
    takes a time that grows with the rows of both, not with the product of these. `told`: what it takes here to collect
    keys and to tell them, where no server is spared rows by it.
    """

    latency: float
    row: float
    byte: float
    scan: float
    group_number: float
    group_text: float
    group: float
    key: float
    meet: float
    hashes: bool = True
    trips: int = 1
    told: float = 0.0

    def slower(self, factor: float) -> Pace:
        """Return the pace at which sending takes so many times as long."""
        return replace(self, row=self.row * factor, byte=self.byte * factor)


@dataclass(frozen=True, slots=True)
class Speed:
    """What was observed of a source; None where nothing was."""

    latency: float | None = None
    rows_per_second: float | None = None
    bytes_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows that came, of those that were expected from the source's counts alone (None: it had none)."""

    rows: float
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """What was observed, as it stood when planning began. Nothing observed: the figures of each kind of source hold.

    `speeds` by source. `seen` by mapping and form of condition (columns and operators, no constants). `work` by source
    and kind of decision: how many times as long it took as was expected.
    """

    speeds: Mapping[str, Speed] = field(default_factory=lambda: MappingProxyType({}))
    seen: Mapping[tuple[str, str], Seen] = field(default_factory=lambda: MappingProxyType({}))
    work: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, mappings: Collection[str]) -> Costs:
        """Return what was observed of mappings (`source.name`) and their sources."""
        sources = {name.partition(".")[0] for name in mappings}
        return Costs(
            {name: speed for name, speed in self.speeds.items() if name in sources},
            {key: seen for key, seen in self.seen.items() if key[0] in mappings},
            {key: factor for key, factor in self.work.items() if key[0] in sources},
        )


NOTHING = Costs()
"""Nothing was observed yet."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice between asking a source to do something (`pushed`) and fetching what is needed to do it here.

    `what` is a kind of work (`groups`, `keys`), `mapping` the branch it is about. Seconds are None where they cannot be
    guessed. `why` says in words what it rests on.
    """

    pays: bool
    pushed_seconds: float | None
    fetched_seconds: float | None
    why: str
    what: str = ""
    mapping: str = ""
