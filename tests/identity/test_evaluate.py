"""Scores of found customers, each worked out by hand."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from cdi_federate.identity.evaluate import Score, Shares, evaluate


def scored(customers: str, known: str) -> Score:
    """Take `ab c` for the customers {a, b} and {c}, and `ab bc` for the known pairs."""
    ids = {record: number for number, group in enumerate(customers.split()) for record in group}
    return evaluate(ids, [(pair[0], pair[1]) for pair in known.split()])


def test_all_right() -> None:
    score = scored("abc de f", "ab ac bc de")
    assert (score.records, score.customers, score.largest, score.strangers) == (6, 3, 3, 0)
    assert (score.found, score.known, score.right) == (4, 4, 4)
    assert score.pairs == score.b_cubed == Shares(1.0, 1.0)
    assert score.pairs.f1 == 1.0


def test_one_joined_too_much() -> None:
    """{a, b}, {c} are said to be one. Said: ab, ac, bc; right: ab."""
    score = scored("abc", "ab")
    assert (score.found, score.known, score.right) == (3, 1, 1)
    assert score.pairs == Shares(1 / 3, 1.0)
    assert score.pairs.f1 == pytest.approx(0.5)
    # a and b find 2 of 3 their own, c 1 of 3: (2/3 + 2/3 + 1/3) / 3
    assert score.b_cubed.precision == pytest.approx(5 / 9)
    assert score.b_cubed.recall == 1.0


def test_one_torn_apart() -> None:
    """{a, b, c, d} is known, {a, b}, {c, d} are said: 2 of 6 pairs, and everyone has half of its own."""
    score = scored("ab cd", "ab bc cd")
    assert (score.found, score.known, score.right) == (2, 6, 2)
    assert score.pairs == Shares(1.0, 1 / 3)
    assert score.b_cubed == Shares(1.0, 0.5)
    assert score.b_cubed.f1 == pytest.approx(2 / 3)


def test_both_at_once() -> None:
    """Known {a, b, c}, {d, e}, {f}; said {a, b}, {c, d, e}, {f}."""
    score = scored("ab cde f", "ab bc de")
    assert (score.found, score.known, score.right) == (4, 4, 2)
    assert score.pairs == Shares(0.5, 0.5)
    # a, b: 2/2; c: 1/3; d, e: 2/3; f: 1/1
    assert score.b_cubed.precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)
    # a, b: 2/3; c: 1/3; d, e: 2/2; f: 1/1
    assert score.b_cubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert score.largest == 3


def test_what_follows_from_pairs_is_known() -> None:
    assert scored("abcd", "ab cd bc") == scored("abcd", "ab ac ad bc bd cd")
    assert scored("abcd", "ab ba ab aa").known == 1


def test_a_record_that_nobody_has_is_its_own_customer() -> None:
    score = scored("ab", "ab bz")
    assert (score.records, score.customers, score.strangers) == (3, 2, 1)
    assert score.pairs == Shares(1.0, 1 / 3)


def test_an_id_is_not_taken_for_a_record() -> None:
    """The customer of a has the id `z`; the record z, of which nothing is known, is another."""
    assert evaluate({"a": "z"}, [("a", "z")]).pairs == Shares(1.0, 0.0)


def test_nothing_to_say_and_nothing_to_find() -> None:
    assert scored("a b", "").pairs == Shares(1.0, 1.0)
    assert scored("", "") == Score(0, 0, 0, 0, 0, 0, Shares(1.0, 1.0), Shares(1.0, 1.0), 0)
    assert scored("a b", "ab").pairs == Shares(1.0, 0.0)
    assert scored("a b", "ab").pairs.f1 == 0.0
    assert scored("ab", "").pairs == Shares(0.0, 1.0)


def test_against_counting_every_pair() -> None:
    rng = random.Random(5)
    for _ in range(50):
        said = {n: rng.randrange(8) for n in range(25)}
        true = {n: rng.randrange(8) for n in range(25)}
        score = evaluate(said, [(a, b) for a, b in combinations(true, 2) if true[a] == true[b]])
        pairs = [(said[a] == said[b], true[a] == true[b]) for a, b in combinations(said, 2)]
        assert score.found == sum(one for one, _ in pairs)
        assert score.known == sum(other for _, other in pairs)
        assert score.right == sum(one and other for one, other in pairs)
        everyone = [({b for b in said if said[b] == said[a]}, {b for b in true if true[b] == true[a]}) for a in said]
        assert score.b_cubed.precision == pytest.approx(sum(len(s & t) / len(s) for s, t in everyone) / 25)
        assert score.b_cubed.recall == pytest.approx(sum(len(s & t) / len(t) for s, t in everyone) / 25)
