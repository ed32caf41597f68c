"""Parquet files: their footers say names and types. Partitions and differing files only where the catalog says so."""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate.sources.base import FileSource
from cdi_federate.sources.counting import by_footers
from cdi_federate.sources.files import Found
from cdi_federate.stages.ports import Probe
from cdi_federate.stages.relations import FileScan


class ParquetSource(FileSource):
    """Kind `parquet`."""

    kind = "parquet"
    format = "parquet"
    pinned = MappingProxyType({"hive_partitioning": False, "union_by_name": False})

    def count(self, scan: FileScan, found: list[Found], probe: Probe) -> int | None:
        """Ask the footers."""
        return by_footers(found, self.files, self, probe)
