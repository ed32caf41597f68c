"""Questions, answers, and how two answers differ."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """One question and what of its answer is fixed.

    `whole`: where SQL leaves open which rows LIMIT takes, the query without it; the rows must be among its. `keys`: by
    how many columns, from the first on, the answer is ordered; the sequence of their values is fixed then.
    """

    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    whole: str = ""
    keys: int = 0

    def __str__(self) -> str:
        given = "".join(f"-- ${name} = {value!r}\n" for name, value in self.parameters.items())
        given += f"-- any rows of: {self.whole}\n" if self.whole else ""
        return given + (f"-- in the order of columns: {self.keys}\n" if self.keys else "") + self.sql


@dataclass(frozen=True)
class Answer:
    """Names and types of columns, and rows."""

    columns: tuple[tuple[str, str], ...]
    rows: list[Row]

    @classmethod
    def of(cls, table: pa.Table) -> Answer:
        """Take a table; timestamps and numbers as Python values."""
        columns = tuple((each.name, str(each.type)) for each in table.schema)
        lists = [_values(column) for column in table.columns]
        return cls(columns, list(zip(*lists, strict=True)) if lists else [()] * table.num_rows)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values; a moment outside of Python's years as its number."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [_moment(value) for value in column]


def _moment(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return value.value


def difference(expected: Answer, answer: Answer, whole: Answer | None, keys: int = 0) -> str:
    """Return how two answers differ as multisets with types; `whole`: rows need only be among its.

    `keys`: the first columns must have the same values in the same order.
    """
    if expected.columns != answer.columns:
        return f"columns {answer.columns}, not {expected.columns}"
    if len(expected.rows) != len(answer.rows):
        return f"{len(answer.rows)} rows, not {len(expected.rows)}; {_odd(expected, answer)}"
    for at, (ours, theirs) in enumerate(zip(answer.rows, expected.rows, strict=True) if keys else ()):
        if not _same(ours[:keys], theirs[:keys]):
            return f"row {at + 1} is ordered by {str(ours[:keys])[:200]}, not {str(theirs[:keys])[:200]}"
    if whole is not None:
        surplus = Counter(map(_key, answer.rows)) - Counter(map(_key, whole.rows))
        return f"rows that are not in the whole answer: {str([*surplus][:3])[:400]}" if surplus else ""
    if all(map(_same, sorted(answer.rows, key=_place), sorted(expected.rows, key=_place))):
        return ""
    return _odd(expected, answer)


def _place(row: Row) -> tuple[Row, Row]:
    """Return where a row is sorted: by what is exact first, so that the last digits of a sum move no row."""
    exact = tuple("float" if isinstance(value, float) else _sortable(value) for value in row)
    return exact, tuple((value != value, 0.0 if value != value else value) for value in row if isinstance(value, float))


def _odd(expected: Answer, answer: Answer) -> str:
    ours, theirs = Counter(map(_key, answer.rows)), Counter(map(_key, expected.rows))
    surplus, missing = [*(ours - theirs)], [*(theirs - ours)]
    return f"surplus {str(surplus[:3])[:400]}, missing {str(missing[:3])[:400]}"


def _key(row: Row) -> Row:
    return tuple(_sortable(value) for value in row)


def _sortable(value: Any) -> Any:
    if isinstance(value, float):
        return f"float {value + 0.0:.8g}".replace("-0", "0") if value == 0 else f"float {value:.8g}"
    if isinstance(value, list):
        return f"list {[_sortable(item) for item in value]}"
    if isinstance(value, dict):
        return f"struct {[(name, _sortable(item)) for name, item in value.items()]}"
    return f"{type(value).__name__} {value!r}"


def _same(left: Row, right: Row) -> bool:
    return all(map(_equal, left, right))


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list | dict):
        return bool(_sortable(left) == _sortable(right))
    return type(left) is type(right) and bool(left == right)
