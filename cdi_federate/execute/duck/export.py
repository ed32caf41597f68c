"""Types that Arrow cannot carry as DuckDB hands them over travel as their text.

Measured on 1.5.5: the greatest UHUGEINT arrives as -1, BIT as raw bytes with a header, BIGNUM as opaque bytes, and a
TIME WITH TIME ZONE without its zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from cdi_federate.execute.duck.literal import name
from cdi_federate.stages.query import OutputColumn

_LOST = re.compile(r"\b(UHUGEINT|BIT|BIGNUM|TIME WITH TIME ZONE)\b")
TEXT = "VARCHAR"


def exported(statement: str, columns: Sequence[OutputColumn]) -> tuple[str, tuple[str, ...]]:
    """Return the statement to run for an Arrow answer, and the types of its columns there."""
    types = tuple(TEXT if _LOST.search(column.type) else column.type for column in columns)
    if types == tuple(column.type for column in columns):
        return statement, types
    inner = [f"c{at}" for at in range(len(columns))]
    outputs = ", ".join(
        f"CAST({inner[at]} AS {TEXT}) AS {name(column.name)}"
        if types[at] != column.type
        else f"{inner[at]} AS {name(column.name)}"
        for at, column in enumerate(columns)
    )
    return f"SELECT {outputs} FROM ({statement}\n) AS answer({', '.join(inner)})", types


def named(schema: pa.Schema, columns: Sequence[OutputColumn]) -> pa.Schema:
    """Return the schema with the names of columns, by position."""
    fields = [field.with_name(column.name) for field, column in zip(schema, columns, strict=True)]
    return pa.schema(fields, metadata=schema.metadata)
