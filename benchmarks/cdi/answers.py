"""When two answers are the same: as multisets of rows, floats within 1e-9, however an engine types its numbers."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

Rows = Counter[tuple[str, ...]]


def rows(table: pa.Table) -> Rows:
    """Return the rows of an answer as texts, counted."""
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return Counter(zip(*columns, strict=True))


def right(given: Rows, wanted: Rows, *, limit: int | None) -> bool:
    """Return whether an answer is right; with `limit`, any so many of the rows wanted are."""
    if limit is None:
        return given == wanted
    return given.total() == min(limit, wanted.total()) and given <= wanted


def _plain(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.9e}"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat().removesuffix("T00:00:00").split(".000000")[0]
    if isinstance(value, date):
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else str(value)
