"""The conditions of policies as trees over a table under an alias, with the values of the user's attributes."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog import conditions as words
from cdi_federate.errors import RoleError, UsageError
from cdi_federate.policy.model import Consent
from cdi_federate.query.shapes import name_of
from cdi_federate.query.values import literal
from cdi_federate.stages.subject import Subject
from cdi_federate.tree import Tree

Consented = Callable[[str, str], Tree]
"""Gives the condition that consent was given for a purpose, over a channel (empty: over any)."""


def condition(text: str, alias: str, subject: Subject, consented: Consented) -> Tree:
    """Return a condition of a policy over the columns of a table under `alias`.

    Raises:
        RoleError: the user has not the attribute that it compares with. It would be wrong to guess one.
    """

    def change(node: Tree) -> Tree | None:
        if isinstance(node, exp.In) and any(map(_attribute, node.expressions)):
            values = [each for one in node.expressions for each in _several(one, subject)]
            return tree.is_in(tree.replaced(node.this, change), values)
        if (name := _attribute(node)) is not None:
            return tree.string(_single(name, subject))
        if isinstance(node, exp.Anonymous) and node.name.lower() == words.CONSENT:
            purpose, *channel = [each.name for each in node.expressions]
            return consented(purpose, channel[0] if channel else "")
        if isinstance(node, exp.Column) and not node.table:
            return tree.qualified_column(node, alias)
        return None

    return tree.replaced(words.parsed(text), change)


def bare(text: str) -> str:
    """Return a condition of a policy as SQL that the engine can bind: some text for an attribute, TRUE for consent."""

    def change(node: Tree) -> Tree | None:
        if isinstance(node, exp.Anonymous) and node.name.lower() == words.CONSENT:
            return exp.Boolean(this=True)
        return exp.Null() if _attribute(node) is not None else None

    return tree.text(tree.replaced(words.parsed(text), change))


def _attribute(node: Tree) -> str | None:
    """Return the name of the user's attribute that a placeholder stands for."""
    name = node.name if isinstance(node, exp.Placeholder | exp.Parameter) else ""
    return name.removeprefix(words.ATTRIBUTE) if name.startswith(words.ATTRIBUTE) else None


def _several(node: Tree, subject: Subject) -> list[Tree]:
    name = _attribute(node)
    if name is None:
        return [node]
    value = _value(name, subject)
    return [tree.string(each) for each in ((value,) if isinstance(value, str) else value)] or [exp.Null()]


def _single(name: str, subject: Subject) -> str:
    value = _value(name, subject)
    if not isinstance(value, str):
        raise UsageError(
            f"the user's attribute '{name}' is a list, and the policy compares with one value",
            help=f"A policy takes several with IN: … IN (${{user.{name}}}).",
        )
    return value


def _value(name: str, subject: Subject) -> str | tuple[str, ...]:
    try:
        return subject.attributes[name]
    except KeyError:
        raise RoleError(
            f"the policy of this role reads the attribute '{name}' of the user, which has none",
            help=f"users: {{{subject.user or '…'}: {{attributes: {{{name}: …}}}}}}",
        ) from None


def agreed(consent: Consent, node: str, purpose: str, channel: str) -> Tree:
    """Return the SELECT of those who agreed to a purpose, by `consent.customer`, over the rows of a scan's node.

    Of each customer and channel the newest word counts; a refusal of the same moment, or one of which nobody knows the
    moment, counts more. A consent whose moment has not come is not given yet.
    """

    def column(name: str) -> str:
        return f"{name_of(node)}.{name_of(name)}"

    granted = ", ".join(map(literal, consent.granted))
    granting = f"CAST({column(consent.status)} AS VARCHAR) IN ({granted})"
    given = granting
    if consent.expires:
        until = column(consent.expires)
        given += f" AND ({until} IS NULL OR CAST({until} AS TIMESTAMP) > CAST(now() AS TIMESTAMP))"
    rows = f"{column(consent.purpose)} = {literal(purpose)}"
    if channel and consent.channel:
        rows += f" AND {column(consent.channel)} = {literal(channel)}"
    by = [column(name) for name in (consent.customer, consent.channel) if name]
    newest = ""
    if consent.given_at:
        order = f"{column(consent.given_at)} DESC NULLS FIRST"
        later = f"TRY_CAST({column(consent.given_at)} AS TIMESTAMP) > CAST(now() AS TIMESTAMP)"
        rows += f" AND NOT (COALESCE({granting}, FALSE) AND COALESCE({later}, FALSE))"
        newest = f" QUALIFY rank() OVER (PARTITION BY {', '.join(by)} ORDER BY {order}) = 1"
    keys = ", ".join(f"{each} AS k{at}" for at, each in enumerate(by))
    inner = f"SELECT {keys}, {given} AS given FROM {name_of(node)} WHERE {rows}{newest}"
    groups = ", ".join(f"g.k{at}" for at in range(len(by)))
    outer = f"SELECT g.k0 FROM ({inner}) AS g GROUP BY {groups} HAVING bool_and(g.given)"
    (select,) = tree.parse(outer, "duckdb")
    return select
