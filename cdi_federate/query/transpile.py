"""Trees → text, and each text read again: what is sent means the tree it came from, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from cdi_federate import tree
from cdi_federate.errors import InvariantError, RefusedError, Span
from cdi_federate.query import verbatim
from cdi_federate.query.same import same_except_tables
from cdi_federate.stages.plan import FederatedPlan, Fragment, Residual, Spelling
from cdi_federate.stages.ports import Binder, Refusal

Spell = Callable[[Residual], Spelling]


def transpile(plan: FederatedPlan, binder: Binder, spell: Spell) -> FederatedPlan:
    """Hold every fragment's text against its tree, and write the residual in the engine's words.

    Raises:
        InvariantError: a text of ours does not read back as its tree.
        RefusedError: the engine reads the residual's statement otherwise than the user's.
    """
    for fragment in plan.fragments:
        _check_fragment(fragment)
    _check_statement(plan, binder)
    residual = plan.residual
    return replace(plan, steps=(*plan.steps[:-1], replace(residual, spelling=spell(residual))))


def _check_fragment(fragment: Fragment) -> None:
    remember = len(fragment.text) <= _LONGEST
    held = (_literals_of if remember else _literals_of.__wrapped__)(fragment.text, fragment.dialect)
    if held is None:
        raise InvariantError(f"the text for source '{fragment.source}' does not read back as it was meant")
    if held != tuple(tree.literals(fragment.tree)):
        raise InvariantError(f"a constant in the text for source '{fragment.source}' changed its meaning")


_LONGEST = 20_000
"""Characters of a text of which it is kept what it holds."""


@lru_cache(maxsize=500)
def _literals_of(text: str, dialect: str) -> tuple[tuple[str, bool], ...] | None:
    """Return the literals of a text that reads back as itself, else None. It depends on nothing but the very text."""
    again = tree.parse(text, dialect)
    if len(again) != 1:
        return None
    held = tuple(tree.literals(again[0]))
    return held if tree.text(again[0], dialect, spent=True) == text else None


def _check_statement(plan: FederatedPlan, binder: Binder) -> None:
    """The residual's statement, which our CTEs are put before, must read as the user's does, but for tables' names."""
    bound, written = plan.plan.query.bound, plan.residual.written
    plain = bool(bound.written) and not any("." in ref.entity for ref in bound.tables)
    user = bound.parsed.reading if plain else binder.read(tree.text(bound.tree, verbatim.DIALECT))
    names = {ref.node: ref.entity if plain else ref.node for ref in bound.tables}
    try:
        reading = binder.read(written or tree.text(plan.plan.tree, verbatim.DIALECT))
    except Refusal:
        raise InvariantError("the engine cannot read the residual") from None
    difference = same_except_tables(user, reading, names)
    if difference is not None:
        raise RefusedError(
            "this part of the statement cannot be carried without changing its meaning",
            place=difference.span(bound.parsed.text) if plain else Span(0),
            help="write it another way; a subquery or a plain function call often does",
        )
