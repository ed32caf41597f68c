"""Rows that do not come from a query: dataclasses written in any format that an answer can have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cdi_federate.cli.formats.names import BINARY, Format

if TYPE_CHECKING:
    import pyarrow as pa

NESTED = BINARY | {Format.JSON, Format.NDJSON}
"""Formats that keep a list a list; the others show its items in one cell."""


def show(rows: Iterable[Any], kind: type, asked: Format | None, *, aside: tuple[str, ...] = ()) -> int:
    """Write rows of one dataclass, a column a field; returns how many. A table leaves out the columns in `aside`."""
    from cdi_federate.cli.formats.output import Output, write_rows

    output = Output.chosen(asked, limit=0)
    skip = aside if output.format is Format.TABLE else ()
    table = arrow(rows, kind, nested=output.format in NESTED, skip=skip)
    return write_rows(output, table.schema, table.to_batches())


def arrow(rows: Iterable[Any], kind: type, *, nested: bool, skip: tuple[str, ...] = ()) -> pa.Table:
    """Return rows of one dataclass as an Arrow table; its annotations give the types, so that no rows work too."""
    import pyarrow as pa

    types = {"str": pa.string(), "int": pa.int64(), "bool": pa.bool_(), "float": pa.float64()}
    types["float | None"] = pa.float64()
    many = pa.list_(pa.string()) if nested else pa.string()
    shown = [field for field in fields(kind) if field.name not in skip]
    schema = pa.schema([(field.name, types.get(str(field.type), many)) for field in shown])
    records = [{field.name: _value(getattr(row, field.name), nested) for field in shown} for row in rows]
    return pa.Table.from_pylist(records, schema=schema)


def _value(value: Any, nested: bool) -> Any:
    if isinstance(value, tuple):
        return list(value) if nested else ", ".join(map(str, value))
    return value
