"""What may be told to a source, and why or why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Strength(StrEnum):
    """exact: the source keeps just the right rows; superset: all of them and perhaps more; local: it is not asked."""

    EXACT = "exact"
    SUPERSET = "superset"
    LOCAL = "local"


class Reason(StrEnum):
    """Why a proof came out as it did. Each has a sentence and a remedy in `explain/reasons.py`."""

    BINARY_TEXT = "binary_text"  # exact: text compared by bytes there as here
    SAME_TYPE = "same_type"  # exact: the source compares this type as we do
    INVERTED = "inverted"  # exact: the mapping was turned round
    CONSTANT = "constant"  # exact: decided while planning
    IN_PLACE = "in_place"  # the engine reads this source itself and filters as it reads
    PARTIAL_CLAUSE = "partial_clause"  # superset: some conjuncts could be sent, others not
    PART_OF_TEXT = "part_of_text"  # superset: a part of the text is looked for at the source, the whole here
    NOT_INVERTIBLE = "not_invertible"  # local: the mapping cannot be turned round
    LOSSY_CAST = "lossy_cast"  # local: the cast to the field's type rounds or re-reads
    UNKNOWN_TYPE = "unknown_type"  # local: the source's type has no proved comparison
    UNSUPPORTED_FORM = "unsupported_form"  # local: not a form of the closed grammar
    NOT_DETERMINISTIC = "not_deterministic"  # local: may give another value when asked again
    OUTER_JOIN = "outer_join"  # local: removing rows there would change the outer join
    SAMPLED = "sampled"  # local: the table is sampled before it is filtered
    VALUE_OUT_OF_RANGE = "value_out_of_range"  # local: the constant does not fit the source's type


@dataclass(frozen=True, slots=True)
class Proof:
    """The strength of one clause at one source, the reason, and a detail in words (a column, a function)."""

    strength: Strength
    reason: Reason
    detail: str = ""
