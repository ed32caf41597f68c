"""Generated questions: the federation answers what the reference answers, with all rules and with each left out."""

from __future__ import annotations

import itertools
import os
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings

from cdi_federate.stages.proof import Reason
from tests.differential.grammar import questions
from tests.differential.suite import VARIANTS, Question, Seen, Suite

ROUNDS = 8
"""Rounds with seeds of their own, so that they may run side by side."""

KINDS = {
    "limited": 85, "filtered": 40, "joined": 35, "nested": 30, "grouped": 15, "common": 15, "combined": 15,
    "windowed": 15, "derived": 20, "odd": 15,
}  # fmt: skip
"""The kinds of questions, and how many of each a round asks."""

RARE = {Reason.SAMPLED, Reason.NOT_DETERMINISTIC, Reason.PARTIAL_CLAUSE}
RARE |= {Reason.PART_OF_TEXT}
"""Reasons that a round need not meet: the first two no source gives yet, the others take a rare word."""


def ask(suite: Suite, number: int) -> Seen:
    """Ask a round of questions grown from a seed; raises at the simplest one that is answered wrongly."""
    seen, others = Seen(), itertools.cycle([name for name in VARIANTS if name != "all rules"])

    def hold(question: Question) -> None:
        wrong = suite.differences(question, ["all rules", next(others)], seen)
        if wrong:
            wrong = suite.differences(question)  # all variants, so that shrinking does not depend on whose turn it is
        assert not wrong, f"\n{question}\n\n{wrong}"

    for kind, count in KINDS.items():
        grown = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(grown(given(questions(kind))(hold)))()
    return seen


@pytest.mark.parametrize("number", range(ROUNDS))
def test_generated(suite: Suite, number: int) -> None:
    seen, wanted = ask(suite, number), sum(KINDS.values())
    print(f"\n{seen.asked} asked, {seen.failed} fail at the reference, {sum(seen.refused.values())} refused")
    print(f"{seen.filled} not empty, {len(seen.rows)} rows reached\n{dict(seen.fired)}\n{dict(seen.reasons)}")
    assert seen.asked >= wanted * 0.94, f"{seen.failed} fail, {seen.refused}"
    assert seen.filled >= seen.asked / 2, "too many answers are empty"
    for rule in VARIANTS:
        name = rule.removeprefix("without ")
        assert name == rule or seen.fired[name] >= 200 / ROUNDS, f"{name} fired {seen.fired[name]} times"
    missed = {reason for reason in Reason if reason not in RARE and not seen.reasons[reason]}
    assert len(missed) <= 1, f"reasons not met: {missed}"
    assert len(seen.rows) >= suite.rows * 0.9, "rows of the trap world that no filtered answer shows"


@pytest.mark.bars
def test_generated_for_as_long_as_asked(suite: Suite) -> None:
    """`make fuzz N=minutes`: random seeds; the seed of a failure is in its message."""
    end = time.monotonic() + 60 * float(os.environ.get("CDI_FUZZ_MINUTES", "10"))
    while time.monotonic() < end:
        number = int.from_bytes(os.urandom(4))
        print(f"seed {number}", flush=True)
        ask(suite, number)
