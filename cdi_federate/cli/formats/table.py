"""A table for people: boxed, numbers to the right, NULL faint, long answers cut with a word on what is missing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from cdi_federate.cli.formats import text
from cdi_federate.cli.formats.lines import is_number

ROWS = 40
"""Rows shown unless `--limit-rows` says otherwise."""

COUNTED = 1_000_000
"""Rows counted beyond those shown; then the query is stopped, so that a look at a huge table stays quick."""

NARROW = 18
"""Characters to which a column may be folded."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Table:
    """Collects the first rows, counts the rest, and draws when it is closed. `limit` 0 shows all rows."""

    def __init__(self, out: BinaryIO, schema: pa.Schema, *, limit: int = ROWS, width: int | None = None) -> None:
        self._out, self._schema, self._limit, self._width = out, schema, limit, width
        self._rows: list[tuple[str | None, ...]] = []
        self._seen = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Take what is still to be shown of a batch, and count it."""
        self._seen += batch.num_rows
        wanted = batch if self._limit == 0 else batch.slice(0, max(0, self._limit - len(self._rows)))
        if wanted.num_rows:
            columns = [text.plain(column).to_pylist() for column in wanted.columns]
            self._rows.extend(zip(*columns, strict=True))

    @property
    def is_full(self) -> bool:
        """Whether so many rows came beyond those shown that nobody needs their exact number."""
        return self._limit > 0 and self._seen >= self._limit + COUNTED

    def close(self) -> None:
        """Draw the table and say what it leaves out."""
        from rich.console import Console
        from rich.text import Text

        shown = fitting(self._widths(), self._width) if self._width else list(range(len(self._schema)))
        with _TextOut(self._out) as file:
            width = self._width or 100_000
            console = Console(file=file, width=width, markup=False, highlight=False, force_terminal=bool(self._width))
            console.print(self._drawing(shown))
            for note in self._notes(len(shown)):
                console.print(Text(note, "dim"))

    def _drawing(self, shown: list[int]) -> Any:
        from rich import box
        from rich.table import Table as Drawing
        from rich.text import Text

        drawing = Drawing(box=box.ROUNDED, header_style="bold")
        gap = next((at for at, index in enumerate(shown) if index != at), None)
        for at, index in enumerate(shown):
            if at == gap:
                drawing.add_column("…")
            field = self._schema.field(index)
            side: Any = "right" if is_number(field.type) else "left"
            drawing.add_column(Text(visible(field.name)), justify=side, overflow="fold")
        for row in self._rows:
            cells = [Text("NULL", "dim") if row[i] is None else Text(visible(row[i] or "")) for i in shown]
            drawing.add_row(*(cells if gap is None else [*cells[:gap], Text("…", "dim"), *cells[gap:]]))
        return drawing

    def _notes(self, shown: int) -> Iterator[str]:
        if rest := self._seen - len(self._rows):
            count = f"more than {COUNTED:,}" if self.is_full else f"{rest:,}"
            yield f"… {count} more row{'' if rest == 1 else 's'} (--limit-rows 0 shows all)"
        if hidden := len(self._schema) - shown:
            yield f"… {hidden} more column{'' if hidden == 1 else 's'} (--format csv shows all)"

    def _widths(self) -> list[int]:
        """Return the width that each column would like to have."""
        from rich.cells import cell_len

        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._schema.names)
        return [
            max([cell_len(visible(name)), *(cell_len(visible("NULL" if cell is None else cell)) for cell in column)])
            for name, column in zip(self._schema.names, columns, strict=True)
        ]


def fitting(widths: list[int], total: int) -> list[int]:
    """Return which columns to show in a terminal `total` wide: all if they fit, else the first and the last ones.

    A column may be folded down to `NARROW` characters before another one is left out.
    """
    needed = [min(width, NARROW) + 3 for width in widths]
    if sum(needed) + 1 <= total:
        return list(range(len(widths)))
    left: list[int] = []
    right: list[int] = []
    room = total - 1 - 4  # the frame, and a column that says that some are missing
    order = [index for pair in zip(range(len(widths)), reversed(range(len(widths))), strict=True) for index in pair]
    for index in dict.fromkeys(order):
        room -= needed[index]
        if room < 0 and left:
            break
        (left if index < len(widths) / 2 else right).append(index)
    return [*left, *reversed(right)]


def visible(value: str) -> str:
    """Return a text whose control characters are spelt out, so that no value can move a terminal's cursor."""
    return _CONTROL.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), value)


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _TextOut:
    """A text face of a byte stream that leaves the stream open."""

    def __init__(self, out: BinaryIO) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="\n", write_through=True)

    def __enter__(self) -> io.TextIOWrapper:
        return self._text

    def __exit__(self, *_: object) -> None:
        self._text.flush()
        self._text.detach()
