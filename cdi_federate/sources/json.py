"""JSON files: one array, records one after the other, or one record a line (ndjson).

The types are found once, from every record, and then pinned: a scan never guesses.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.sources.base import FileSource
from cdi_federate.sources.counting import by_lines
from cdi_federate.sources.files import COMPRESSED, Found
from cdi_federate.stages.ports import Probe
from cdi_federate.stages.relations import FileScan


class JsonSource(FileSource):
    """Kind `json`."""

    kind = "json"
    format = "json"
    pinned = MappingProxyType({"hive_partitioning": False, "union_by_name": False})

    def settle(self, mapping: catalog.Mapping, files: list[str], probe: Probe) -> FileScan:
        """Pin the format, and the columns unless the catalog names them."""
        scan = self.relation(mapping)
        options: dict[str, Any] = {"format": self._format(files[0], probe), **scan.options}
        if "columns" in options:
            return FileScan(scan.format, scan.urls, options)
        whole = {**options, "sample_size": -1, "maximum_sample_files": len(files)}
        sniffed = probe.columns(self, FileScan(scan.format, scan.urls, whole))
        partitions = _partitions(files) if options["hive_partitioning"] else frozenset()
        options["columns"] = {name: type_ for name, type_ in sniffed if name.lower() not in partitions}
        return FileScan(scan.format, scan.urls, options)

    def count(self, scan: FileScan, found: list[Found], probe: Probe) -> int | None:
        """Guess by the length of the first lines, where each is a record."""
        each = scan.options["format"] == "newline_delimited"
        return by_lines(found, self.files, headers=False) if each else None

    def _format(self, file: str, probe: Probe) -> str:
        """Return how records stand in the files; `unstructured` reads both of the forms that are not an array."""
        suffixes = Path(file).suffixes
        if {".ndjson", ".jsonl"} & set(suffixes):
            return "newline_delimited"
        if not self.files.local or file.endswith(COMPRESSED):
            return "auto"
        with self.files.opened(file, "utf-8", probe) as opened:
            start = opened.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        return "array" if start.startswith(b"[") else "unstructured"


def _partitions(files: list[str]) -> frozenset[str]:
    return frozenset(part.split("=", 1)[0].lower() for path in files for part in Path(path).parts[:-1] if "=" in part)
