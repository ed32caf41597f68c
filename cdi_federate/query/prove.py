"""clause × facts × dialect → proof with a reason, literal by literal."""

from __future__ import annotations

from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.inverse import Inverted
from cdi_federate.stages.clauses import Always, And, Clause, Never, Or, conjunction, disjunction
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.proof import Proof, Reason, Strength


def proved(inverted: Inverted, facts: TableFacts, dialect: str) -> tuple[Clause | None, Proof]:
    """Return what a source may be told of a clause over its raw columns, and the proof; None: nothing.

    A conjunction may be told in part, a disjunction only whole.
    """
    clause, proof = _prove(inverted.clause, facts, dialect)
    if clause is not None and proof.strength is Strength.EXACT and not inverted.exact:
        proof = Proof(Strength.SUPERSET, Reason.PART_OF_TEXT)
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
    column = facts.column(clause.column)
    if column is None:
        return None, Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE, f"column {clause.column} is not known")
    proof = dialect_named(dialect).prove(clause, column)
    return (None if proof.strength is Strength.LOCAL else clause), proof


def _weakest(proofs: list[Proof]) -> Proof:
    return next((proof for proof in proofs if proof.strength is Strength.SUPERSET), proofs[0])
