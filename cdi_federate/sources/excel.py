"""Excel workbooks (.xlsx), read by DuckDB's extension. One sheet, one range; types from its first data row."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DataError
from cdi_federate.sources.base import FileSource
from cdi_federate.stages.ports import Probe
from cdi_federate.stages.relations import FileScan


class ExcelSource(FileSource):
    """Kind `excel`."""

    kind = "excel"
    format = "xlsx"
    extension = "excel"
    extra = "excel"
    pinned = MappingProxyType({"header": True})

    def settle(self, mapping: catalog.Mapping, files: list[str], probe: Probe) -> FileScan:
        """One workbook a mapping: the reader takes no more."""
        if len(files) > 1:
            raise DataError(
                f"'{mapping.relation}' matches {len(files)} workbooks",
                source=self.name,
                help="give each its own mapping",
            )
        scan = self.relation(mapping)
        return FileScan(scan.format, (files[0],), scan.options)

    def options(self, mapping: catalog.Mapping) -> dict[str, Any]:
        """Return the options; whatever is to be text is asked for as text."""
        return dict(mapping.options)
