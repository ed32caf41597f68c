"""Long chains are no deep trees; what is really too deep is refused, never a traceback."""

from __future__ import annotations

import pytest

from cdi_federate.errors import QueryError
from tests.worlds import World


@pytest.mark.parametrize(("word", "op"), [("OR", "="), ("AND", "<>")])
def test_a_long_chain_of_conditions_is_answered(worlds: dict[str, World], word: str, op: str) -> None:
    chain = f" {word} ".join(f"customer_id {op} 'A{number}'" for number in range(1500))
    federation = worlds["shops"].federation
    plain = ", ".join(f"'A{number}'" for number in range(1500))
    listed = f"customer_id {'IN' if op == '=' else 'NOT IN'} ({plain})"
    asked = [federation.sql(f"SELECT customer_id FROM customer WHERE {where}").fetchall() for where in (chain, listed)]
    assert sorted(asked[0]) == sorted(asked[1]) != []


@pytest.mark.parametrize("depth", [100, 1000, 5000])
def test_depth_is_answered_or_refused(worlds: dict[str, World], depth: int) -> None:
    federation = worlds["shops"].federation
    for where in (f"{'NOT ' * depth}(country = 'DE')", " + ".join(["1"] * depth) + " > 0"):
        try:
            federation.sql(f"SELECT count(*) FROM customer WHERE {where}").fetchall()
        except QueryError as error:
            assert str(error)
