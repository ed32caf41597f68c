"""Formats of one line a row, joined column-wise in Arrow: csv, tsv, json, ndjson and markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from cdi_federate.cli.formats import text


class Delimited:
    """CSV (RFC 4180, but lines end in `\\n`) and TSV: NULL is an empty cell, an empty text is `""`."""

    def __init__(self, out: BinaryIO, schema: pa.Schema, *, delimiter: str) -> None:
        self._out, self._delimiter = out, delimiter
        self._special = rf'[{delimiter}"\r\n]|^$|^\s|\s$'
        names = self._cells(pa.array(schema.names, pa.string()))
        out.write(delimiter.join(names.to_pylist()).encode() + b"\n")

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        cells = (text.plain(column) for column in batch.columns)
        quoted = [
            cell if is_number(kind) else self._cells(cell) for cell, kind in zip(cells, batch.schema.types, strict=True)
        ]
        write_lines(self._out, quoted, self._delimiter)

    def close(self) -> None:
        """Nothing is left to write."""

    def _cells(self, values: pa.Array) -> pa.Array:
        """Put quotes around the values that need them."""
        special = pc.match_substring_regex(values, self._special)
        if not pc.any(special).as_py():
            return values
        doubled = pc.replace_substring(values, '"', '""')
        return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), values)


class Json:
    """One array of objects, an object a line; also newline-delimited objects, without the array around them.

    Names that come twice are numbered, since an object keeps only one of them.
    """

    def __init__(
        self, out: BinaryIO, schema: pa.Schema, *, types: tuple[str, ...] = (), newline_delimited: bool = False
    ) -> None:
        self._out, self._is_array, self._started = out, not newline_delimited, False
        self._names = [json.dumps(name, ensure_ascii=False) for name in text.unique_names(schema.names)]
        self._is_json = [kind.upper() == "JSON" for kind in types] or [False] * len(self._names)
        if self._is_array:
            out.write(b"[")

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        if not batch.num_rows:
            return
        parts: list[Any] = []
        for index, (name, column) in enumerate(zip(self._names, batch.columns, strict=True)):
            value = text.as_json(column, is_json=self._is_json[index])
            parts += [f"{', ' if index else '{'}{name}: ", value]
        rows = pc.binary_join_element_wise(*parts, "}", "")
        if self._is_array:
            self._out.write(b",\n " if self._started else b"\n ")
            self._out.write(",\n ".join(rows.to_pylist()).encode())
        else:
            write_lines(self._out, [rows], "")
        self._started = True

    def close(self) -> None:
        """Close the array."""
        if self._is_array:
            self._out.write(b"\n]\n" if self._started else b"]\n")


class Markdown:
    """A table of GitHub's Markdown; numbers stand to the right, line ends in a cell become `<br>`."""

    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        self._out = out
        names = self._cells(pa.array(schema.names, pa.string())).to_pylist()
        rule = ["---:" if is_number(kind) else "---" for kind in schema.types]
        out.write(f"| {' | '.join(names)} |\n| {' | '.join(rule)} |\n".encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        plain = (pc.fill_null(text.plain(column), "") for column in batch.columns)
        cells = [
            cell if is_number(kind) else self._cells(cell) for cell, kind in zip(plain, batch.schema.types, strict=True)
        ]
        bars: list[Any] = ["| "]
        for index, cell in enumerate(cells):
            bars += [" | ", cell] if index else [cell]
        write_lines(self._out, [pc.binary_join_element_wise(*bars, " |", "")], "")

    def close(self) -> None:
        """Nothing is left to write."""

    def _cells(self, values: pa.Array) -> pa.Array:
        escaped = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), "|", "\\|")
        return pc.replace_substring_regex(escaped, r"\r\n|\r|\n", "<br>")


def write_lines(out: BinaryIO, cells: list[pa.Array], delimiter: str) -> None:
    """Write a line a row: the cells with the delimiter between them, NULL as nothing."""
    rows = pc.binary_join_element_wise(*cells, delimiter, null_handling="replace", null_replacement="")
    whole = pc.binary_join_element_wise(rows, "\n", "")
    for start, stop in _slices(whole):
        out.write(memoryview(whole.buffers()[2])[start:stop])


def is_number(kind: pa.DataType) -> bool:
    """Whether values of a type are numbers, which stand to the right."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _slices(strings: pa.StringArray) -> Iterator[tuple[int, int]]:
    """Yield the piece of the string array's data buffer that holds its text: one after the other, no gaps."""
    if len(strings):
        offsets = pa.Array.from_buffers(
            pa.int32(), len(strings) + 1, [None, strings.buffers()[1]], offset=strings.offset
        )
        yield offsets[0].as_py(), offsets[len(strings)].as_py()
