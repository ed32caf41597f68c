"""Where the rows of a mapping stand. The first five are read in place by the engine; the last needs a fragment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FileScan:
    """Files of one format. `urls` are absolute paths or globs; `options` are the engine's, in DuckDB's spelling."""

    format: str
    urls: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TableScan:
    """A table or view of a database that the engine has attached under the alias `database`."""

    database: str
    name: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectScan:
    """A SELECT in the engine's own dialect over a database attached under the alias `database`."""

    database: str
    sql: str


@dataclass(frozen=True, slots=True)
class MemoryScan:
    """A table held in memory and registered with the engine under `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class RowsScan:
    """A few rows written out: what the catalog answers about itself. `columns` are (name, DuckDB type)."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class RemoteTable:
    """A table, or a SELECT in the source's own dialect, that only the source can read.

    `stored` says that the rows stand in this one table: it is no view, and it has no parts.
    """

    name: tuple[str, ...] = ()
    select: str = ""
    stored: bool = False


@dataclass(frozen=True, slots=True)
class FragmentRef:
    """The rows that one fragment brings."""

    fragment: str


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows of a scan that are kept under a name while the query runs."""

    name: str


InPlace = FileScan | TableScan | SelectScan | MemoryScan | RowsScan
Relation = FileScan | TableScan | SelectScan | MemoryScan | RowsScan | RemoteTable
Leaf = FileScan | TableScan | SelectScan | MemoryScan | RowsScan | FragmentRef | KeptRows
