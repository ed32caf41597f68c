"""Clauses as SQL words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from cdi_federate.explain.clauses import words
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    Compare,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Within,
    Without,
)

A = Compare("a", "=", 1)
CASES: list[tuple[Clause, str]] = [
    (Compare("name", "=", "O'Hara"), "name = 'O''Hara'"),
    (Compare("amount", ">", Decimal("10.50")), "amount > 10.50"),
    (Compare("born", "<=", date(1990, 2, 1)), "born <= DATE '1990-02-01'"),
    (Compare("at", "<", datetime(1990, 2, 1, 3)), "at < TIMESTAMP '1990-02-01 03:00:00'"),
    (Compare("ok", "=", True), "ok = TRUE"),
    (Compare("raw", "=", b"\x01\xff"), "raw = X'01FF'"),
    (Within("c", ("a", "b")), "c IN ('a', 'b')"),
    (Within("c", tuple(range(25))), f"c IN ({', '.join(map(str, range(20)))}, … 5 more)"),
    (Without("c", (1,)), "c NOT IN (1)"),
    (StartsWith("c", "ab"), "c LIKE 'ab%'"),
    (StartsWith("c", "ab", negated=True), "c NOT LIKE 'ab%'"),
    (Known("c"), "c IS NOT NULL"),
    (Unknown("c"), "c IS NULL"),
    (Always(), "TRUE"),
    (Never(), "FALSE"),
    (And((A, Or((A, Known("b"))))), "a = 1 AND (a = 1 OR b IS NOT NULL)"),
    (Or((A, And((A, Unknown("b"))))), "a = 1 OR (a = 1 AND b IS NULL)"),
]


@pytest.mark.parametrize(("clause", "text"), CASES, ids=[text[:40] for _, text in CASES])
def test_words(clause: Clause, text: str) -> None:
    assert words(clause) == text
