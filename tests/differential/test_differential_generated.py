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

RARE_ON_SERVERS = {Reason.UNKNOWN_TYPE, Reason.VALUE_OUT_OF_RANGE}
"""Servers are told of nearly every type and of constants that their columns cannot hold."""

SERVER_ROUNDS = 4
"""Rounds with real servers in the path."""

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
    hold_quotas(suite, number)


@pytest.mark.parametrize("number", range(100, 100 + SERVER_ROUNDS))
def test_generated_on_servers(server_suite: Suite, number: int) -> None:
    hold_quotas(server_suite, number)


@pytest.mark.bars
@pytest.mark.parametrize("number", range(200, 218))
def test_five_thousand_on_servers(server_suite: Suite, number: int) -> None:
    hold_quotas(server_suite, number)


def hold_quotas(suite: Suite, number: int) -> None:
    """Ask a round, and hold that it asked of everything."""
    seen, wanted = ask(suite, number), sum(KINDS.values())
    print(f"\n{seen.asked} asked, {seen.failed} fail at the reference, {sum(seen.refused.values())} refused")
    print(f"{seen.filled} not empty, {len(seen.rows)} rows reached\n{dict(seen.fired)}\n{dict(seen.reasons)}")
    assert seen.asked >= wanted * 0.94, f"{seen.failed} fail, {seen.refused}"
    assert seen.filled >= seen.asked / 2, "too many answers are empty"
    for rule in VARIANTS:
        name = rule.removeprefix("without ")
        assert name == rule or seen.fired[name] >= 200 / ROUNDS, f"{name} fired {seen.fired[name]} times"
    rare = RARE if suite.files else RARE | RARE_ON_SERVERS
    missed = {reason for reason in Reason if reason not in rare and not seen.reasons[reason]}
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
