"""The checks of the raw columns that a mapping names, as far as the catalog itself lists them."""

from __future__ import annotations

from collections.abc import Mapping

from cdi_federate.catalog import expressions
from cdi_federate.catalog.draft import DraftMapping
from cdi_federate.config.files import MappingShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Problems, nearest


class RawColumns:
    """What a mapping says of raw columns, held against the list of them that the catalog itself may give.

    `known` holds that list by lower-case name; None where the columns are not known without a connection.
    """

    def __init__(self, mapping: DraftMapping, problems: Problems) -> None:
        self.mapping, self.problems = mapping, problems
        self.known = _listed(mapping.shape)

    def lacks(self, name: str) -> bool:
        """Return whether the catalog's list is there and has no such column."""
        return self.known is not None and name.lower() not in self.known

    def no_column(self, name: str) -> str:
        """Return the message for a column that `lacks` is true of."""
        return f"there is no column '{name}' in `options.columns`"

    def near(self, name: str) -> tuple[str, ...]:
        """Return the listed column that was likely meant, if any."""
        return nearest(name, (self.known or {}).values(), limit=1)

    def columns(self, names: list[str], way: Way) -> None:
        """Note raw columns that the catalog's own list of columns does not have."""
        listed = isinstance(self.mapping.part.document.at((*self.mapping.way, *way)), list)
        for index, name in enumerate(names):
            if self.lacks(name):
                where = self.mapping.place(*way, index) if listed else self.mapping.place(*way)
                self.problems.add(where, self.no_column(name), candidates=self.near(name))

    def sql(self, sql: str, way: Way) -> None:
        """Check an expression over the row."""
        read = expressions.read(sql)
        if read.fault:
            where = self.mapping.into(*way, offset=read.fault.offset, length=read.fault.length)
            self.problems.add(where, read.fault.message, help=read.fault.help)
        for name, offset, length in read.columns:
            if self.lacks(name):
                where = self.mapping.into(*way, offset=offset, length=length)
                self.problems.add(where, self.no_column(name), candidates=self.near(name))


def _listed(shape: MappingShape) -> Mapping[str, str] | None:
    """Return the raw columns by lower-case name where the catalog itself lists them all, else None."""
    columns = shape.options.get("columns") or shape.options.get("names")
    if not isinstance(columns, dict | list) or any(name.startswith("hive") for name in shape.options):
        return None
    return {str(name).lower(): str(name) for name in columns}
