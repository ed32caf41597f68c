"""Trees → text, and each text read again: what is sent means the tree it came from, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cdi_federate import tree
from cdi_federate.errors import InvariantError, RefusedError, Span
from cdi_federate.query import verbatim
from cdi_federate.query.same import same_except_tables
from cdi_federate.stages.plan import FederatedPlan, Fetch, Fragment, Residual
from cdi_federate.stages.ports import Binder, Refusal

Spell = Callable[[Residual], str]


def transpile(plan: FederatedPlan, binder: Binder, spell: Spell) -> FederatedPlan:
    """Write every fragment in its dialect and the residual in the engine's.

    Raises:
        InvariantError: a text of ours does not read back as its tree.
        RefusedError: the engine reads the residual's statement otherwise than the user's.
    """
    steps = tuple(
        replace(step, fragment=_written(step.fragment)) if isinstance(step, Fetch) else step for step in plan.steps[:-1]
    )
    _check_statement(plan, binder)
    residual = plan.residual
    return replace(plan, steps=(*steps, replace(residual, text=spell(residual))))


def _written(fragment: Fragment) -> Fragment:
    text = tree.text(fragment.tree, fragment.dialect)
    again = tree.parse(text, fragment.dialect)
    if len(again) == 1 and tree.literals(again[0]) != tree.literals(fragment.tree):
        raise InvariantError(f"a constant in the text for source '{fragment.source}' changed its meaning")
    if len(again) != 1 or tree.text(again[0], fragment.dialect, spent=True) != text:
        raise InvariantError(f"the text for source '{fragment.source}' does not read back as it was meant")
    return replace(fragment, text=text)


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
