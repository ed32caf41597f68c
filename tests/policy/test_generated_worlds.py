"""Questions drawn at random of two companies that differ only in what a role may not see: nothing differs in answers.

Rows, columns, their number, plans, errors and their messages are compared, as with the probes of `test_two_worlds.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.federation import Federation
from tests.policy import companies
from tests.policy.office import told
from tests.policy.questions import KINDS, Asker

Pair = tuple[Federation, Federation]
SEED = 20_260
FEW, MANY = len(KINDS), 2_000


@pytest.fixture(scope="module")
def pair_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Pair]]:
    """Return what opens the two companies of a role, asked in it or in another."""
    folders: dict[str, tuple[Path, Path]] = {}
    known: list[Federation] = []

    def opened(role: str, asked_as: str = "") -> Pair:
        if role not in folders:
            folders[role] = companies.pair(tmp_path_factory.mktemp(role), role)
        pair = companies.opened(folders[role], asked_as or role)
        known.extend(pair)
        return pair

    yield opened
    for each in known:
        each.close()


FOUND = (
    "SELECT count(*) AS n FROM (SELECT * FROM payment WHERE payment.card IS NULL) AS a LEFT JOIN orders b "
    "ON a.order_id = b.order_id AND (b.order_id < 50 OR b.customer_id::INTEGER[] IS NULL) ORDER BY ALL",
    "SELECT c.customer_id, c.country FROM customer c WHERE c.customer_id IN (SELECT o.customer_id FROM orders o WHERE "
    "o.customer_id IS NULL) AND (coalesce(c.balance <> 13, c.balance IS NULL) OR c.country::INTEGER[] IS NULL)",
)
"""Conditions that fail for visible rows, beside an empty side: which one is read first follows the numbers of rows."""


def compared(pair: Pair, count: int) -> Counter[str]:
    """Ask both the same and return how many questions ended how."""
    ends: Counter[str] = Counter()
    differ: list[tuple[str, Any, Any]] = []
    for sql in Asker(SEED).questions(count):
        one, other = (told(each, sql) for each in pair)
        ends["rows" if isinstance(one[1], list) and one[1] else "no rows" if isinstance(one[1], list) else one[0]] += 1
        if one != other and not fails_either_way(pair, sql, one, other):
            differ.append((sql, one, other))
    assert not ends["InvariantError"]  # that is a bug of ours, whoever asks
    assert not differ, f"{len(differ)} differ: " + "\n".join(map(str, differ[:3]))
    return ends


def fails_either_way(pair: Pair, sql: str, *ends: Any) -> bool:
    """Return whether each of two companies ends a question now in the one way, now in the other.

    The engine tries two conditions in a changing order: where both fail, it says now the one, now the other; the rarer
    way came once in a hundred tries.
    """
    if not any(end[0] == "ExecutionError" for end in ends):
        return False
    either = {repr(end) for end in ends}
    return all(_ends(federation, sql, either) == either for federation in pair)


def _ends(federation: Federation, sql: str, wanted: set[str]) -> set[str]:
    """Return how a question ended until it had ended in all ways that are wanted, or was asked often."""
    found: set[str] = set()
    for _ in range(1_000):
        found.add(repr(told(federation, sql)))
        if len(found) >= len(wanted):
            break
    return found


@pytest.mark.parametrize("role", companies.ROLES)
def test_generated_questions_tell_nothing_of_what_is_hidden(pair_of: Callable[..., Pair], role: str) -> None:
    ends = compared(pair_of(role), FEW)
    assert ends["rows"] > FEW / 4


def test_the_questions_would_tell(pair_of: Callable[..., Pair]) -> None:
    """Whoever may see all gets other answers of the two companies: the questions do ask for what differs."""
    pair = pair_of("no_mail_de", "steward")
    differ = [sql for sql in Asker(SEED).questions(FEW) if told(pair[0], sql) != told(pair[1], sql)]
    assert len(differ) > FEW / 2


@pytest.mark.parametrize("sql", FOUND)
def test_whether_a_condition_fails_does_not_follow_how_many_rows_are_hidden(
    pair_of: Callable[..., Pair], sql: str
) -> None:
    one, other = (told(each, sql) for each in pair_of("no_mail_de"))
    assert one == other


@pytest.mark.bars
@pytest.mark.parametrize("role", companies.ROLES)
def test_two_thousand_questions_tell_nothing_of_what_is_hidden(pair_of: Callable[..., Pair], role: str) -> None:
    ends = compared(pair_of(role), MANY)
    print(f"{role}: {MANY:,} questions of two companies, no difference; {dict(ends.most_common())}")
    assert ends["rows"] > MANY / 2
    assert sum(number for end, number in ends.items() if end.endswith("Error")) > MANY / 20
