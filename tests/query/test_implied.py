"""What is said to hold of all rows that a source keeps does hold of each."""

from __future__ import annotations

from itertools import product

import pytest

from cdi_federate.query.implied import implies, is_known
from cdi_federate.stages.clauses import And, Clause, Compare, Known, Or, Unknown, Within, Without

NUMBERS = range(-1, 4)
COMPARED = [Compare("x", op, value) for op in ("=", "<>", "<", "<=", ">", ">=") for value in (0, 1, 2)]  # type: ignore[arg-type]
TOLD = [*COMPARED, Within("x", (0, 2)), Within("x", ()), Without("x", (1,)), Known("x"), Unknown("x")]
TOLD += [Or((COMPARED[0], COMPARED[-1])), And((COMPARED[8], COMPARED[14])), Compare("y", ">", 1)]


def keeps(clause: Clause, x: int | None, y: int | None) -> bool:
    """Return whether a clause is TRUE of a row."""
    match clause:
        case And(parts):
            return all(keeps(part, x, y) for part in parts)
        case Or(parts):
            return any(keeps(part, x, y) for part in parts)
    value = x if clause.column == "x" else y  # type: ignore[union-attr]
    match clause:
        case Unknown():
            return value is None
        case _ if value is None:
            return False
        case Compare(_, op, other):
            python = {"=": "==", "<>": "!="}.get(op, op)
            return bool(eval(f"{value} {python} {other}"))
        case Within(_, values):
            return value in values
        case Without(_, values):
            return value not in values
        case _:
            return True


@pytest.mark.parametrize("told", TOLD, ids=str)
def test_what_is_implied_holds_of_every_row(told: Clause) -> None:
    rows = [row for row in product((None, *NUMBERS), repeat=2) if keeps(told, *row)]
    for wanted in (*COMPARED, And((COMPARED[6], COMPARED[17]))):
        assert not implies([told], wanted) or all(keeps(wanted, *row) for row in rows)
    assert not is_known("x", [told]) or all(x is not None for x, _ in rows)


def test_a_narrower_bound_implies_a_wider_one() -> None:
    wide = And((Compare("x", ">=", -10), Compare("x", "<=", 10)))
    assert implies([Compare("x", ">", 0), Compare("x", "<", 10)], wide)
    assert implies([Compare("x", "=", 10)], wide) and implies([Within("x", (1, 2))], wide)
    assert not implies([Compare("x", ">", 0)], wide) and not implies([Compare("x", "<=", 11)], wide)
    assert not implies([Compare("x", "<", 10)], Compare("x", ">=", -10))
