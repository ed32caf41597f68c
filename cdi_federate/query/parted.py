"""Keys of several columns as one text → what it says of each column.

`shapes.key_text` joins the columns by `|`, after each `|` and `\\` in them got a `\\` before it. So a text that is not
written that way, or has another number of parts, is no row's key; any other is the key of those rows alone whose
columns, each as a text, are its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from cdi_federate.query.casts import NotInvertible, through_cast
from cdi_federate.query.steps import without_label
from cdi_federate.stages.clauses import (
    Clause,
    ClauseLiteral,
    Compare,
    Never,
    Unknown,
    Within,
    conjunction,
    disjunction,
    mapped,
)
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo, type_info

_PART = r"((?:[^|\\]|\\[|\\])*)"


def of_parts(
    literal: ClauseLiteral, label: str, columns: tuple[str, ...], raw_type: Callable[[str], TypeInfo]
) -> Clause:
    """Return the clause over columns that keeps the rows on which a literal over `label || key` is TRUE.

    Raises:
        NotInvertible: it is neither an equality nor IS NULL, or a column's text says not which value it is.
    """
    match without_label(literal, label):
        case Never() as never:
            return never
        case Unknown():
            return disjunction(*(_of_column(column, Unknown(""), raw_type) for column in columns))
        case Compare(_, "=", value):
            wanted: tuple[object, ...] = (value,)
        case Within(_, values):
            wanted = values
        case _:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a key of several columns, compared otherwise than by =")
    found = [parts for value in wanted if (parts := split(str(value), len(columns)))]
    return disjunction(*(_row(columns, parts, raw_type) for parts in found)) if found else Never()


def split(key: str, number: int) -> tuple[str, ...]:
    """Return the parts of a key of so many columns; none where the text is no such key."""
    read = re.fullmatch(r"\|".join([_PART] * number), key, re.DOTALL)
    return tuple(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in read.groups()) if read else ()


def _row(columns: tuple[str, ...], parts: tuple[str, ...], raw_type: Callable[[str], TypeInfo]) -> Clause:
    pairs = zip(columns, parts, strict=True)
    return conjunction(*(_of_column(column, Compare("", "=", part), raw_type) for column, part in pairs))


def _of_column(column: str, literal: ClauseLiteral, raw_type: Callable[[str], TypeInfo]) -> Clause:
    """Return a literal over a column's text as a clause over the column."""
    clause = through_cast(literal, raw_type(column), type_info("VARCHAR"))
    return mapped(clause, partial(replace, column=column))
