"""Between which numbers a term lies, and which of its parts DuckDB may fail to compute.

A field lies between the ends of its type and, where it is a raw column scaled, between those of the column's type: what
is beyond the field's type is NULL. So `price_cents * (100 - discount_percent)` of a TINYINT of percents never fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product

from cdi_federate.catalog.model import Column, Field
from cdi_federate.query.shapes import has_text_step
from cdi_federate.query.terms import ends
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.summary import Computed, Number, Term
from cdi_federate.stages.types import type_info

Span = tuple[Fraction, Fraction]
SpanOf = Callable[[str], Span]
"""Gives the least and the greatest number that a field can be."""

Schema = Mapping[str, Field]


def beyond(term: Computed, schema: Schema) -> bool:
    """Return whether DuckDB may fail to compute a term, as far as the types of its fields tell."""
    return bool(failing(term, by_type(schema)))


def by_type(schema: Schema) -> SpanOf:
    """Return what gives the span of a field by its type."""
    return lambda field: ends(type_info(schema[field].type))


def at_branch(branch: Branch, schema: Schema) -> SpanOf:
    """Return what gives the span of a field in the rows of a branch."""

    def of(field: str) -> Span:
        low, high = ends(type_info(schema[field].type))
        shape = branch.shapes.get(field)
        column = branch.facts.column(shape.column) if isinstance(shape, Column) and branch.facts else None
        if not isinstance(shape, Column) or column is None or not is_scaled(shape):
            return low, high
        raw = type_info(column.type)
        if not raw.is_number:
            return low, high
        factor = Fraction(Decimal(shape.scale or 1))
        made = sorted(end * factor for end in ends(raw))
        return max(low, made[0]), min(high, made[1])

    return of


def is_scaled(shape: Column) -> bool:
    """Return whether a field is its raw column times a constant, or the column itself."""
    return not (has_text_step(shape) or shape.parse or shape.default is not None)


def span(term: Term, of: SpanOf, *, here: bool) -> Span:
    """Return the least and the greatest number that a term can be, the fields whatever they are.

    `here`: as far as DuckDB computes it and does not fail; else as it is by itself.
    """
    match term:
        case Number(text):
            return Fraction(Decimal(text)), Fraction(Decimal(text))
        case Computed(op, left, right):
            made = _combined(op, span(left, of, here=here), span(right, of, here=here))
            low, high = ends(type_info(term.type)) if here else made
            return min(max(made[0], low), high), max(min(made[1], high), low)
        case field:
            return of(field)


def _combined(op: str, one: Span, two: Span) -> Span:
    (low, high), (less, more) = one, two
    if op == "+":
        return low + less, high + more
    if op == "-":
        return low - more, high - less
    made = [left * right for left, right in product(one, two)]
    return min(made), max(made)


def failing(term: Term, of: SpanOf) -> dict[Term, Span]:
    """Return the parts of a term that may lie beyond what DuckDB computes, each with the ends that it must not pass."""
    found: dict[Term, Span] = {}
    if not isinstance(term, Computed):
        return found
    low, high = ends(type_info(term.type))
    sides = [span(part, of, here=True) for part in (term.left, term.right)]
    spans: dict[Term, Span] = {term: _combined(term.op, *sides)}
    spans |= {} if term.op == "*" else {term.left: sides[0], term.right: sides[1]}
    found |= {part: (low, high) for part, (least, most) in spans.items() if least < low or most > high}
    for part in (term.left, term.right):
        for each, (least, most) in failing(part, of).items():
            known = found.get(each, (least, most))
            found[each] = max(least, known[0]), min(most, known[1])
    return found
