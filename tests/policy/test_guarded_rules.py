"""Behind guards too, a question has one answer: with all rules of the optimiser, with none, without each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.query.optimise.run import RULES
from tests.policy import companies, office
from tests.policy.questions import Asker
from tests.policy.test_min_group import ANSWERED
from tests.policy.test_two_worlds import PROBES

NAMES = tuple(rule.name for rule in RULES)
VARIANTS: dict[str, tuple[str, ...]] = {"none": NAMES, **{name: (name,) for name in NAMES}}
"""What is left out."""

ROLES = {
    "support_de": "", "analyst": "", "branch": "", "no_desk": "", "no_mail_de": "", "counter": "",
    "campaign": "marketing",
}  # fmt: skip
"""Role → the purpose that it asks for."""

TIES = ("LIMIT", "row_number", "first(")
"""Words of probes that leave open which of two rows that tie is meant: this company has such rows."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of many rows, with the crosswalk of its customers."""
    return companies.pair(tmp_path_factory.mktemp("company"), "no_mail_de")[1]


@pytest.fixture(params=ROLES)
def asked_in(request: pytest.FixtureRequest, company: Path) -> Iterator[tuple[str, Federation]]:
    role = request.param
    with office.opened(company, role, ROLES[role]) as federation:
        yield role, federation


def told(federation: Federation, sql: str, without: Sequence[str] = ()) -> Any:
    """Return the columns and rows, or the error's type."""
    try:
        result = federation.run(federation.prepare(sql, without=without))
        return [(column.name, column.type) for column in result.columns], sorted(map(_plain, result.fetchall()))
    except CdiError as error:
        return type(error).__name__


def _plain(row: tuple[Any, ...]) -> str:
    """Return a row as a text; a mean that is put together of parts may differ in its last bit."""
    return repr([f"{cell:.9e}" if isinstance(cell, float) else cell for cell in row])


def differences(federation: Federation, asked: Sequence[tuple[str, Sequence[str]]]) -> tuple[list[str], Counter[str]]:
    """Ask questions with all rules and with some variants; return what differs, and how often a rule had been at work.

    A condition that fails for a visible row may do so or not, as rows that others leave out go first: no answer is
    another one then, and `fails now and then` counts it.
    """
    found: list[str] = []
    seen: Counter[str] = Counter()
    for sql, variants in asked:
        expected = told(federation, sql)
        try:
            seen.update({applied.rule for applied in federation.prepare(sql).plan.plan.trail})
        except CdiError:
            continue  # refused, whichever rules run: none has run yet
        seen["answered"] += not isinstance(expected, str)
        for variant in variants:
            other = told(federation, sql, VARIANTS[variant])
            if other != expected and "ExecutionError" in (other, expected):
                seen["fails now and then"] += 1
            elif other != expected:
                found.append(f"{sql} without {variant}: {str(other)[:500]}, and not {str(expected)[:500]}")
    return found, seen


def questions(role: str, count: int) -> list[str]:
    """Return probes that have one answer, and questions drawn at random; for who is shown groups only, groups."""
    if role == "counter":
        return [sql for sql, _ in ANSWERED]
    drawn = Asker(list(ROLES).index(role)).questions(count)
    whole = [sql for sql in PROBES if not any(word in sql for word in TIES)]
    return [sql for sql in (*whole, *drawn) if not sql.startswith("EXPLAIN")]


def test_some_guarded_questions_without_a_rule(asked_in: tuple[str, Federation]) -> None:
    role, federation = asked_in
    turn = list(ROLES).index(role)
    sample = questions(role, 50)[turn::20]
    found, seen = differences(
        federation, [(sql, ["none", NAMES[(at + turn) % len(NAMES)]]) for at, sql in enumerate(sample)]
    )
    assert not found
    assert seen["answered"] > 0


@pytest.mark.bars
def test_guarded_questions_without_each_rule(asked_in: tuple[str, Federation]) -> None:
    role, federation = asked_in
    asked = questions(role, 40)
    found, seen = differences(federation, [(sql, list(VARIANTS)) for sql in asked])
    print(f"{role}: {len(asked)} questions in {1 + len(VARIANTS)} ways, {len(found)} differ; {dict(seen)}")
    assert not found
