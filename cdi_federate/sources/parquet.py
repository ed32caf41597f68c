"""Parquet files: their footers say names and types. Partitions and differing files only where the catalog says so."""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate.sources.base import FileSource


class ParquetSource(FileSource):
    """Kind `parquet`."""

    kind = "parquet"
    format = "parquet"
    pinned = MappingProxyType({"hive_partitioning": False, "union_by_name": False})
