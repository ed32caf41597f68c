"""The formats of an answer, and which one is meant when nobody says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from cdi_federate.errors import UsageError


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    PARQUET = "parquet"
    ARROW = "arrow"


BINARY = frozenset({Format.PARQUET, Format.ARROW})
"""Formats that a terminal cannot show."""

SUFFIXES = {
    ".txt": Format.TABLE,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".json": Format.JSON,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".md": Format.MARKDOWN,
    ".parquet": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".arrows": Format.ARROW,
    ".feather": Format.ARROW,
}


def choose(asked: Format | None, file: Path | None, terminal: bool) -> Format:
    """Return the format: the one asked for, else the file's suffix, else table on a terminal and csv into a pipe."""
    if asked is None and file is not None:
        try:
            return SUFFIXES[file.suffix.lower()]
        except KeyError:
            raise UsageError(
                f"no format is known by the suffix '{file.suffix}' of {file}",
                help=f"Name one with --format, or use one of {' '.join(SUFFIXES)}.",
            ) from None
    chosen = asked or (Format.TABLE if terminal else Format.CSV)
    if chosen in BINARY and file is None and terminal:
        raise UsageError(
            f"{chosen.value} is not text and would spoil the terminal",
            help=f"Write it to a file, `-o answer.{chosen.value}`, or into a pipe.",
        )
    return chosen
