"""Trees → text, and each text read again: what is sent means the tree it came from, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cdi_federate import tree
from cdi_federate.errors import InvariantError, RefusedError, Span
from cdi_federate.query import verbatim
from cdi_federate.query.same import same_but_parts, same_except_tables, without_joins
from cdi_federate.query.weaving import without, woven
from cdi_federate.stages.plan import Plan
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.spelling import Spelling
from cdi_federate.stages.steps import FederatedPlan, Fragment, Keep, Residual, Step

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
    return replace(plan, steps=tuple(_spelt(step, spell) for step in plan.steps))


def _spelt(step: Step, spell: Spell) -> Step:
    match step:
        case Keep():
            return replace(step, rows=replace(step.rows, spelling=spell(step.rows)))
        case Residual():
            return replace(step, spelling=spell(step))
        case _:
            return step


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
    """The residual's statement, which our CTEs are put before, must read as the user's does, but for tables' names.

    Where a rule changed the statement, the user's is held as it was, and against it the one that is run.
    """
    bound = plan.plan.query.bound
    changed = plan.plan.summaries or plan.plan.unjoined or plan.plan.woven
    plain = bool(bound.written) and not any("." in ref.entity for ref in bound.tables)
    user = bound.parsed.reading if plain else binder.read(tree.text(bound.tree, verbatim.DIALECT))
    names = {ref.node: ref.entity if plain else ref.node for ref in bound.tables}
    held = bound.tree if changed else _users(plan)
    try:
        reading = binder.read(plan.residual.written or tree.text(held, verbatim.DIALECT))
    except Refusal:
        raise InvariantError("the engine cannot read the residual") from None
    difference = same_except_tables(user, reading, names)
    if difference is not None:
        raise RefusedError(
            "this part of the statement cannot be carried without changing its meaning",
            place=difference.span(bound.parsed.text) if plain else Span(0),
            help="write it another way; a subquery or a plain function call often does",
        )
    if changed:
        unjoined = {each.scan.ref.node for each in plan.plan.unjoined}
        _check_changed(without_joins(_woven(reading, plan.plan, binder), unjoined), plan, binder)


def _woven(reading: Mapping[str, Any], plan: Plan, binder: Binder) -> Mapping[str, Any]:
    """Return the reading of the statement with what guards say in its own words, if they do."""
    if not plan.woven:
        return reading
    said = without(woven(plan.query.bound.tree, plan.query, plan.woven), plan.settled)
    try:
        return binder.read(tree.text(said, verbatim.DIALECT))
    except Refusal:
        raise InvariantError("the engine cannot read a guard in the statement's own words") from None


def _users(plan: FederatedPlan) -> tree.Tree:
    """Return the statement without the SELECTs that guards put before it."""
    guards = plan.plan.query.ctes
    return tree.without_ctes(plan.plan.tree, guards) if guards else plan.plan.tree


def _check_changed(before: Mapping[str, Any], plan: FederatedPlan, binder: Binder) -> None:
    words = [word for summary in plan.plan.summaries for word in summary.words]
    rows = [word for joint in plan.plan.joints for word in joint.rows]
    said = [f"SELECT {word}" for word in (*words, *rows)]
    statement, *read = binder.read_each([tree.text(_users(plan), verbatim.DIALECT), *said])
    known = [each for each in read if not isinstance(each, Refusal)]
    parts, joined = known[: len(words)], known[len(words) :]
    if isinstance(statement, Refusal) or len(known) < len(read):
        raise InvariantError("the engine cannot read the statement that a rule changed")
    if not same_but_parts(before, statement, parts, joined, summed=bool(plan.plan.summaries)):
        raise InvariantError("the statement that a rule changed does not read as it was meant")
