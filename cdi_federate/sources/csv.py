"""Delimited text. Nothing is guessed: the header of every file is compared before a row is read.

Without `options.columns` every column is text under the name that the header gives it, and mappings cast. With it,
names and types are the catalog's, and a header in another order would put values into wrong columns: an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DataError, DriftError, nearest
from cdi_federate.sources import header
from cdi_federate.sources.base import FileSource
from cdi_federate.sources.counting import by_lines
from cdi_federate.sources.files import Found
from cdi_federate.stages.ports import Probe
from cdi_federate.stages.relations import FileScan

LONGEST_DELIMITER = 4
"""Bytes; the engine's reader takes no longer one."""

ENCODINGS = ("utf-8", "utf-16", "latin-1")
"""What the engine's reader decodes without a further extension."""


class CsvSource(FileSource):
    """Kind `csv`."""

    kind = "csv"
    format = "csv"
    pinned = MappingProxyType(
        {
            "auto_detect": False,
            "delim": ",",
            "quote": '"',
            "escape": '"',
            "header": True,
            "hive_partitioning": False,
            "union_by_name": False,
        }
    )

    def options(self, mapping: catalog.Mapping) -> dict[str, Any]:
        """Return the options with the names of columns in one form; refuses what cannot be read."""
        options = dict(mapping.options)
        if "sep" in options:
            options["delim"] = options.pop("sep")
        delimiter = str(options.get("delim", ","))
        length = len(delimiter.encode())
        if not 1 <= length <= LONGEST_DELIMITER:
            raise DataError(
                f"the delimiter {delimiter!r} is {length} bytes long; 1 to {LONGEST_DELIMITER} can be read",
                source=self.name,
            )
        encoding = str(options.get("encoding", "utf-8")).lower()
        if encoding not in ENCODINGS:
            raise DataError(
                f"the encoding '{encoding}' cannot be read; these can: {', '.join(ENCODINGS)}",
                source=self.name,
                candidates=nearest(encoding, ENCODINGS),
            )
        options.pop("names", None)
        return options

    def settle(self, mapping: catalog.Mapping, files: list[str], probe: Probe) -> FileScan:
        """Compare the headers, and pin files, names and types."""
        scan = self.relation(mapping)
        layout = header.Layout.of(scan.options)
        declared = self._declared(mapping)
        if layout.header:
            headers = {path: self._first(path, layout, probe) for path in files}
            names = [*declared] if declared else headers[files[0]]
            for path, found in headers.items():
                self._compare(path, found, names, "the catalog" if declared else f"'{files[0]}'")
        else:
            width = len(self._first(files[0], layout, probe))
            names = [*declared] if declared else [f"column{number}" for number in range(width)]
            if width != len(names):
                raise DriftError(f"'{files[0]}' has {width} columns, the catalog names {len(names)}", source=self.name)
        self._distinct(names, files[0])
        columns = declared or dict.fromkeys(names, "VARCHAR")
        return FileScan(scan.format, tuple(map(self.files.escaped, files)), {**scan.options, "columns": columns})

    def count(self, scan: FileScan, found: list[Found], probe: Probe) -> int | None:
        """Guess by the length of the first lines."""
        return by_lines(found, self.files, headers=header.Layout.of(scan.options).header)

    def _first(self, path: str, layout: header.Layout, probe: Probe) -> list[str]:
        return header.first_record(path, layout, self.name, lambda: self.files.opened(path, layout.encoding, probe))

    def _declared(self, mapping: catalog.Mapping) -> dict[str, str]:
        columns, names = mapping.options.get("columns"), mapping.options.get("names")
        if isinstance(columns, list | tuple):
            return dict.fromkeys(map(str, columns), "VARCHAR")
        if columns:
            return {str(name): str(type_) for name, type_ in dict(columns).items()}
        return dict.fromkeys(map(str, names), "VARCHAR") if names else {}

    def _compare(self, path: str, found: list[str], wanted: list[str], by: str) -> None:
        if found == wanted:
            return
        missing = [name for name in wanted if name not in found]
        added = [name for name in found if name not in wanted]
        candidates: tuple[str, ...] = ()
        if not missing and not added:
            says = f"the columns stand in another order than in {by}: {_listed(found)}"
        else:
            lacks = f"no column {_listed(missing)}" if missing else ""
            holds = f"column{'s' if len(added) > 1 else ''} {_listed(added)} that {by} does not have" if added else ""
            says = "; ".join(part for part in (lacks, holds) if part)
            candidates = nearest(missing[0], added) if missing else ()
        raise DriftError(
            f"the header of '{path}': {says}",
            source=self.name,
            candidates=candidates,
            help=f"{by} has {_listed(wanted)}",
        )

    def _distinct(self, names: list[str], path: str) -> None:
        seen: set[str] = set()
        for number, name in enumerate(names, 1):
            if not name:
                raise DriftError(f"the header of '{path}': column {number} has no name", source=self.name)
            if name.lower() in seen:
                raise DriftError(f"the header of '{path}': two columns are named '{name}'", source=self.name)
            seen.add(name.lower())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
