"""The first record of a delimited file, read as the engine's reader would read it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cdi_federate.errors import DataError

_CHUNK = 65_536
_LONGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is delimited."""

    delimiter: str
    quote: str
    escape: str
    header: bool
    skip: int
    comment: str
    encoding: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Layout:
        """Take the layout from a reader's options."""
        return cls(
            delimiter=str(options.get("delim", ",")),
            quote=str(options.get("quote", '"')),
            escape=str(options.get("escape", '"')),
            header=bool(options.get("header", True)),
            skip=int(options.get("skip", 0)),
            comment=str(options.get("comment", "")),
            encoding=str(options.get("encoding", "utf-8")),
        )


def first_record(path: str, layout: Layout, source: str, opened: Callable[[], Any]) -> list[str]:
    """Return the fields of a file's first record; raises `DataError` where it cannot be read.

    `opened` opens the file and gives its bytes from the beginning, decompressed.
    """
    try:
        with opened() as raw, io.BufferedReader(raw) as bytes_, _decoded(bytes_, layout, path, source) as stream:
            text = ""
            while True:
                more = stream.read(_CHUNK)
                text = (text + more).removeprefix("\ufeff")
                fields = _fields(text, layout, whole=not more)
                if fields is not None:
                    "".join(fields).encode()  # a byte that was no text fails here, one in a later line does not
                    return fields
                if not text:
                    raise DataError(f"'{path}' is empty: there is not even a header", source=source)
                if not more or len(text) > _LONGEST:
                    raise DataError(f"the header of '{path}' does not end", source=source)
    except UnicodeError:
        raise DataError(
            f"the header of '{path}' is not {layout.encoding}",
            source=source,
            help="declare the file's encoding: options: {encoding: latin-1}",
        ) from None
    except (OSError, pa.ArrowException):
        raise DataError(f"'{path}' cannot be read", source=source) from None


def _decoded(raw: io.BufferedReader, layout: Layout, path: str, source: str) -> io.TextIOWrapper:
    if layout.encoding.lower() == "utf-16" and raw.peek(2)[:2] != b"\xff\xfe":
        # The engine's reader gives no rows and no error for any other file.
        raise DataError(f"'{path}' is not little-endian UTF-16 with its mark (FF FE)", source=source)
    return io.TextIOWrapper(raw, encoding=layout.encoding, errors="surrogateescape", newline="")


def _fields(text: str, layout: Layout, *, whole: bool) -> list[str] | None:
    """Return the first record's fields, or None where the text ends before it does."""
    start = 0
    skipped = 0
    while skipped < layout.skip or (layout.comment and text.startswith(layout.comment, start)):
        end = text.find("\n", start)
        if end < 0:
            return [] if whole else None
        skipped += skipped < layout.skip
        start = end + 1
    fields, field, position, quoted = [], "", start, False
    while position < len(text):
        if quoted:
            if layout.escape and text.startswith(layout.escape + layout.quote, position):
                field += layout.quote
                position += len(layout.escape + layout.quote)
            elif text.startswith(layout.quote, position):
                quoted = False
                position += len(layout.quote)
            else:
                field += text[position]
                position += 1
        elif text.startswith(layout.delimiter, position):
            fields.append(field)
            field = ""
            position += len(layout.delimiter)
        elif text[position] in "\r\n":
            return [*fields, field]
        elif layout.quote and not field and text.startswith(layout.quote, position):
            quoted = True
            position += len(layout.quote)
        else:
            field += text[position]
            position += 1
    return [*fields, field] if whole and not quoted and text[start:] else None
