"""A clause over an entity's fields → what the source of one branch may be told of it: turned round, then proved."""

from __future__ import annotations

from cdi_federate.catalog.model import Column, Entity
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.days import day_of
from cdi_federate.query.inverse import Inverted, inverted
from cdi_federate.query.prove import proved
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    CompareDays,
    Day,
    FoldedContains,
    Never,
    Or,
    conjunction,
    disjunction,
    is_sayable,
    literals,
)
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.types import type_info


def told(clause: Clause, branch: Branch, entity: Entity) -> tuple[Clause | None, Proof]:
    """Return what the branch's source may be told of a clause over fields (None: nothing), and the proof."""
    match clause:
        case And(parts):
            tried = [told(part, branch, entity) for part in parts]
            sent = [raw for raw, _ in tried if raw is not None]
            if not sent:
                return None, tried[0][1]
            return conjunction(*sent), _weakest([proof for _, proof in tried], len(sent) < len(parts))
        case Or(parts):
            tried = [told(part, branch, entity) for part in parts]
            unsaid = next((proof for raw, proof in tried if raw is None), None)
            if unsaid is not None:
                return None, unsaid
            return disjunction(*(raw for raw, _ in tried if raw is not None)), _weakest([p for _, p in tried], False)
        case Always() | Never():
            return clause, Proof(Strength.EXACT, Reason.CONSTANT)
    shape = branch.shapes.get(clause.column)
    assert branch.facts is not None
    try:
        if isinstance(clause, CompareDays):
            result = _of_days(clause, branch)
        else:
            type_ = schema_of(entity)[clause.column].type
            result = inverted(clause, shape, type_, branch.facts)
    except NotInvertible as why:
        return None, Proof(Strength.LOCAL, why.reason, why.detail)
    if isinstance(result.clause, Always | Never):
        return result.clause, Proof(Strength.EXACT, Reason.CONSTANT)
    if not branch.dialect:
        return _in_place(result, bare=isinstance(shape, Column) and shape == Column(shape.column, place=shape.place))
    return proved(result, branch.facts, branch.dialect)


def _of_days(clause: CompareDays, branch: Branch) -> Inverted:
    """Turn a comparison of two fields of type DATE into one of what stands in their raw columns."""
    assert branch.facts is not None and isinstance(clause.other, Day), "of a constant there is a plain comparison"
    sides: list[Day] = []
    for each in clause.days:
        shape = branch.shapes.get(each.column)
        if shape is None:
            return Inverted(Never(), exact=True)
        raw = branch.facts.column(shape.column) if isinstance(shape, Column) else None
        sides.append(day_of(shape, type_info(raw.type if raw is not None else "")))
    left, right = sides
    return Inverted(CompareDays(left, clause.op, right), exact=not (left.form or right.form))


def _in_place(result: Inverted, bare: bool) -> tuple[Clause | None, Proof]:
    costly = any(isinstance(literal, FoldedContains | CompareDays) for literal in literals(result.clause))
    if not is_sayable(result.clause):
        return None, Proof(Strength.LOCAL, Reason.VALUE_OUT_OF_RANGE, "a text with NUL, which no statement can hold")
    if bare or costly:
        return None, Proof(Strength.LOCAL, Reason.IN_PLACE)
    return result.clause, Proof(Strength.EXACT if result.exact else Strength.SUPERSET, Reason.INVERTED)


def _weakest(proofs: list[Proof], partial: bool) -> Proof:
    if partial:
        unsaid = next(proof for proof in proofs if proof.strength is Strength.LOCAL)
        return Proof(Strength.SUPERSET, Reason.PARTIAL_CLAUSE, unsaid.detail)
    weak = next((proof for proof in proofs if proof.strength is Strength.SUPERSET), None)
    return weak or proofs[0]
