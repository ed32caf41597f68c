"""What survivorship means, written a second time: plainly, in Python, one customer at a time, without the product.

A record is one source's row of a customer. Of each field one record's own value survives (`collect` takes all). Every
choice ends in the same total order, so that it never depends on the order of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CHOOSING = (
    "source_priority", "most_recent", "most_frequent", "oldest", "longest", "shortest", "min", "max", "unanimous",
)  # fmt: skip
"""The rules that take some record's own value; `follow` and `collect` are the others."""


@dataclass(frozen=True)
class Rule:
    """How a field's value is chosen; `of` is the field that `follow` follows, `tie` what decides before the end."""

    rule: str
    of: str = ""
    ignore_empty: bool = True
    tie: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One source's row of a customer. `updated` is comparable or None; `at` is its mapping's place in the catalog.

    `shown` are the values as texts, where Python writes them otherwise than the engine.
    """

    source: str
    key: str
    values: Mapping[str, Any] = field(hash=False)
    updated: Any = None
    at: int = 0
    mapping: str = ""
    shown: Mapping[str, str] = field(default_factory=dict, hash=False)


def rank(record: Record, order: Sequence[str]) -> tuple[int, int]:
    """Return the place of a record's mapping in an order; those not named come last, as the catalog has them."""
    named = [place for place, name in enumerate(order) if name in (record.source, record.mapping)]
    return (named[0] if named else len(order), record.at)


def golden(records: Sequence[Record], name: str, rules: Mapping[str, Rule]) -> tuple[Any, Record | None]:
    """Return the surviving value of a field, and the record it is from (None: there is none, or it is of several)."""
    rule = rules[name]
    if rule.rule == "follow":
        root = rule.of
        while rules[root].rule == "follow":
            root = rules[root].of
        _, winner = golden(records, root, rules)
        if winner is None:
            return None, None
        # Rows of one key are told apart by the field followed, then by this field.
        same = [each for each in records if (each.at, each.key) == (winner.at, winner.key)]
        same = [each for each in same if same_value(each.values.get(root), winner.values.get(root))]
        best = min(same, key=lambda each: ordered(each.values.get(name)))
        return best.values.get(name), best
    known = [each for each in records if not is_empty(each.values.get(name), rule)]
    if rule.rule == "collect":
        found = {ordered(each.values.get(name)): each.values.get(name) for each in known}
        return ([found[key] for key in sorted(found)] or None), None
    if not known:
        return None, None
    counts = Counter(ordered(each.values.get(name)) for each in known)
    if rule.rule == "unanimous" and len(counts) > 1:
        return None, None
    steps = (rule.rule, *rule.tie, "source_priority", "source_key")

    def place(each: Record) -> tuple[Any, ...]:
        value = each.values.get(name)
        shown = each.shown.get(name, "" if value is None else str(value))
        return (*(_step(step, each, value, len(shown), counts, rule) for step in steps), ordered(value))

    winner = min(known, key=place)
    return winner.values.get(name), winner


def is_empty(value: Any, rule: Rule) -> bool:
    """Whether a value gives way to every other record's."""
    return rule.ignore_empty and (value is None or value == "")


def same_value(left: Any, right: Any) -> bool:
    """Whether two values are one: NULL is NULL."""
    return bool(ordered(left) == ordered(right))


def ordered(value: Any) -> tuple[Any, ...]:
    """Return what values sort by: NULL comes last, NaN is the greatest number, and texts sort by their bytes."""
    if value is None:
        return (2,)
    if isinstance(value, float) and value != value:
        return (1,)
    return (0, value.encode() if isinstance(value, str) else value)


def _step(step: str, record: Record, value: Any, length: int, counts: Counter[tuple[Any, ...]], rule: Rule) -> Any:
    match step:
        case "source_priority":
            return rank(record, rule.order)
        case "source_key":
            return record.key.encode()
        case "most_recent":
            return (record.updated is None, _Falling(record.updated))
        case "oldest":
            return (record.updated is None, record.updated)
        case "most_frequent":
            return -counts[ordered(value)]
        case "longest":
            return (value is None, -length)
        case "shortest":
            return (value is None, length)
        case "min":
            return ordered(value)
        case "max":
            return (value is None, _Falling(ordered(value)))
        case "unanimous":
            return 0
    raise AssertionError(step)


class _Falling:
    """A value that sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value) if self.value is not None and other.value is not None else False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and self.value == other.value
