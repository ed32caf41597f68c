"""How records become one customer, as frozen values: an entity's `identity` as the catalog has it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cdi_federate.errors import Place

PIN = "pin"
"""The rule of links that a person made; no rule of a catalog has this name."""


@dataclass(frozen=True, slots=True)
class MatchRule:
    """One way to recognise two records as one customer: by values that agree, or by a Splink model.

    `on` and `requires` are fields or SQL over fields. A value of `on` that `block` matches as a whole, or that more
    than `max_records_per_value` records have, links nobody. `model` is a path relative to the catalog, and a pair that
    it gives at least `threshold` is a link.
    """

    id: str
    on: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    max_records_per_value: int = 8
    model: str = ""
    threshold: float = 0.95
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """The rules from the strongest to the weakest, and what forbids a link or a group whatever they say.

    `conflict`: two different known values forbid a link, and no group holds two. `unique`: a group has one known value,
    and a value that two groups have is reported. `one_per_source`: sources or mappings of which a group has one record.
    A group of more than `max_cluster` records is no customer.
    """

    rules: tuple[MatchRule, ...] = ()
    conflict: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    one_per_source: tuple[str, ...] = ()
    max_cluster: int = 8
    place: Place | None = field(default=None, compare=False)
