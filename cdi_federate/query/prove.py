"""clause × facts × dialect → proof with a reason, literal by literal."""

from __future__ import annotations

from datetime import date

from cdi_federate.dialects.days import RawDay
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.inverse import Inverted
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    CompareDays,
    Day,
    Never,
    Or,
    conjunction,
    disjunction,
)
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.tree import Tree


def proved(inverted: Inverted, facts: TableFacts, dialect: str) -> tuple[Clause | None, Proof]:
    """Return what a source may be told of a clause over its raw columns, and the proof; None: nothing.

    A conjunction may be told in part, a disjunction only whole.
    """
    clause, proof = _prove(inverted.clause, facts, dialect)
    if clause is not None and proof.strength is Strength.EXACT and not inverted.exact:
        proof = Proof(Strength.SUPERSET, inverted.why)
    return clause, proof


def _prove(clause: Clause, facts: TableFacts, dialect: str) -> tuple[Clause | None, Proof]:
    match clause:
        case Always() | Never():
            return clause, Proof(Strength.EXACT, Reason.CONSTANT)
        case And(parts):
            told = [_prove(part, facts, dialect) for part in parts]
            sent = [part for part, _ in told if part is not None]
            proofs = [proof for _, proof in told]
            unsaid = next((proof for part, proof in told if part is None), None)
            if not sent:
                return None, proofs[0]
            if unsaid is not None:
                return conjunction(*sent), Proof(Strength.SUPERSET, Reason.PARTIAL_CLAUSE, unsaid.detail)
            return conjunction(*sent), _weakest(proofs)
        case Or(parts):
            told = [_prove(part, facts, dialect) for part in parts]
            unsaid = next((proof for part, proof in told if part is None), None)
            if unsaid is not None:
                return None, unsaid
            return disjunction(*(part for part, _ in told if part is not None)), _weakest([p for _, p in told])
    if isinstance(clause, CompareDays):
        return _of_days(clause, facts, dialect)
    column = facts.column(clause.column)
    if column is None:
        return None, Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"column {clause.column} is not known")
    proof = dialect_named(dialect).prove(clause, column)
    return (None if proof.strength is Strength.LOCAL else clause), proof


def _of_days(clause: CompareDays, facts: TableFacts, dialect: str) -> tuple[Clause | None, Proof]:
    if said_days(clause, facts, dialect) is None:
        names = " and ".join(day.column for day in clause.days)
        return None, Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"days of {names}")
    if any(day.form for day in clause.days):
        return clause, Proof(Strength.SUPERSET, Reason.DAYS_IN_TEXT)
    return clause, Proof(Strength.EXACT, Reason.SAME_TYPE)


def said_days(clause: CompareDays, facts: TableFacts, dialect: str) -> Tree | None:
    """Return a comparison of days as the source is told it, None where it cannot be."""
    raw: list[RawDay | date] = []
    for each in (clause.day, clause.other):
        column = facts.column(each.column) if isinstance(each, Day) else None
        if isinstance(each, Day) and column is None:
            return None
        raw.append(RawDay(column, each.form) if isinstance(each, Day) and column is not None else each)  # type: ignore[arg-type]  # a date
    left, right = raw
    assert isinstance(left, RawDay), "the first day stands in a column"
    return dialect_named(dialect).days(clause.op, left, right)


def _weakest(proofs: list[Proof]) -> Proof:
    return next((proof for proof in proofs if proof.strength is Strength.SUPERSET), proofs[0])
