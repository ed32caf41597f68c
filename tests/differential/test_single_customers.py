"""Ten thousand look-ups of single customers, by id and by what their records have, give what the reference gives."""

from __future__ import annotations

from random import Random

import pytest

from tests.differential.answers import Answer, Question, difference
from tests.differential.merged_world import RULES
from tests.differential.suite import Suite

FIELDS = ("client_id", "email", "name", "country", "balance", "score", "born", "seen", "big", "code", "level", "ratio")
"""The first is asked for half of the time."""

LOOK_UPS = 672
"""In each of the 15 worlds, of which each rule of survivorship has another field in each."""


@pytest.mark.parametrize(
    ("turn", "asked"),
    [(0, 24), *(pytest.param(turn, LOOK_UPS, marks=pytest.mark.bars) for turn in range(len(RULES)))],
)
def test_each_customer_is_the_reference_s(turn: int, asked: int) -> None:
    """A value is some record's: it may have lost there, and then finds nobody by that record."""
    dice, suite, found = Random(turn), Suite(servers=bool(turn % 3), merged=turn), 0
    try:
        suite.reference.execute("CREATE TABLE golden AS FROM client")  # merged once, not for each question
        values = {
            field: suite.reference.execute(
                f"SELECT DISTINCT {field} FROM client_record WHERE {field} IS NOT NULL ORDER BY ALL"
            ).fetchall()
            for field in FIELDS
        }
        for nth in range(asked):
            field = FIELDS[0] if nth % 2 else dice.choice(FIELDS[1:])
            given = {"v": dice.choice(values[field])[0]}
            where = f"{field} = $v"
            if dice.random() < 0.2:
                other = dice.choice(FIELDS[1:])
                given["w"] = dice.choice(values[other])[0]
                where += f" {dice.choice(['AND', 'OR'])} {other} = $w"
            shown = dice.choice(["*", "client_id, email, email__source", f"{field}, names, _sources"])
            expected = suite.expected(f"SELECT {shown} FROM golden WHERE {where}", given)
            if expected is None:
                continue
            question = Question(f"SELECT {shown} FROM client WHERE {where}", given)
            answer: Answer = suite.run(suite.plan(question))
            wrong = difference(expected, answer, None)
            assert not wrong, f"{question}\n\n{wrong}"
            found += bool(answer.rows)
        assert found > asked / 2
    finally:
        suite.close()
