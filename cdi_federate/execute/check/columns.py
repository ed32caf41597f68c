"""Does the table have the columns that a mapping names?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cdi_federate.catalog import expressions
from cdi_federate.catalog.model import Column, Expression, Mapping, Ref, Shape
from cdi_federate.errors import Place, Problem, Span, nearest
from cdi_federate.query.faithful import within
from cdi_federate.stages.facts import TableFacts


def missing(mapping: Mapping, facts: TableFacts) -> Iterator[Problem]:
    """Yield a problem for each mention of a column that the table does not have."""
    for name, place, use in _mentions(mapping):
        if facts.column(name) is None:
            known = [column.name for column in facts.columns.values()]
            guesses = nearest(name, known, limit=1)
            help = "" if guesses else _listed(known)
            yield Problem(place, f"{use}the table has no column '{name}'", guesses, help)


def _mentions(mapping: Mapping) -> Iterator[tuple[str, Place, str]]:
    whole, claims = mapping.place or Place(1, 1), mapping.claims
    for name in mapping.key:
        yield name, whole, "key: "
    if mapping.updated:
        yield mapping.updated, whole, "updated: "
    for shape in mapping.fields.values():
        for name, place in _of_shape(shape, whole):
            yield name, place, ""
    if mapping.where:
        yield from ((name, place, "") for name, place in _of_sql(mapping.where, mapping.where_place or whole))
    claimed = [*(name for names in claims.unique for name in names), *claims.not_null, *claims.values,
               *claims.canonical]  # fmt: skip
    for name in dict.fromkeys(claimed):
        yield name, claims.place or whole, ""


def _of_shape(shape: Shape, whole: Place) -> Iterator[tuple[str, Place]]:
    place = shape.place or whole
    match shape:
        case Expression(sql):
            yield from _of_sql(sql, place)
        case Column(name):
            yield name, _on(name, place)
        case Ref(_, _, names):
            for name in names:
                yield name, _on(name, place)


def _of_sql(sql: str, place: Place) -> Iterator[tuple[str, Place]]:
    for name, offset, length in expressions.read(sql).columns:
        yield name, within(place, sql, Span(offset, length))


def _on(name: str, place: Place) -> Place:
    """Return the place of a column's name inside `{column: name}`, where it stands on the same line."""
    start = place.text.find("column", place.column - 1)
    found = place.text.find(name, start + len("column")) if start >= 0 else -1
    return replace(place, column=found + 1, length=len(name)) if found >= 0 else place


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return f"it has {shown}{', …' if len(names) > 12 else ''}"
