"""Dates and times of other dialects: their parts, their beginnings, intervals and the current moment."""

from __future__ import annotations

from sqlglot import exp

from cdi_federate.query.foreign.kinds import kind
from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg, call, cast, detached


def day_of(node: Tree, dialect: str) -> Tree:
    """`date(x)`, and what sqlglot puts around the argument of `year(x)`."""
    if kind(node.this) not in ("date", "timestamp"):
        raise refused("a date is taken of dates and timestamps only", node)
    return cast(detached(node.this), "DATE")


def moment(node: Tree, dialect: str) -> Tree:
    """The moment of the query has a time zone in Postgres and DuckDB."""
    if dialect != "postgres":
        raise refused(f"the current moment of {dialect} is not carried over", node, "use current_date")
    return node


_PARTS = frozenset({"year", "quarter", "month", "day", "hour", "minute"})


def part_of_time(node: Tree, dialect: str) -> Tree:
    """The parts of a date that count alike everywhere: not weeks, whose first day differs."""
    said, value = (node.name.lower(), node.expression) if isinstance(node, exp.Extract) else (node.key, node.this)
    known = _PARTS | {"dow", "doy", "isodow", "week"} if dialect == "postgres" else _PARTS
    if said not in known or kind(value) not in ("date", "timestamp"):
        raise refused(f"'{said}' of this value is not carried over from {dialect}", node)
    return call("date_part", exp.Literal.string(said), value)


def start_of(node: Tree, dialect: str) -> Tree:
    """The beginning of a year, quarter, month, day, hour or minute; of a week in Postgres."""
    unit = str(arg(node, "unit").name if arg(node, "unit") is not None else "").lower()
    if unit not in _PARTS | ({"week"} if dialect == "postgres" else set()) or arg(node, "zone") is not None:
        raise refused(f"truncation to '{unit}' is not carried over from {dialect}", node)
    if kind(node.this) not in ("date", "timestamp"):
        raise refused("truncation is carried over for dates and timestamps", node)
    return call("date_trunc", exp.Literal.string(unit), node.this)


def span_of_time(node: Tree, dialect: str) -> Tree:
    """An interval of one whole number and one unit."""
    unit = arg(node, "unit")
    if not (isinstance(node.this, exp.Literal) and node.name.isdigit() and isinstance(unit, exp.Var)):
        raise refused("an interval is carried over as one whole number and one unit", node)
    if unit.name.lower().rstrip("s") not in _PARTS - {"quarter"} | {"second", "week"}:
        raise refused(f"an interval of '{unit.name}' is not carried over", node)
    return node
