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
    DAYS_IN_TEXT = "days_in_text"  # superset: texts that surely are days are compared at the source, all others here
    NOT_INVERTIBLE = "not_invertible"  # local: the mapping cannot be turned round
    LOSSY_CAST = "lossy_cast"  # local: the cast to the field's type rounds or re-reads
    UNKNOWN_TYPE = "unknown_type"  # local: the source's type has no proved comparison
    UNSUPPORTED_FORM = "unsupported_form"  # local: not a form of the closed grammar
    NOT_DETERMINISTIC = "not_deterministic"  # local: may give another value when asked again
    OUTER_JOIN = "outer_join"  # local: removing rows there would change the outer join
    SAMPLED = "sampled"  # local: the table is sampled before it is filtered
    MERGED = "merged"  # local: the condition speaks of a customer, not of one record
    VALUE_OUT_OF_RANGE = "value_out_of_range"  # local: the constant does not fit the source's type
    JOINED = "joined"  # local: rows are joined before they are grouped or ordered
    INEXACT = "inexact"  # local: some condition is only checked here, before rows are grouped or counted off
    ROWS_MADE = "rows_made"  # local: what is read of the rows makes other rows of them, or looks at several
    STRICT = "strict"  # local: a strict field's values are looked at one by one
    AGGREGATE = "aggregate"  # local: an aggregate that cannot be put together of the sources' parts
    INEXACT_SUM = "inexact_sum"  # local: a sum whose parts do not add up to the same
    EACH_ITS_OWN = "each_its_own"  # local: every row is a group of its own
    NOT_TOLD_APART = "not_told_apart"  # local: the source takes different values for one
    MEASURE = "measure"  # local: the source cannot compute this of its own column
    SORTS_OTHERWISE = "sorts_otherwise"  # local: the source has another order
    ORDER_OF_EXPRESSION = "order_of_expression"  # local: sorted by something that no source has


@dataclass(frozen=True, slots=True)
class Proof:
    """The strength of one clause at one source, the reason, and a detail in words (a column, a function)."""

    strength: Strength
    reason: Reason
    detail: str = ""
