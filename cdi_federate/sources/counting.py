"""About how many rows files hold: for cost, never for an answer. What would take long, or a network, is not counted."""

from __future__ import annotations

from collections.abc import Sequence

from cdi_federate.errors import SourceError
from cdi_federate.sources.files import COMPRESSED, Files, Found
from cdi_federate.stages.ports import Probe, Source
from cdi_federate.stages.relations import SelectScan

SAMPLE = 1 << 16
"""Bytes from the beginning of a file in which lines are counted."""

FOOTERS = 32
"""Parquet files whose footers are read; further ones are taken to be like these."""


def by_lines(found: Sequence[Found], files: Files, *, headers: bool) -> int | None:
    """Return about how many lines files hold, by the length of the first lines of the greatest; None: not told.

    `headers`: each file's first line is none. A line break inside a value counts as a line.
    """
    if not _can_be_read(found, files):
        return None
    greatest = max(found, key=lambda file: file.size)
    try:
        with files.raw(greatest.url) as opened:
            sample = opened.read(SAMPLE)
    except OSError:
        return None
    lines = sample.count(b"\n") + (len(sample) == greatest.size and not sample.endswith(b"\n"))
    if not sample or not lines:
        return None if sample else 0
    total = sum(file.size for file in found) * lines / len(sample)
    return max(0, round(total) - (len(found) if headers else 0))


def by_footers(found: Sequence[Found], files: Files, source: Source, probe: Probe) -> int | None:
    """Return how many rows the footers of Parquet files count; None: not told."""
    if not _can_be_read(found, files):
        return None
    read = found[:FOOTERS]
    listed = ", ".join("'" + files.escaped(file.url).replace("'", "''") + "'" for file in read)
    try:
        rows = probe.rows(source, SelectScan("", f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])"), 1)
    except SourceError:
        return None  # whoever reads the rows says what is wrong
    counted, size = int(rows[0][0] or 0), sum(file.size for file in read)
    return round(counted * sum(file.size for file in found) / size) if len(found) > len(read) and size else counted


def _can_be_read(found: Sequence[Found], files: Files) -> bool:
    return bool(found) and files.local and all(f.size >= 0 and not f.url.endswith(COMPRESSED) for f in found)
