"""Why a clause was pushed, or was not, and how to mend it: one sentence and one remedy for each `Reason`.

A remedy speaks to whoever can act: the analyst who wrote the query or the steward who keeps the catalog. Where nothing
needs mending the remedy is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate.stages.proof import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """A reason for people: what is so, and what would make it better (empty: nothing to mend)."""

    sentence: str
    remedy: str = ""


REASONS: dict[Reason, Words] = {
    Reason.BINARY_TEXT: Words("the source compares this text byte by byte, as DuckDB does"),
    Reason.SAME_TYPE: Words("the source compares this type as DuckDB does"),
    Reason.INVERTED: Words("the mapping was turned round, so the source filters its own column"),
    Reason.CONSTANT: Words("the mapping gives one known value, so this was decided while planning"),
    Reason.IN_PLACE: Words("DuckDB reads this source itself and filters while it reads"),
    Reason.PARTIAL_CLAUSE: Words(
        "only a part of the condition could be sent; the rest is checked again here",
        "Write the part that could not be sent as a condition of its own, joined by AND.",
    ),
    Reason.PART_OF_TEXT: Words(
        "the source looks for a part of the text; the whole is compared here",
        "Claim the column's form under `claims.canonical` with `trust: true` if the source keeps it, so that an index "
        "can serve.",
    ),
    Reason.DAYS_IN_TEXT: Words(
        "the source compares the texts that are certainly days; all others are looked at here",
        "Store the column as a DATE, so that an index can serve.",
    ),
    Reason.NOT_INVERTIBLE: Words(
        "the mapping cannot be turned round into a condition on the source's own column",
        "Map the field with `column:` and `codes`, `scale`, `prefix`, `suffix` or `default` instead of a free "
        "expression, or claim the column's form under `claims.canonical` with `trust: true`.",
    ),
    Reason.LOSSY_CAST: Words(
        "the cast to the field's type rounds values or reads text, so several raw values give the same one",
        "Give the field the type that the source's column has, or store the column in the field's type.",
    ),
    Reason.UNKNOWN_TYPE: Words(
        "no comparison on the source's type of this column is proved to agree with DuckDB's",
        "Declare the column at the source with a plain type: INTEGER, REAL, TEXT, DATE or TIMESTAMP.",
    ),
    Reason.UNSUPPORTED_FORM: Words(
        "the condition is not of a form that can be sent",
        "Write it as a comparison of one bare field with constants: = <> < <= > >= IN, BETWEEN, IS NULL, LIKE 'x%'.",
    ),
    Reason.NOT_DETERMINISTIC: Words(
        "it may give another value each time it is asked, so it is evaluated once, here",
        "Bind the value as a parameter: `$name`.",
    ),
    Reason.OUTER_JOIN: Words(
        "removing rows there would change what the outer join fills with NULL",
        "Use an inner join, or move the condition into the ON clause, if that is what you mean.",
    ),
    Reason.SAMPLED: Words(
        "the table is sampled before it is filtered",
        "Filter in a subquery and sample outside it, if that is what you mean.",
    ),
    Reason.MERGED: Words(
        "this speaks of merged rows, and a record's value may have lost against another record's",
        "Ask the unmerged records (`customer_record`), if any record's value will do.",
    ),
    Reason.VALUE_OUT_OF_RANGE: Words(
        "the constant does not fit the type of the source's column",
        "Compare with a value that the column can hold.",
    ),
    Reason.JOINED: Words(
        "the rows are joined first, and not all of them stand in one source",
        "Group or limit one table in a subquery and join its result, if that is what you mean.",
    ),
    Reason.INEXACT: Words(
        "a condition is checked here, so the source does not know which rows count",
        "See what is said of the conditions that were not pushed, or only as a superset.",
    ),
    Reason.ROWS_MADE: Words(
        "the query makes other rows of the rows, or looks at several at once",
        "Take the first rows in a subquery of bare fields, and compute outside it, if that is what you mean.",
    ),
    Reason.STRICT: Words(
        "the field is strict: each of its values is looked at here",
        "Drop `strict` from the field where the department's values may be trusted.",
    ),
    Reason.AGGREGATE: Words(
        "this cannot be put together of what the sources compute",
        "Aggregate bare fields by count, sum, avg, min or max, and group by expressions of one table's fields.",
    ),
    Reason.INEXACT_SUM: Words(
        "sums of floating-point numbers depend on the order of adding",
        "Give the field a decimal or an integer type.",
    ),
    Reason.EACH_ITS_OWN: Words(
        "each row is a group of its own there, so grouping saves nothing",
        "Group by fewer fields, if that is what you mean.",
    ),
    Reason.NOT_TOLD_APART: Words(
        "the source does not tell this field's values apart as DuckDB does",
        "Map the field with `column:` to a column of a plain type, compared byte by byte at the source.",
    ),
    Reason.MEASURE: Words(
        "the source cannot compute this of its own column so that it means the same",
        "Map the field with `column:` to a number, a date or a text sorted by bytes, without steps that change it.",
    ),
    Reason.SORTS_OTHERWISE: Words(
        "the source does not sort this field as DuckDB does",
        "Sort by a field that is a number, a date, or a text that the source sorts by bytes.",
    ),
    Reason.ORDER_OF_EXPRESSION: Words(
        "the order is by an expression, which no source has",
        "Sort by bare fields.",
    ),
}
"""Every reason has its words; a test keeps it so."""


def words(reason: Reason) -> Words:
    """Return the sentence and the remedy of a reason."""
    return REASONS[reason]
