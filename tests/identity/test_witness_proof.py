"""The witness rule by brute force: filters through the merge lose no customer and keep no wrong one.

Golden scan: merge all records of all customers, then filter. Witness path: for each conjunct that may be asked of
records, the customers of which some record satisfies it; those sets intersected (united for OR); all records of the
customers that are left, merged; then the whole filter again. Both must give the same rows: for every customer of up to
four records of three sources, every rule of survivorship, and predicates alone, in AND, in OR and behind masks. Of two
customers each is found by itself, so one at a time is enough.

Four mistakes of the path are made too, to see that the proof would notice them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import pytest

from tests.identity.merging import CHOOSING, Record, Rule, golden

Row = Mapping[str, Any]
PROVIDES = {"crm": ("x", "y"), "billing": ("x", "y"), "shop": ("x",)}
"""What each source maps: the shop knows no `y`, which is NULL there."""


@dataclass(frozen=True)
class Leaf:
    """One conjunct: a predicate that reads one field through a mask, and is TRUE, FALSE or unknown (None)."""

    field: str
    test: Callable[[Any], bool | None]
    mask: Callable[[Any], Any] = lambda value: value

    def holds(self, row: Row) -> bool:
        """Whether it is TRUE of a row."""
        return self.test(self.mask(row[self.field])) is True

    @property
    def may_be_asked(self) -> bool:
        """Whether it may be asked of records: it is not TRUE on NULL, mask and all."""
        return self.test(self.mask(None)) is not True


@dataclass(frozen=True)
class Tree:
    """Predicates in AND or OR."""

    is_and: bool
    parts: tuple[Leaf | Tree, ...]

    def holds(self, row: Row) -> bool:
        """Whether it is TRUE of a row."""
        return (all if self.is_and else any)(part.holds(row) for part in self.parts)


def known(test: Callable[[Any], bool]) -> Callable[[Any], bool | None]:
    """Return a comparison: unknown on NULL."""
    return lambda value: None if value is None else test(value)


A = Leaf("x", known(lambda v: v == "a"))
X_LONG = Leaf("x", known(lambda v: v > "a"))
NOT_A = Leaf("x", known(lambda v: v != "a"))
IS_NULL = Leaf("x", lambda v: v is None)
EMPTY = Leaf("x", known(lambda v: v == ""))
Y = Leaf("y", known(lambda v: v == "a"))
Y_NULL = Leaf("y", lambda v: v is None)
FIRST = Leaf("x", known(lambda v: v == "b"), mask=lambda v: v and v[0])
NULLED = Leaf("x", known(lambda v: v == "a"), mask=lambda v: None)
CONSTANT = Leaf("x", known(lambda v: v == "***"), mask=lambda v: "***")
YEAR = Leaf("x", known(lambda v: v != 1), mask=lambda v: None if v is None else len(v))
SINGLE = (A, X_LONG, NOT_A, IS_NULL, EMPTY, Y, Y_NULL, FIRST, NULLED, CONSTANT, YEAR)
PREDICATES: tuple[Leaf | Tree, ...] = (
    *SINGLE,
    *(Tree(is_and, (x, y)) for is_and in (True, False) for x in (A, NOT_A, IS_NULL, FIRST, CONSTANT)
      for y in (Y, Y_NULL)),
    Tree(True, (A, X_LONG)),
    Tree(False, (A, X_LONG)),
    Tree(True, (Tree(False, (A, Y)), NOT_A)),
    Tree(False, (Tree(True, (X_LONG, Y)), EMPTY)),
    Tree(True, (Tree(False, (FIRST, Y_NULL)), Y)),
)  # fmt: skip


def customers() -> Iterator[tuple[Record, ...]]:
    """Yield customers: of up to three records with moments, of up to four without."""

    def kinds(texts: tuple[Any, ...], moments: tuple[Any, ...]) -> list[tuple[str, Any, Any, Any]]:
        return [
            (source, x, y, moment)
            for source, fields in PROVIDES.items()
            for x in texts
            for y in ((None, "a") if "y" in fields else (None,))
            for moment in moments
        ]

    texts = (None, "", "a", "bb")
    sizes = [(n, kinds(texts, (None, 1, 2))) for n in (1, 2)]
    sizes += [(3, kinds(texts, (1, 2))), (4, kinds((None, "a", "bb"), (1,)))]
    for size, kind in sizes:
        for chosen in combinations_with_replacement(kind, size):
            yield tuple(
                Record(source, str(number), {"x": x, "y": y}, moment, list(PROVIDES).index(source))
                for number, (source, x, y, moment) in enumerate(chosen)
            )


@cache
def every_customer() -> list[tuple[Record, ...]]:
    """Return them all; not when the file is read, for every worker reads it."""
    return list(customers())


RULES: dict[str, dict[str, Rule]] = {
    **{name: {"x": Rule(name), "y": Rule(CHOOSING[(at + 1) % len(CHOOSING)])} for at, name in enumerate(CHOOSING)},
    **{f"{name}, empty ones too": {"x": Rule(name, ignore_empty=False), "y": Rule(name, ignore_empty=False)}
       for name in CHOOSING},
    "follow": {"x": Rule("follow", of="y"), "y": Rule("most_recent")},
    "followed": {"x": Rule("longest"), "y": Rule("follow", of="x")},
    "another order": {"x": Rule("source_priority", order=("shop", "billing")), "y": Rule("min", tie=("oldest",))},
}  # fmt: skip
COLLECTED = {"x": Rule("collect"), "y": Rule("source_priority")}


def merged(records: Sequence[Record], rules: Mapping[str, Rule]) -> Row:
    return {name: golden(records, name, rules)[0] for name in rules}


def golden_scan(records: Sequence[Record], rules: Mapping[str, Rule], wanted: Leaf | Tree) -> Row | None:
    """Merge, then filter: the customer's row, or None."""
    row = merged(records, rules)
    return row if wanted.holds(row) else None


def witnessed(records: Sequence[Record], wanted: Leaf | Tree, may: Callable[[Leaf], bool]) -> bool | None:
    """Whether the customer is a candidate; None: the predicate cannot be asked of records, and waits."""
    if isinstance(wanted, Leaf):
        return any(wanted.holds(each.values) for each in records) if may(wanted) else None
    found = [witnessed(records, part, may) for part in wanted.parts]
    if wanted.is_and:
        sure = [each for each in found if each is not None]
        return all(sure) if sure else None
    return None if None in found else any(found)


def witness_path(records: Sequence[Record], rules: Mapping[str, Rule], wanted: Leaf | Tree) -> Row | None:
    """The path of the rule: candidates by records, then all their records, merged and filtered again."""
    candidate = witnessed(records, wanted, lambda leaf: leaf.may_be_asked and rules[leaf.field].rule != "collect")
    return None if candidate is False else golden_scan(records, rules, wanted)


@cache
def every_candidate() -> list[list[bool | None]]:
    """Return what records say of each customer: it does not depend on the rules of survivorship."""
    return [
        [witnessed(each, wanted, lambda leaf: leaf.may_be_asked) for wanted in PREDICATES] for each in every_customer()
    ]


@pytest.mark.parametrize("name", RULES)
def test_the_witness_path_is_the_golden_scan(name: str) -> None:
    rules, found, spared = RULES[name], 0, 0
    verdicts: dict[tuple[Any, Any], list[bool]] = {}
    for records, candidates in zip(every_customer(), every_candidate(), strict=True):
        row = merged(records, rules)
        values = (row["x"], row["y"])
        if values not in verdicts:
            verdicts[values] = [wanted.holds(row) for wanted in PREDICATES]
        lost = [at for at, is_there in enumerate(verdicts[values]) if is_there and candidates[at] is False]
        assert not lost, (records, [PREDICATES[at] for at in lost])
        found += sum(verdicts[values])
        spared += candidates.count(False)
    assert found > 1_000, "customers are found"
    assert spared > 1_000, "customers are spared"


def test_a_value_collected_is_asked_of_nobody() -> None:
    both = Leaf("x", known(lambda v: v == ["a", "bb"]))
    several = Leaf("x", known(lambda v: len(v) > 1))
    for wanted, records in product((both, several), every_customer()):
        assert witness_path(records, COLLECTED, wanted) == golden_scan(records, COLLECTED, wanted)


def _rows_not_ids(records: Sequence[Record], wanted: Leaf | Tree) -> bool:
    """The mistake of asking one record for all conjuncts."""
    return any(wanted.holds(each.values) for each in records)


def test_the_proof_notices_rows_that_are_intersected_instead_of_ids() -> None:
    wanted, rules = Tree(True, (A, Y)), RULES["source_priority"]
    lost = [r for r in every_customer() if golden_scan(r, rules, wanted) and not _rows_not_ids(r, wanted)]
    assert lost, "golden (a, a) from records (a, NULL) and (NULL, a): no single record matches"


def test_the_proof_notices_a_predicate_that_is_true_on_null() -> None:
    rules = RULES["unanimous"]
    lost = [
        r for r in every_customer() if golden_scan(r, rules, IS_NULL) and witnessed(r, IS_NULL, lambda _: True) is False
    ]
    assert lost, "records that disagree have no NULL, and the customer has"


def test_the_proof_notices_a_predicate_asked_of_what_is_collected() -> None:
    wanted = Leaf("x", known(lambda v: v == ["a", "bb"]))
    singly = [tuple(Record(e.source, e.key, {**e.values, "x": [e.values["x"]]}) for e in r) for r in every_customer()]
    lost = [
        records
        for records, each in zip(every_customer(), singly, strict=True)
        if golden_scan(records, COLLECTED, wanted) and witnessed(each, wanted, lambda _: True) is False
    ]
    assert lost, "no record has both values"


def test_the_proof_notices_rows_that_are_not_widened() -> None:
    rules, wrong = RULES["source_priority"], 0
    for records in every_customer():
        matching = [each for each in records if A.holds(each.values)]
        row = golden_scan(matching, rules, A) if matching else None
        wrong += row is not None and golden_scan(records, rules, A) is None
    assert wrong, "the loser's value matched"
