"""Which kinds of source there are. A new kind is one file in this folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import UsageError, nearest
from cdi_federate.sources.base import BaseSource

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "parquet": "ParquetSource",
        "csv": "CsvSource",
        "json": "JsonSource",
        "excel": "ExcelSource",
        "duckdb": "DuckDBSource",
        "sqlite": "SqliteSource",
        "postgres": "PostgresSource",
        "arrow": "ArrowSource",
        "mysql": "MysqlSource",
    }
)
"""Each kind, which is also its module here, and its class. A module is loaded when a catalog has such a source."""


def build(model: catalog.Source) -> BaseSource:
    """Return the source that a catalog describes; nothing is opened. Raises `UsageError` for a kind there is not."""
    kind = KINDS.get(model.kind)
    if kind is None:
        raise UsageError(
            f"source '{model.name}': no kind '{model.kind}'",
            candidates=nearest(model.kind, KINDS),
            help=f"kinds: {', '.join(KINDS)}",
        )
    source: BaseSource = getattr(import_module(f"cdi_federate.sources.{model.kind}"), kind)(model)
    return source
