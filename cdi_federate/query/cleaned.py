"""A field that is a cleaned column, turned round: `norm_email(email_addr) = 'a@b.de'` → a condition on `email_addr`.

A column that its department keeps clean, by a trusted claim, is the field. Of any other only `norm_email` can be said
something: what it gives is a stretch of the column's text in small letters.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from cdi_federate.catalog.model import Claims
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


def is_clean(call: Cleaned, claims: Claims) -> bool:
    """Return whether a trusted claim says that the column holds only what the call makes of it, or NULL."""
    forms = (forms for name, forms in claims.canonical.items() if name.lower() == call.column)
    return claims.trust and any(call.function in known for known in forms)


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
