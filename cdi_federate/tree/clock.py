"""Calls that ask for the present, and the names they give to columns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from cdi_federate.tree.make import aliased
from cdi_federate.tree.nodes import Tree

_CLOCK_NODES: dict[type[Tree], str] = {
    exp.CurrentTimestamp: "timestamptz",
    exp.CurrentDate: "date",
    exp.CurrentTime: "timetz",
    exp.Localtimestamp: "timestamp",
    exp.Localtime: "time",
}


_CLOCK_CALLS = {
    "now": "timestamptz",
    "get_current_timestamp": "timestamptz",
    "transaction_timestamp": "timestamptz",
    "current_timestamp": "timestamptz",
    "today": "date",
    "current_date": "date",
    "current_localtimestamp": "timestamp",
    "localtimestamp": "timestamp",
    "current_localtime": "time",
    "localtime": "time",
    "get_current_time": "timetz",
    "current_time": "timetz",
}


def name_projections(query: Tree, names: Sequence[str]) -> None:
    """Write, in a tree that `edit` gave, the names that the answer's columns have anyway, where no alias says them.

    Projections are counted from the left up to the first star and from the right down to the last.
    """
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    if not isinstance(query, exp.Select):
        return
    projections = list(query.expressions)
    wide = [index for index, each in enumerate(projections) if each.find(exp.Star, exp.Columns, exp.Explode)]
    for index, each in enumerate(projections):
        at = index if not wide or index < wide[0] else index - len(projections) if index > wide[-1] else None
        if at is None or isinstance(each, exp.Alias | exp.Column) or not any(clock_kind(n) for n in each.walk()):
            continue
        projections[index] = aliased(each.copy(), names[at])
    query.set("expressions", projections)


def clock_kind(node: Tree) -> str | None:
    """Return which kind of the present a call asks for (`timestamptz`, `date`, …), or None for any other node."""
    if isinstance(node, exp.Anonymous):
        return _CLOCK_CALLS.get(node.name.lower()) if not node.expressions else None
    return _CLOCK_NODES.get(type(node))


def asks_the_clock(node: Tree) -> bool:
    """Return whether a call's value depends on when it is asked; `ago` and `age` of one argument have now() inside."""
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("ago", "age"):
        return len(node.expressions) == 1
    return clock_kind(node) is not None
