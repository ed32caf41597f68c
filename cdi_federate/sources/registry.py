"""Which kinds of source there are. A new kind is one file in this folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import UsageError, nearest
from cdi_federate.sources.arrow import ArrowSource
from cdi_federate.sources.base import BaseSource
from cdi_federate.sources.csv import CsvSource
from cdi_federate.sources.duckdb import DuckDBSource
from cdi_federate.sources.excel import ExcelSource
from cdi_federate.sources.json import JsonSource
from cdi_federate.sources.mysql import MysqlSource
from cdi_federate.sources.parquet import ParquetSource
from cdi_federate.sources.postgres import PostgresSource
from cdi_federate.sources.sqlite import SqliteSource

KINDS: Mapping[str, type[BaseSource]] = MappingProxyType(
    {
        "parquet": ParquetSource,
        "csv": CsvSource,
        "json": JsonSource,
        "excel": ExcelSource,
        "duckdb": DuckDBSource,
        "sqlite": SqliteSource,
        "postgres": PostgresSource,
        "arrow": ArrowSource,
        "mysql": MysqlSource,
    }
)


def build(model: catalog.Source) -> BaseSource:
    """Return the source that a catalog describes; nothing is opened. Raises `UsageError` for a kind there is not."""
    kind = KINDS.get(model.kind)
    if kind is None:
        raise UsageError(
            f"source '{model.name}': no kind '{model.kind}'",
            candidates=nearest(model.kind, KINDS),
            help=f"kinds: {', '.join(KINDS)}",
        )
    return kind(model)
