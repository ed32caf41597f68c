"""A term as a source computes it of its raw columns: exact, in as few places as they have.

    l_extendedprice * (1 - l_discount), of cents and percents
    →  price_cents * (100 - discount_percent), and the sum times 0.0001 here

A source multiplies and adds what it stores; each part is a number times a power of ten that is known here. The dialect
says how a column becomes a number that is computed with exactly, and how many digits it keeps (`Dialect.exact`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Field
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.spans import SpanOf, at_branch, failing, is_scaled, span
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.summary import Computed, Number, Term
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_WIDE = Context(prec=200)


@dataclass(frozen=True, slots=True)
class Units:
    """What a source computes: `tree`, of which the term is 10**-shift as much; it has `digits`, `places` of them."""

    tree: Tree
    shift: int
    digits: int
    places: int


def units(term: Term, branch: Branch, schema: Mapping[str, Field]) -> Units | None:
    """Return a term as the branch's source computes it, None where it cannot do so exactly."""
    return _units(term, branch, at_branch(branch, schema))


def exceeded(term: Computed, branch: Branch, schema: Mapping[str, Field]) -> dict[Term, Tree]:
    """Return the parts of a term that DuckDB may fail to compute, each with the condition, at the source, that it does.

    It fails for a part also where another field is NULL, and so is the whole.
    """
    of = at_branch(branch, schema)
    made: dict[Term, Tree] = {}
    for part, (low, high) in failing(term, of).items():
        said = _units(part, branch, of)
        assert said is not None, "each part of what a source computes it computes"
        if low == -high:  # computed once, not twice
            made[part] = tree.comparison(">", tree.call("ABS", said.tree), _constant(high, said, ">"))
        else:
            ends = ((">", high), ("<", low))
            made[part] = tree.any_of(
                *(tree.comparison(op, said.tree.copy(), _constant(end, said, op)) for op, end in ends)
            )
    return made


def _units(term: Term, branch: Branch, of: SpanOf) -> Units | None:
    match term:
        case Number(text):
            value = Decimal(text)
            shift = -int(value.as_tuple().exponent)
            whole = int(value.scaleb(shift))
            return Units(tree.number(whole), shift, len(str(abs(whole))), 0)
        case Computed(op, left, right):
            one, two = _units(left, branch, of), _units(right, branch, of)
            made = None if one is None or two is None else _computed(op, one, two)
        case field:
            made = _field(field, branch)
    if made is None:
        return None
    most = max(map(abs, span(term, of, here=False))) * 10**made.shift
    return made if dialect_named(branch.dialect).exact(made.digits, made.places, most) else None


def _computed(op: str, one: Units, two: Units) -> Units:
    if op == "*":
        made = tree.arithmetic(op, one.tree, two.tree)
        return Units(made, one.shift + two.shift, one.digits + two.digits, one.places + two.places)
    shift, places = max(one.shift, two.shift), max(one.places, two.places)
    one, two = _shifted(one, shift), _shifted(two, shift)
    whole = max(one.digits - one.places, two.digits - two.places)
    return Units(tree.arithmetic(op, one.tree, two.tree), shift, whole + places + 1, places)


def _shifted(each: Units, shift: int) -> Units:
    """Return the same number in smaller units."""
    more = shift - each.shift
    if not more:
        return each
    literal = each.tree.name if isinstance(each.tree, exp.Literal) else ""
    made = tree.number(int(literal) * 10**more) if literal else _times(each.tree, 10**more)
    return Units(made, shift, each.digits + more + (not literal), each.places)


def _field(field: str, branch: Branch) -> Units | None:
    """Return a field as its raw column times what its factor is beside a power of ten."""
    shape = branch.shapes.get(field)
    column = branch.facts.column(shape.column) if isinstance(shape, Column) and branch.facts else None
    if not isinstance(shape, Column) or column is None or not is_scaled(shape):
        return None
    made, kind = dialect_named(branch.dialect).number(column), type_info(column.type)
    if made is None:
        return None
    digits = len(str(kind.high)) if kind.family == "integer" else kind.precision
    factor = Decimal(shape.scale or 1)
    shift = max(0, -int(factor.as_tuple().exponent))
    times = int(factor.scaleb(shift))
    if times != 1:
        made, digits = _times(made, times), digits + len(str(abs(times)))
    return Units(made, shift, digits, kind.scale)


def _times(number: Tree, factor: int) -> Tree:
    return tree.arithmetic("*", number, tree.number(factor))


def _constant(end: Fraction, said: Units, op: str) -> Tree:
    """Return the last number inside of an end that has no more places than what is compared with it."""
    steps = end * 10 ** (said.shift + said.places)
    digits = Decimal(steps.__floor__() if op == ">" else steps.__ceil__())
    return tree.decimal(digits.scaleb(-said.places, _WIDE))
