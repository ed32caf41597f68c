"""What was answered wrongly once is answered rightly, by all rules, none, and all but each one."""

from __future__ import annotations

import pytest

from tests.differential import cases
from tests.differential.suite import Question, Seen, Suite

QUESTIONS = cases.read((cases.HERE / "cases.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.sql[:80])
def test_case(either: Suite, question: Question) -> None:
    seen = Seen()
    wrong = either.differences(question, seen=seen)
    assert not wrong, f"{question}\n\n{wrong}"
    assert seen.asked and not seen.failed, f"refused, or the reference fails too: {seen.refused}"


@pytest.mark.parametrize("entity", ["client", "purchase", "ticket", "rate"])
def test_every_row_of_every_source_is_there(either: Suite, entity: str) -> None:
    assert not either.differences(Question(f"SELECT * FROM {entity}"))
