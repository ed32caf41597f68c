"""What a mapping's SQL may be: one scalar expression over the row at hand, the same for the same row each time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.words import AGGREGATES, MANY_ROWS, UNSTEADY

_LEAD = len("SELECT ")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an expression is refused, and where in its text."""

    message: str
    offset: int = 0
    length: int = 1
    help: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of an expression: the columns it names as (name, offset, length), or its fault."""

    columns: tuple[tuple[str, int, int], ...] = ()
    fault: Fault | None = None


@lru_cache(maxsize=4096)
def read(sql: str) -> Read:
    """Return the columns an expression reads, or why it may not stand in a mapping."""
    if not sql.strip():
        return Read(fault=Fault("an SQL expression is wanted here, not nothing"))
    try:
        parsed = tree.parse_expression(sql)
    except tree.Unreadable as error:
        offset = min(max(0, error.span.start - _LEAD), max(0, len(sql.rstrip()) - 1))
        return Read(fault=Fault(f"this is not an SQL expression: {_plainly(error.message)}", offset, error.span.length))
    for node in parsed.walk(bfs=False):
        reason = _refused(node)
        if reason:
            span = tree.span(node)
            at = max(0, span.start - _LEAD)
            name = node.name if isinstance(node, exp.Anonymous) else "select" if isinstance(node, exp.Query) else ""
            found = sql.lower().find(name.lower()) if name else -1
            return Read(fault=Fault(reason[0], found if found >= 0 else at, len(name) or span.length, reason[1]))
    return Read(tuple(_columns(parsed)))


def _columns(parsed: tree.Tree) -> list[tuple[str, int, int]]:
    inside = {
        name.name
        for node in parsed.find_all(exp.Lambda)
        for name in node.expressions
        if isinstance(name, exp.Identifier)
    }
    found = []
    for node in parsed.find_all(exp.Column):
        parts = list(node.parts)
        if parts and parts[0].name not in inside:
            span = tree.span(parts[0])
            found.append((parts[0].name, max(0, span.start - _LEAD), span.length))
    return found


def _refused(node: tree.Tree) -> tuple[str, str] | None:
    if isinstance(node, exp.Query | exp.Exists):
        return ("a subquery may not stand in a mapping", "give `from` a SELECT or a view of the source instead")
    if isinstance(node, exp.Window):
        return (
            "a window function may not stand in a mapping",
            "a mapping reads one row at a time; write it in the query",
        )
    if isinstance(node, exp.Star):
        return ("'*' may not stand in a mapping", "name the columns")
    if isinstance(node, exp.Placeholder | exp.Parameter):
        return ("a parameter may not stand in a mapping", "parameters belong to queries")
    name = (node.name if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) else "").lower()
    if isinstance(node, exp.AggFunc) or name in AGGREGATES:
        return ("an aggregate may not stand in a mapping", "a mapping reads one row at a time; aggregate in the query")
    if isinstance(node, exp.UDTF | exp.Explode) or name in MANY_ROWS:
        return (
            "what makes several rows of one may not stand in a mapping",
            "give `from` a SELECT of the source instead",
        )
    if isinstance(node, exp.Rand | exp.Uuid) or name in UNSTEADY:
        return ("a function that gives something else each time may not stand in a mapping", "")
    return None


def _plainly(message: str) -> str:
    if message.lower().startswith("required keyword"):
        return "something is missing here"
    words = message.split("\n")[0].rstrip(".")
    return words[:1].lower() + words[1:] if words[:2].istitle() else words
