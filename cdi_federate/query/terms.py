"""Expressions of fields that give exact numbers: `price * (1 - discount)`, and the type that DuckDB gives each part.

    integer op integer      the wider of the two                       beyond it DuckDB fails
    decimal * decimal       digits and scales add up                   no more than 38; of two that have 64 bits, 18
    decimal ± decimal       one digit more than the wider, the finer scale      likewise
    1, 100                  of an integer's type if it fits it; beside a decimal DECIMAL(10,0)
    0.5, 1.00               DECIMAL of as many digits as are written

A closed list: of unsigned numbers, of doubles and of constants by themselves nothing is read. Each row of it is held
against the engine (`tests/query/test_terms.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from sqlglot import exp

from cdi_federate.catalog.model import Field
from cdi_federate.query.slots import FieldOf
from cdi_federate.stages.summary import Computed, Number, Term
from cdi_federate.stages.types import TypeInfo, type_info
from cdi_federate.tree import Tree

_OPERATORS: dict[type[Tree], Literal["+", "-", "*"]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_WIDTHS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
"""Digits of a decimal that holds an integer type; in the order of their ranges."""

_NARROW = 18
"""Digits of a decimal of 64 bits."""

_MOST = 38


def term_of(node: Tree, field_of: FieldOf, schema: Mapping[str, Field]) -> Term | None:
    """Return an expression as a term, None where it is no exact number that is computed of fields and constants."""
    inner = node.unnest()
    if isinstance(inner, exp.Column):
        return field_of(inner)
    number = _number(inner)
    if number is not None:
        return number
    op = _OPERATORS.get(type(inner))
    if op is None:
        return None
    left, right = (term_of(part, field_of, schema) for part in (inner.this, inner.expression))
    if left is None or right is None:
        return None
    type_ = _result(op, left, right, schema)
    return None if type_ is None else Computed(op, left, right, type_)


def type_of(term: str | Computed, schema: Mapping[str, Field]) -> TypeInfo:
    """Return the type of a field or of what is computed."""
    return type_info(term.type if isinstance(term, Computed) else schema[term].type)


def ends(kind: TypeInfo) -> tuple[Fraction, Fraction]:
    """Return the least and the greatest number of an exact type."""
    if kind.family == "integer":
        return Fraction(kind.low), Fraction(kind.high)
    high = Fraction(10**kind.precision - 1, 10**kind.scale)
    return -high, high


def _number(node: Tree) -> Number | None:
    sign, inner = ("-", node.this) if isinstance(node, exp.Neg) else ("", node)
    if not isinstance(inner, exp.Literal) or inner.is_string:
        return None
    return Number(sign + inner.name) if re.fullmatch(r"\d{1,9}|(?=.{3,19}$)\d+\.\d+", inner.name) else None


def _result(op: str, left: Term, right: Term, schema: Mapping[str, Field]) -> str | None:
    """Return the type of the result of two terms, None where it is not known for certain."""
    if isinstance(left, Number) and isinstance(right, Number):
        return None
    kinds = [_kind(each, schema) for each in (left, right)]
    one, two = (kind for kind in kinds)
    if one is None or two is None:
        return None
    if all(kind.family == "integer" for kind in (one, two)):
        return _of_integers(left, right, one, two)
    (width, scale), (other, fine) = (_digits(kind) for kind in (one, two))
    if op == "*":
        made, places = width + other, scale + fine
    else:
        places = max(scale, fine)
        made = max(width - scale, other - fine) + places + 1
    if max(width, other) <= _NARROW < made and places < _NARROW + (op != "*"):
        made = _NARROW
    return f"DECIMAL({min(made, _MOST)},{places})" if places <= min(made, _MOST) else None


def _kind(term: Term, schema: Mapping[str, Field]) -> TypeInfo | None:
    """Return the type of a part of a sum or product; None: it is no exact number, or not a plain one."""
    if isinstance(term, Number):
        digits = term.text.lstrip("-")
        whole, _, places = digits.partition(".")
        return type_info(f"DECIMAL({len(whole) + len(places)},{len(places)})" if places else "INTEGER")
    kind = type_of(term, schema)
    return kind if kind.family == "decimal" or kind.name in _WIDTHS else None


def _of_integers(left: Term, right: Term, one: TypeInfo, two: TypeInfo) -> str | None:
    """A constant takes the type of the field beside it, if it fits."""
    for term, kind in ((left, two), (right, one)):
        if isinstance(term, Number):
            return kind.name if kind.low <= int(term.text) <= kind.high else None
    return max((one.name, two.name), key=list(_WIDTHS).index)


def _digits(kind: TypeInfo) -> tuple[int, int]:
    return (kind.precision, kind.scale) if kind.family == "decimal" else (_WIDTHS[kind.name], 0)
