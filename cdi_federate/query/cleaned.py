"""A field that is a cleaned column, turned round: `norm_email(email_addr) = 'a@b.de'` → a condition on `email_addr`.

A column that its department keeps clean, by a trusted claim, is the field, and so is one in small letters or without
spaces around its texts. Of any other only `norm_email` can be said something: what it gives is a stretch of the text
in small letters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from cdi_federate.catalog.model import Claims, Column, Expression, Shape
from cdi_federate.catalog.words import CLEANING
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.shapes import parsed
from cdi_federate.query.steps import folded
from cdi_federate.stages.clauses import Clause, ClauseLiteral, FoldedContains, Known, literals
from cdi_federate.stages.proof import Reason


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The call of a cleaning function on a column as it stands, with nothing but constants beside it.

    `column` is in lower case.
    """

    function: str
    column: str


def cleaned(sql: str) -> Cleaned | None:
    """Return the call that an expression is, None where it is anything else."""
    call = parsed(sql)
    if not isinstance(call, exp.Anonymous) or call.name.lower() not in CLEANING - {"parse_date"}:
        return None
    column, *others = call.expressions or [None]
    bare = isinstance(column, exp.Column) and not column.table
    if not bare or not all(isinstance(other, exp.Literal) for other in others):
        return None
    return Cleaned(call.name.lower(), column.name.lower())


def as_claimed(shape: Shape, claims: Claims) -> Shape:
    """Return a shape without the steps of which a trusted claim says that they change nothing in the column."""
    match shape:
        case Column(column, trim=trim, lower=lower) if trim or lower:
            forms = _forms(column, claims)
            return replace(shape, trim=trim and "trim" not in forms, lower=lower and "lower" not in forms)
        case Expression(sql) if (call := cleaned(sql)) is not None and call.function in _forms(call.column, claims):
            return Column(call.column, place=shape.place)
    return shape


def _forms(column: str, claims: Claims) -> tuple[str, ...]:
    known = (forms for name, forms in claims.canonical.items() if name.lower() == column.lower())
    return next(known, ()) if claims.trust else ()


def stretched(literal: ClauseLiteral, call: Cleaned) -> Clause:
    """Return a clause that is TRUE of every text for which the literal is TRUE of what the call makes of it.

    `norm_email` gives a part of `lower(x)` as it stands, so what is sound for `lower(trim(x))` is for it too; where `x`
    is NULL so is the address, but not the other way round.

    Raises:
        NotInvertible: of this function or this comparison nothing is known.
    """
    if call.function != "norm_email":
        raise NotInvertible(Reason.NOT_INVERTIBLE, f"a text that {call.function} cleans")
    if isinstance(literal, Known):
        return literal
    clause = folded(literal)
    if not any(isinstance(part, FoldedContains) for part in literals(clause)):
        raise NotInvertible(Reason.NOT_INVERTIBLE, "norm_email under this comparison")
    return clause
