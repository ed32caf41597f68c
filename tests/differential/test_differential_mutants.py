"""Each condition that a rule's soundness hangs on is missed when it is taken away: an answer is wrong then."""

from __future__ import annotations

import pytest

from tests.differential import mutate
from tests.differential.suite import Seen, Suite

MUTANTS = mutate.read()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.path}: {mutant.why}")
def test_mutant_is_caught(suite: Suite, mutant: mutate.Mutant) -> None:
    seen = Seen()
    for question in mutant.questions:
        assert not suite.differences(question, ["all rules"], seen), "wrong even without the change"
    assert seen.asked == len(mutant.questions), f"refused, or the reference fails too: {seen.refused}"
    suite.forget()
    with mutate.without(mutant):
        found = [suite.differences(question, ["all rules"]) for question in mutant.questions]
    suite.forget()
    assert any(found), f"nothing changes without: {mutant.old}"
