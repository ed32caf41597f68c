"""Can the engine compute each field of a mapping over the raw columns' types, and does it fit the field's type?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Expression, Field, Mapping, Shape
from cdi_federate.errors import Place, Problem, Span
from cdi_federate.query.faithful import within
from cdi_federate.query.shapes import ALIAS, columns_of, columns_read, express, name_of
from cdi_federate.query.values import literal
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.types import type_info

_LEAD = "SELECT "
_SAMPLES = ("1", "2020-01-01", "true", "12:00:00", "00000000-0000-0000-0000-000000000000", "1 day", "[1]", "{'a': 1}")
"""Texts of which each type takes one: what a value of it may look like."""


def of_field(
    shape: Shape, field: Field, mapping: Mapping, facts: TableFacts, binder: Binder
) -> tuple[str, Problem | None]:
    """Return the type of a field before it is cast to its own, empty where it has none, and what is wrong with it."""
    place = shape.place or mapping.place or Place(1, 1)
    rows = _empty(columns_of(shape), facts)
    whole = express(shape, replace(field, strict=False), mapping, facts)
    inner = whole.this if isinstance(whole, exp.TryCast) else whole
    written = shape.sql if isinstance(shape, Expression) else tree.text(inner)
    try:
        found = binder.describe(f"{_LEAD}{written}\n{rows}", {})[0].type
        binder.describe(f"{_LEAD}{tree.text(whole)}\n{rows}", {})
    except Refusal as refusal:
        return "", _refused(refusal, place, written if isinstance(shape, Expression) else "")
    return found, _fit(found, field, shape, place, binder)


def of_where(mapping: Mapping, facts: TableFacts, binder: Binder) -> Problem | None:
    """Return what is wrong with the mapping's `where`."""
    place = mapping.where_place or mapping.place or Place(1, 1)
    rows = _empty(columns_read(mapping.where), facts)
    try:
        found = binder.describe(f"{_LEAD}{mapping.where}\n{rows}", {})[0].type
    except Refusal as refusal:
        return _refused(refusal, place, mapping.where)
    if found == "BOOLEAN":
        return None
    return Problem(place, f"a condition is wanted, this is {found}", help="compare it with something: … = 'x'")


def _empty(columns: Iterable[str], facts: TableFacts) -> str:
    """Return FROM and one row of NULLs that has the raw columns with their types."""
    known = [facts.columns[name] for name in columns if name in facts.columns]
    cells = [f"CAST(NULL AS {column.type}) AS {name_of(column.name)}" for column in known] or ["1"]
    return f"FROM (SELECT {', '.join(cells)}) AS {ALIAS}"


def _refused(refusal: Refusal, place: Place, written: str) -> Problem:
    """Say the engine's refusal in our words; `written` is the steward's text where it begins at `place`."""
    span = None
    if written and len(_LEAD) <= refusal.offset <= len(_LEAD) + len(written):
        span = Span(refusal.offset - len(_LEAD), max(1, len(refusal.name)))
    summary = refusal.message.split("\n")[0].rstrip(".!")
    match = re.match(r"No function matches the given name and argument types '(.*?)'", summary)
    if match:
        forms = ", ".join(form.split(" -> ")[0] for form in refusal.candidates[:4])
        help = f"it takes {forms}; cast the argument" if 0 < len(refusal.candidates) <= 4 else "cast an argument first"
        called = match[1].replace("STRING_LITERAL", "VARCHAR").replace("INTEGER_LITERAL", "INTEGER")
        return Problem(within(place, written, span), f"no function takes these types: {called}", help=help)
    candidates = tuple(re.findall(r'"([^"]+)"', refusal.message.partition("Candidate Entries:")[2]))[:3]
    return Problem(within(place, written, span), f"the engine cannot compute this: {summary}", candidates)


def _fit(inner: str, field: Field, shape: Shape, place: Place, binder: Binder) -> Problem | None:
    """Return what a cast of `inner` to the field's type never does, or loses."""
    have, want = type_info(inner), type_info(field.type)
    if have.name == want.name or want.family == "text":
        return None
    sample = ", ".join(f"TRY_CAST({literal(text)} AS {inner})" for text in _SAMPLES)
    (answer,) = binder.evaluate([f"CAST(COALESCE({sample}) AS {field.type})"])
    if isinstance(answer, Refusal) and "Unimplemented type for cast" in answer.message:
        return Problem(
            place, f"this gives {inner}, which never becomes {field.type}, the type of the field '{field.name}'",
            help="every value would be NULL; convert it in the expression, or change the field's type",
        )  # fmt: skip
    loses = ""
    if (have.family == "double" or (have.family == "decimal" and have.scale)) and want.family == "integer":
        loses = "fractions are rounded away"
    elif have.family == "decimal" and want.family == "decimal" and have.scale > want.scale and _is_raw(shape):
        loses = f"digits beyond the {want.scale} after the point are rounded away"
    elif have.family in ("timestamp", "timestamptz") and want.family == "date" and _is_raw(shape):
        loses = "the time of day is lost"
    if not loses:
        return None
    message = f"this gives {inner}, the field '{field.name}' is {field.type}: {loses}"
    return Problem(place, message, help="say so in the expression, or change the field's type", warning=True)


def _is_raw(shape: Shape) -> bool:
    """Whether the column goes into the field as it is: a steward who computes or parses chose what is lost."""
    return isinstance(shape, Column) and not (shape.parse or shape.scale)
