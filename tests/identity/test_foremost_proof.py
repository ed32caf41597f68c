"""First rows through the merge by brute force: what is called certain comes before every customer that is not.

Of each source the first records by a field are read, those without a value last. Their customers are merged of all
their records; certain are those before the foremost of the last values read, of the sources that may have more. For
every pair of customers of up to two records of two sources, every rule of survivorship, both directions: no customer
that is not certain comes before one that is, or ties with it where a further key of the order would decide.

Five mistakes of the path are made too, to see that the proof would notice them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import pytest

from tests.identity.merging import CHOOSING, Record, Rule, golden

SOURCES = ("crm", "shop")
Customer = tuple[Record, ...]

RULES: dict[str, Rule] = {
    **{name: Rule(name) for name in CHOOSING},
    **{f"{name}, empty ones too": Rule(name, ignore_empty=False) for name in CHOOSING},
    "follow": Rule("follow", of="y"),
    "another order": Rule("source_priority", order=("shop", "crm"), tie=("max",)),
}
OTHERS = {"y": Rule("shortest")}


@cache
def customers() -> list[Customer]:
    """Return every customer of up to two records; of two, the second is the more recent one."""
    kinds = list(product(SOURCES, (None, "", "a", "b")))
    singles = [(each,) for each in kinds]
    return [
        tuple(
            Record(source, str(at), {"x": x, "y": "other" if at else "one"}, at, SOURCES.index(source))
            for at, (source, x) in enumerate(chosen)
        )
        for chosen in [*singles, *product(kinds, kinds)]
    ]


@dataclass(frozen=True)
class Read:
    """What the first records tell: the customers they are of, the records themselves, and the bound of their values."""

    candidates: frozenset[int]
    records: tuple[Record, ...]
    bound: Any
    is_bounded: bool


def read(world: Sequence[Customer], rows: int, falling: bool, foremost_of: Callable[..., Any] | None = None) -> Read:
    """Read the first records of each source; `foremost_of` says which of the last values bounds (max, for falling)."""
    candidates: set[int] = set()
    records: list[Record] = []
    last: list[str] = []
    for source in SOURCES:
        own = [(who, record) for who, each in enumerate(world) for record in each if record.source == source]
        known = [pair for pair in own if pair[1].values["x"] is not None]
        known.sort(key=lambda pair: pair[1].values["x"], reverse=falling)
        first = [*known, *(pair for pair in own if pair[1].values["x"] is None)][:rows]
        candidates |= {who for who, _ in first}
        records += [record for _, record in first]
        values = [record.values["x"] for _, record in first if record.values["x"] is not None]
        if len(values) >= rows:
            last.append(values[-1])
    foremost_of = foremost_of or (max if falling else min)
    return Read(frozenset(candidates), tuple(records), foremost_of(last) if last else None, bool(last))


def certain(value: Any, found: Read, falling: bool, tied: bool) -> bool:
    """Whether a candidate's merged value is before the bound."""
    if value is None:
        return False
    if not found.is_bounded or (tied and value == found.bound):
        return True
    return bool(value > found.bound if falling else value < found.bound)


def comes_before(one: Any, other: Any, falling: bool, tied: bool) -> bool:
    """Whether a row with a value comes before one with another, in any case; `tied`: a tie is as good."""
    if one is None or other is None:
        return one is not None or (tied and other is None)
    return bool((one > other if falling else one < other) or (tied and one == other))


def wrong(
    rule: Rule, chosen: Callable[[Any, Read, bool, bool], bool] = certain, **how: Any
) -> Iterator[tuple[Sequence[Customer], int, bool, bool]]:
    """Yield the worlds in which a customer that is not certain comes before one that is."""
    rules = {"x": rule, **OTHERS}
    values = [golden(each, "x", rules)[0] for each in customers()]
    for (world, at), rows, falling in product(pairs(), (1, 2), (True, False)):
        found = reading(at, rows, falling) if not how else read(world, rows, falling, **how)
        merged = [values[each] for each in at]
        for tied in (True, False):
            sure = [who in found.candidates and chosen(merged[who], found, falling, tied) for who in (0, 1)]
            for one, other in ((0, 1), (1, 0)):
                if sure[one] and not sure[other] and not comes_before(merged[one], merged[other], falling, tied):
                    yield world, rows, falling, tied


@cache
def pairs() -> list[tuple[tuple[Customer, Customer], tuple[int, int]]]:
    """Return all pairs of customers, with their places."""
    places = combinations_with_replacement(range(len(customers())), 2)
    return [((customers()[a], customers()[b]), (a, b)) for a, b in places]


@cache
def reading(at: tuple[int, int], rows: int, falling: bool) -> Read:
    """Return what is read of a pair: it does not depend on the rules of survivorship."""
    return read((customers()[at[0]], customers()[at[1]]), rows, falling)


@pytest.mark.parametrize("name", RULES)
def test_what_is_certain_comes_first(name: str) -> None:
    assert not next(wrong(RULES[name]), None)


def test_something_is_certain_and_something_is_not() -> None:
    """Of pairs in which one customer was not read, and of values that lost."""
    rules = {"x": RULES["source_priority"], **OTHERS}
    sure = unsure = 0
    for world, at in pairs():
        found = reading(at, 1, True)
        held = [certain(golden(world[who], "x", rules)[0], found, True, True) for who in found.candidates]
        sure += len(found.candidates) < 2 and any(held)
        unsure += bool(held) and not any(held)
    assert sure > 100 and unsure > 100


def test_the_proof_notices_ties_that_are_certain() -> None:
    assert next(wrong(Rule("max"), lambda value, found, falling, _: certain(value, found, falling, True)), None)


def test_the_proof_notices_a_customer_without_a_value() -> None:
    taken = wrong(
        Rule("unanimous"), lambda value, found, falling, tied: value is None or certain(value, found, falling, tied)
    )
    assert next(taken, None), "its records disagree, and the other's may not"


def test_the_proof_notices_a_bound_that_is_not_the_foremost() -> None:
    assert next(wrong(Rule("source_priority"), foremost_of=lambda last: last[0]), None), "the other source has more"


def test_the_proof_notices_that_nothing_is_bounded() -> None:
    assert next(wrong(Rule("source_priority"), lambda value, *_: value is not None), None), "the best record may lose"


def test_the_proof_notices_records_that_are_merged_alone() -> None:
    rules, lost = {"x": Rule("source_priority"), **OTHERS}, 0
    for world, at in pairs():
        found = reading(at, 1, True)
        for who in found.candidates:
            read_of = [each for each in world[who] if each in found.records]
            value = golden(read_of, "x", rules)[0]
            lost += certain(value, found, True, True) and value != golden(world[who], "x", rules)[0]
    assert lost, "the record that wins was not among the first"
