"""Generated questions: the federation answers what the reference answers, with all rules and with each left out."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, seed, settings

from cdi_federate.stages.proof import Reason
from tests.differential import fuzz, randomly
from tests.differential.alone import Parting, contradiction, partings
from tests.differential.grammar import KINDS, questions
from tests.differential.suite import NAMES, VARIANTS, Question, Seen, Suite

ROUNDS, SERVER_ROUNDS = 3, 2
"""Rounds with seeds of their own, so that they may run side by side; the second with real servers in the path."""

WORLDS = 6
"""Worlds at random that every run asks; `make fuzz` makes more."""

PARTED = 10
"""Questions a round whose answers are held against each other only."""

TWENTY_THOUSAND, TIMES = 8, 6
"""Rounds of the bar, and how many times as long as the others they are: 8 x 6 x 476 questions."""

SELDOM = {
    Reason.SAMPLED, Reason.NOT_DETERMINISTIC, Reason.PARTIAL_CLAUSE, Reason.PART_OF_TEXT, Reason.UNKNOWN_TYPE,
    Reason.VALUE_OUT_OF_RANGE, Reason.ROWS_MADE, Reason.MEASURE, Reason.EACH_ITS_OWN, Reason.NOT_TOLD_APART,
}  # fmt: skip
"""Reasons that a short round need not meet: they take a rare word, or a type that servers do not have."""

SCARCE = {Reason.SAMPLED, Reason.NOT_DETERMINISTIC}
"""Reasons that one round of the bar may have fewer times than its share."""

ELSEWHERE = {
    Reason.MERGED, Reason.STRICT, Reason.INEXACT_SUM, Reason.ORDER_OF_EXPRESSION, "push_witnesses", "push_ids",
    "weave_guards", "push_guards",
}  # fmt: skip
"""Reasons and rules that other suites give work: `test_differential_merged.py`, the cases of `tests/rules/`, and for
what only roles with a row filter have `tests/policy/test_inherited.py`."""


def ask(suite: Suite, number: int, times: int = 1) -> Seen:
    """Ask a round of questions grown from a seed; raises at the simplest one that is answered wrongly."""
    seen, others = Seen(), itertools.cycle([name for name in VARIANTS if name != "all rules"])

    def hold(question: Question) -> None:
        wrong = suite.differences(question, ["all rules", next(others)], seen)
        if wrong:
            wrong = suite.differences(question)  # all variants, so that shrinking does not depend on whose turn it is
        assert not wrong, f"\n{question}\n\n{wrong}"

    def hold_parts(parting: Parting) -> None:
        assert not contradiction(suite, parting), f"\n{parting}"

    def grown(count: int) -> settings:
        return settings(
            max_examples=count * times, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )

    for kind, count in KINDS.items():
        seed(number)(grown(count)(given(questions(kind))(hold)))()
    seed(number)(grown(PARTED)(given(partings())(hold_parts)))()
    return seen


@pytest.mark.parametrize("number", range(ROUNDS))
def test_generated(suite: Suite, number: int) -> None:
    seen = ask(suite, number)
    hold_quotas(suite, seen, sum(KINDS.values()), fired=2, met=1, unmet=SELDOM)
    assert len(seen.rows & suite.traps) >= len(suite.traps) * 0.9, (
        "rows of the trap world that no filtered answer shows"
    )


@pytest.mark.parametrize("number", range(100, 100 + SERVER_ROUNDS))
def test_generated_on_servers(server_suite: Suite, number: int) -> None:
    seen = ask(server_suite, number)
    hold_quotas(server_suite, seen, sum(KINDS.values()), fired=2, met=1, unmet=SELDOM)
    assert len(seen.rows & server_suite.traps) >= len(server_suite.traps) * 0.9, (
        "rows of the trap world that no filtered answer shows"
    )


@pytest.mark.parametrize("number", range(1, 1 + WORLDS))
def test_worlds_at_random(number: int) -> None:
    finding = fuzz.ask(number, randomly.KINDS, fuzz.Tally())
    assert finding is None, f"{finding.asked}\n\n{finding.wrong}\n\n`make fuzz N=1 SEED={number}` writes it as a test"


@pytest.mark.bars
@pytest.mark.parametrize("number", range(200, 200 + TWENTY_THOUSAND))
def test_twenty_thousand_on_servers(server_suite: Suite, number: int) -> None:
    """Each of the rounds meets its share of the quotas: 200 times each rule, 50 times each reason."""
    seen = ask(server_suite, number, TIMES)
    hold_quotas(
        server_suite,
        seen,
        sum(KINDS.values()) * TIMES,
        fired=-(-200 // TWENTY_THOUSAND),
        met=-(-50 // TWENTY_THOUSAND),
        unmet=SCARCE,
    )
    assert seen.rows >= server_suite.traps, "rows of the trap world that no filtered answer shows"


def hold_quotas(suite: Suite, seen: Seen, wanted: int, *, fired: int, met: int, unmet: Collection[Reason]) -> None:
    """Hold that a round asked of everything: each rule `fired` times, each reason `met` but for those `unmet`."""
    print(f"\n{seen.asked} asked, {seen.failed} fail at the reference, {sum(seen.refused.values())} refused")
    print(f"{seen.filled} not empty, {len(seen.rows & suite.traps)} of {len(suite.traps)} rows reached")
    print(f"{dict(seen.fired)}\n{ ({str(reason): count for reason, count in seen.reasons.items()}) }")
    assert seen.asked >= wanted * 0.94, f"{seen.failed} fail, {seen.refused}"
    assert seen.filled >= seen.asked / 2, "too many answers are empty"
    for name in (name for name in NAMES if name not in ELSEWHERE):
        assert seen.fired[name] >= fired, f"{name} fired {seen.fired[name]} times"
    missed = {
        reason: seen.reasons[reason]
        for reason in {*Reason} - {*ELSEWHERE}
        if reason not in unmet and seen.reasons[reason] < met
    }
    assert len(missed) <= bool(unmet), f"reasons not met: {missed}"
