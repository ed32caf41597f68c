"""The closed loop for mappings: a steward's expression must still mean the same once we have written it again.

The engine's reading of the text as it stands in the catalog is compared with its reading of what branches say in its
place. What was found is kept by text, so that a query over known mappings asks the engine nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from typing import Any

from cdi_federate import tree
from cdi_federate.catalog.model import Expression, Mapping, Shape
from cdi_federate.errors import CatalogError, Place, Problem, QueryError, Span
from cdi_federate.query import allowed
from cdi_federate.query.same import same
from cdi_federate.query.shapes import ALIAS, columns_read, condition, parsed
from cdi_federate.stages.plan import Plan
from cdi_federate.stages.ports import Binder, Refusal

_LEAD = "SELECT "
_ANOTHER_WAY = "the engine reads it, our rewriter cannot say it again; write it another way"
_MOST = 20_000
"""Expressions whose verdict is kept."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an expression cannot be carried, and the span of its text that is to blame (None: the whole)."""

    message: str
    span: Span | None = None
    candidates: tuple[str, ...] = ()
    help: str = ""

    def problem(self, place: Place, sql: str) -> Problem:
        """Return the fault of an expression that begins at `place`."""
        return Problem(within(place, sql, self.span), self.message, self.candidates, self.help)


_COMMENT = Fault("a comment would swallow what follows the expression", help="put it behind the line as YAML's: # …")

_known: dict[str, Fault | None] = {}


def fault(sql: str, binder: Binder) -> Fault | None:
    """Return what keeps an expression of a mapping from being carried faithfully, or None."""
    try:
        return _known[sql]
    except KeyError:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[sql] = _examined(sql, binder)
        return found


def problems(mapping: Mapping, binder: Binder) -> Iterator[Problem]:
    """Yield a problem for each expression of a mapping, its `where` included, that cannot be carried faithfully."""
    for sql, place in expressions(mapping, mapping.fields):
        found = fault(sql, binder)
        if found is not None:
            yield found.problem(place or mapping.place or Place(1, 1), sql)


def require(plan: Plan, binder: Binder) -> None:
    """Raise `CatalogError` with all expressions that the plan's branches use and that cannot be carried faithfully."""
    used = [
        (branch.mapping, sql, place)
        for scan in plan.scans
        for branch in scan.branches
        for sql, place in expressions(branch.mapping, _as_written(branch.shapes))
    ]
    _learn({sql for _, sql, _ in used if sql not in _known}, binder)
    found: dict[tuple[str, str], Problem] = {}
    for mapping, sql, place in used:
        broken = fault(sql, binder)
        if broken is not None:
            found[mapping.qualified, sql] = broken.problem(place or mapping.place or Place(1, 1), sql)
    if found:
        raise CatalogError(list(found.values()))


def expressions(mapping: Mapping, names: Iterable[str]) -> Iterator[tuple[str, Place | None]]:
    """Yield the SQL that a steward wrote in a mapping for the fields named and for `where`, each with its place."""
    for name in names:
        shape = mapping.fields.get(name)
        if isinstance(shape, Expression):
            yield shape.sql, shape.place
    if mapping.where:
        yield mapping.where, mapping.where_place


def within(place: Place, sql: str, span: Span | None) -> Place:
    """Return the place of a part of an expression; of the whole where the file folds or quotes its text."""
    if span is None or not place.text[place.column - 1 :].startswith(sql[: span.start + span.length]):
        return place
    return replace(place, column=place.column + span.start, length=max(1, span.length))


def _as_written(shapes: Map[str, Shape]) -> Iterator[str]:
    """Yield the fields whose expression goes into the branch as its steward wrote it, not as a recognised shape."""
    return (name for name, shape in shapes.items() if isinstance(shape, Expression))


def _learn(unknown: set[str], binder: Binder) -> None:
    """Note all expressions as faithful if the engine, asked once, reads them alike; else nothing is noted.

    Asking for each by itself costs ten times as much, and almost always there is nothing to find.
    """
    plain = sorted(sql for sql in unknown if not _has_comment(sql))
    if len(plain) < 2:
        return
    text = _LEAD + "\n, ".join(plain)
    try:
        reading = binder.read(text)
        again = binder.read(_LEAD + "\n, ".join(tree.text(condition(sql)) for sql in plain))
        columns = frozenset(name for sql in plain for name in columns_read(sql))
        allowed.check(reading, text, columns)
    except (Refusal, tree.Unreadable, QueryError):
        return
    whole = len(reading["statements"]) == 1 and len(reading["statements"][0]["node"]["select_list"]) == len(plain)
    if whole and not _names_table(reading) and same(reading, _bare(again)) is None:
        _known.update(dict.fromkeys(plain))


def _has_comment(sql: str) -> bool:
    return "--" in sql or "/*" in sql


def _examined(sql: str, binder: Binder) -> Fault | None:
    text = _LEAD + sql
    try:
        reading = binder.read(text)
    except Refusal as refusal:
        word = Span(max(refusal.offset - len(_LEAD), 0), max(1, len(refusal.name))) if refusal.offset >= 0 else None
        return Fault(f"the engine cannot read this expression: {_first_line(refusal.message)}", word)
    try:
        written = tree.text(condition(sql))
        if _has_comment(sql) and tree.text(parsed(f"TRY_CAST({sql} AS VARCHAR)").this) != tree.text(parsed(sql)):
            return _COMMENT
        again = binder.read(_LEAD + written)
    except (tree.Unreadable, Refusal):
        if _has_comment(sql):
            return _COMMENT
        return Fault("this expression cannot be carried without changing its meaning", help=_ANOTHER_WAY)
    try:
        allowed.check(reading, text, frozenset(columns_read(sql)))
    except QueryError as error:
        return Fault(error.message, _shifted(error.place), error.candidates, error.help)
    if _names_table(reading):
        help = f"'{ALIAS}' is the name that the table has here; write the column without it"
        return Fault(f"'{ALIAS}.' may not stand in an expression", help=help)
    difference = same(reading, _bare(again))
    if difference is None:
        return None
    span = difference.span(text) if difference.offset >= len(_LEAD) else None
    return Fault("this part of the expression cannot be carried without changing its meaning", _shifted(span),
                 help=_ANOTHER_WAY)  # fmt: skip


def _shifted(place: object) -> Span | None:
    if not isinstance(place, Span) or place.start < len(_LEAD):
        return None
    return Span(place.start - len(_LEAD), place.length)


def _names_table(reading: Any) -> bool:
    """Whether a column is written as one of `t`: a struct of that name would be taken for the table."""
    return any(len(names) > 1 and names[0].lower() == ALIAS for names in _column_names(reading))


def _column_names(node: Any) -> Iterator[list[str]]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"]
        for value in node.values():
            yield from _column_names(value)
    elif isinstance(node, list):
        for item in node:
            yield from _column_names(item)


def _bare(node: Any) -> Any:
    """Return a reading in which columns of `t` have their names alone, as the steward wrote them."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _bare(value) for key, value in node.items()}
    if node.get("class") == "COLUMN_REF" and len(node["column_names"]) > 1 and node["column_names"][0] == ALIAS:
        node["column_names"] = node["column_names"][1:]
    return node


def _first_line(message: str) -> str:
    return message.split("\n")[0].rstrip(".!")
