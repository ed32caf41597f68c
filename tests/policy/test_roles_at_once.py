"""Many threads ask one federation the same in several roles: each gets what its own role is shown, and nobody else's.

The same text is asked by all subjects, so plans, pools and sessions that were kept of one are there when another asks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.stages.subject import Subject
from tests.policy import office

THREADS = 8
SUBJECTS = (
    Subject("ida", "support_de"),
    Subject("otto", "analyst"),
    Subject("pia", "branch", "", {"lands": ("DE",), "most": "1000"}),
    Subject("uwe", "branch", "", {"lands": ("US", "FR"), "most": "9"}),  # one role, and other attributes
)
QUESTIONS = (
    "SELECT email, country, phone, $tag AS tag FROM customer ORDER BY ALL",
    "SELECT *, $tag AS tag FROM customer ORDER BY ALL",
    "SELECT country, count(*), max(balance), $tag FROM customer GROUP BY country ORDER BY ALL",
    "SELECT o.order_id, c.email, c.birth_date, $tag FROM orders o JOIN customer c USING (customer_id) ORDER BY ALL",
    "SELECT note, amount, $tag FROM orders WHERE amount > 5 ORDER BY ALL",
    "SELECT full_name, $tag FROM customer ORDER BY ALL",
    "SELECT to_json(c), $tag FROM customer c WHERE CAST(phone AS BIGINT) > 0 ORDER BY ALL",
    "SELECT count(*), min(email), $tag FROM customer_record WHERE country <> 'DE'",
    "WITH a AS (SELECT * FROM customer) SELECT a.email, row_number() OVER (ORDER BY a.email), $tag FROM a ORDER BY ALL",
)
"""Questions of which each subject has another answer; `$tag` says whose answer it is."""


def answer(federation: Federation, subject: Subject, sql: str, tag: str) -> Any:
    """Return the rows, whose last column must be the tag, without it; or the error."""
    try:
        rows = federation.sql(sql, subject=subject, parameters={"tag": tag}).fetchall()
    except CdiError as error:
        return type(error).__name__, str(error)
    assert all(row[-1] == tag for row in rows), "another question's answer"
    return [row[:-1] for row in rows]


@pytest.fixture(scope="module")
def known(folder: Path) -> Iterator[dict[tuple[int, int], Any]]:
    """What each subject is told when nobody else asks: a federation of its own each."""
    known = {}
    for who, subject in enumerate(SUBJECTS):
        with office.opened(folder, "steward") as alone:
            for what, sql in enumerate(QUESTIONS):
                known[who, what] = answer(alone, subject, sql, "alone")
    for what, sql in enumerate(QUESTIONS):
        assert len({repr(known[who, what]) for who in range(len(SUBJECTS))}) > 2, f"one answer for all: {sql}"
    yield known


def run(folder: Path, known: dict[tuple[int, int], Any], count: int) -> None:
    drawn = Random(11)
    asked = [(drawn.randrange(len(SUBJECTS)), drawn.randrange(len(QUESTIONS)), number) for number in range(count)]
    began = time.monotonic()
    with office.opened(folder, "steward") as federation, ThreadPoolExecutor(THREADS) as pool:

        def ask(one: tuple[int, int, int]) -> bool:
            who, what, number = one
            return bool(answer(federation, SUBJECTS[who], QUESTIONS[what], f"tag {number}") == known[who, what])

        right = list(pool.map(ask, asked))
    mixed = Counter(
        (SUBJECTS[who].user, QUESTIONS[what]) for (who, what, _), ok in zip(asked, right, strict=True) if not ok
    )
    roles = len({subject.role for subject in SUBJECTS})
    took = time.monotonic() - began
    print(f"{count:,} queries of {roles} roles from {THREADS} threads in {took:.0f} s, {mixed.total()} mixed answers")
    assert not mixed


def test_some_questions_of_several_roles_at_once(folder: Path, known: dict[tuple[int, int], Any]) -> None:
    run(folder, known, 150)


@pytest.mark.bars
def test_ten_thousand_questions_of_several_roles_at_once(folder: Path, known: dict[tuple[int, int], Any]) -> None:
    run(folder, known, 10_000)
