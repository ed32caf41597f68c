"""Which raw column a field sorts by: of two rows, the one with the greater field never has the lesser raw value.

So the first rows by the raw column are the first by the field, and the field of the least raw value is the least field.
"""

from __future__ import annotations

import re
from decimal import Decimal

from cdi_federate.catalog.model import Column, Ref
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.inverse import inverted
from cdi_federate.query.prove import proved
from cdi_federate.query.shapes import has_text_step
from cdi_federate.stages.clauses import Clause, Known
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.proof import Strength
from cdi_federate.stages.types import type_info

_NUMBER = re.compile(r"-?\d*")
"""What an integer's text may begin with."""


def sorted_as(branch: Branch, facts: TableFacts, field: str, type_: str) -> tuple[str, Clause | None] | None:
    """Return the raw column that sorts at the branch's source as the field does here, if there is one.

    With it, the condition under which the field has a value, where that is more than that the column has one.
    """
    shape = branch.shapes[field]
    if not isinstance(shape, Column) or has_text_step(shape) or shape.parse or shape.default is not None:
        return None
    column = facts.column(shape.column)
    if column is None or dialect_named(branch.dialect).ordered(column) is None:
        return None
    raw, made = type_info(column.type), type_info(type_)
    if shape.scale and Decimal(shape.scale) <= 0:
        return None
    if not (raw.name == made.name or (raw.is_number and made.is_number) or (raw.family, made.family) in _SAME):
        return None
    known = known_where(branch, facts, field, type_)
    if known is None:
        return None
    return column.name, None if known == Known(shape.column) else known


def digits_of(branch: Branch, facts: TableFacts, field: str, type_: str) -> str | None:
    """Return the raw integer column by whose digits, as text, the field sorts: its text, or a key's after a prefix.

    A text behind the digits would sort `1` among those that begin with it.
    """
    match branch.shapes[field]:
        case Ref(columns=(name,)):
            pass
        case Column(name) as shape if shape == Column(name, prefix=shape.prefix, place=shape.place):
            if shape.prefix and _NUMBER.fullmatch(shape.prefix):
                return None  # taken off some numbers, 19 would sort as 9
        case _:
            return None
    column = facts.column(name)
    if column is None or type_info(type_).name != "VARCHAR" or type_info(column.type).family != "integer":
        return None
    return column.name if dialect_named(branch.dialect).digits(column) is not None else None


def known_where(branch: Branch, facts: TableFacts, field: str, type_: str) -> Clause | None:
    """Return the condition at the branch's source under which a field has a value, where it can be told exactly."""
    try:
        known = inverted(Known(field), branch.shapes[field], type_, facts)
    except NotInvertible:
        return None
    clause, proof = proved(known, facts, branch.dialect)
    return clause if proof.strength is Strength.EXACT else None


_SAME = (("date", "timestamp"), ("timestamptz", "timestamp"))
"""A day sorts as its midnight does, and a moment as its time in UTC."""
