"""Which rows of two branches can be equal in a field, and which raw columns say so."""

from __future__ import annotations

from cdi_federate.catalog.model import Column, Ref, Shape
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.types import type_info


def never_meet(own: Shape | None, theirs: Shape | None) -> bool:
    """Return whether two fields are never equal: one is not mapped, or they name records of two mappings."""
    if own is None or theirs is None:
        return True
    return (
        isinstance(own, Ref)
        and isinstance(theirs, Ref)
        and (own.source, own.mapping) != (theirs.source, theirs.mapping)
    )


def raw_pair(
    branch: Branch, own: Shape | None, other: Branch, theirs: Shape | None
) -> tuple[ColumnFacts, ColumnFacts] | None:
    """Return the raw columns that are equal where the fields are, None where it is not certain that they are.

    Equal fields have equal raw columns where a field is the column itself, or the text of it: of two whole numbers, two
    texts or two days. What is parsed, coded or rounded is not.
    """
    one, two = _raw(branch, own), _raw(other, theirs)
    if one is None or two is None or isinstance(own, Ref) is not isinstance(theirs, Ref):
        return None
    families = {type_info(one.type).family, type_info(two.type).family}
    return (one, two) if len(families) == 1 and families <= {"integer", "text", "date"} else None


def is_whole(column: ColumnFacts, shape: Shape | None, type_: str) -> bool:
    """Return whether a field of a type keeps each value of its raw column, so that equal columns give equal fields."""
    raw, made = type_info(column.type), type_info(type_)
    if isinstance(shape, Ref) or made.family == "text":
        return raw.family in ("integer", "text")
    return raw.family == made.family == "integer" and made.low <= raw.low and raw.high <= made.high


def _raw(branch: Branch, shape: Shape | None) -> ColumnFacts | None:
    """Return the one raw column that a field is, unchanged but for its type."""
    if branch.facts is None:
        return None
    match shape:
        case Ref(columns=(name,)):
            return branch.facts.column(name)
        case Column() if shape == Column(shape.column, place=shape.place):
            return branch.facts.column(shape.column)
    return None
