"""A DuckDB database file, attached read-only: tables, views, or a SELECT in DuckDB's dialect."""

from __future__ import annotations

from pathlib import Path

import cdi_federate.catalog.model as catalog
from cdi_federate import tree
from cdi_federate.errors import DriftError, UnavailableError, nearest
from cdi_federate.sources import paths
from cdi_federate.sources.base import BaseSource, columns_of
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Attachment, Probe
from cdi_federate.stages.relations import Relation, SelectScan, TableScan


class DuckDBSource(BaseSource):
    """Kind `duckdb`."""

    kind = "duckdb"

    @property
    def path(self) -> str:
        """The database file."""
        return str(paths.root(self.model.base, self.connection("path")))

    def attachment(self) -> Attachment:
        """Attach the file."""
        return Attachment(self.name, alias=self.alias, type="duckdb", target=self.path)

    def relation(self, mapping: catalog.Mapping) -> Relation:
        """Return the table by schema and name, or the SELECT with every table of it in this database."""
        if mapping.is_select:
            try:
                text = tree.with_catalog(mapping.relation, self.alias, self.connection("schema", "main"))
            except tree.Unreadable as error:
                what = f"the SELECT of '{mapping.name}' cannot be read: {error.message}"
                raise DriftError(what, source=self.name) from None
            return SelectScan(self.alias, text)
        parts = tuple(part.strip().strip('"') for part in mapping.relation.split("."))
        return TableScan(self.alias, parts if len(parts) > 1 else (self.connection("schema", "main"), *parts))

    def token(self, relation: Relation) -> str:
        """Return the size and time of the file."""
        return paths.state([self.path])

    def state(self, relation: Relation) -> str:
        """Return the size and time of the file, and of its log of late writes."""
        return paths.state([self.path, f"{self.path}.wal"])

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read columns and constraints; raises `DriftError` with the nearest tables where there is none."""
        self._look()
        relation = self.relation(mapping)
        if not isinstance(relation, TableScan):
            return TableFacts(columns_of(probe.columns(self, relation)), relation=relation)
        schema, table = relation.name[-2:]
        known = self._tables(probe)
        sizes = {(s.lower(), t.lower()): size for s, t, size in known}
        if (schema.lower(), table.lower()) not in sizes:
            names = [t if s == "main" else f"{s}.{t}" for s, t, _ in known]
            raise DriftError(
                f"no table '{mapping.relation}' in '{self.path}'",
                source=self.name,
                candidates=nearest(mapping.relation, names),
                help=f"it has {', '.join(sorted(names)[:8])}" if names else "it has no tables",
            )
        rows = sizes[schema.lower(), table.lower()]
        return TableFacts(columns_of(probe.columns(self, relation)), rows=rows, relation=relation)

    def version(self, probe: Probe) -> str:
        """Attach the file."""
        self._look()
        probe.rows(self, SelectScan(self.alias, "SELECT 1"), 1)
        return "DuckDB file"

    def _look(self) -> None:
        if not Path(self.path).is_file():
            raise paths.missing(self.path, self.name)

    def _tables(self, probe: Probe) -> list[tuple[str, str, int | None]]:
        """Return schema and name of each table and view, and how many rows a table is said to hold."""
        here = "database_name = '" + self.alias.replace("'", "''") + "'"
        listing = (
            f"SELECT schema_name, table_name, estimated_size FROM duckdb_tables() WHERE {here} UNION ALL "
            f"SELECT schema_name, view_name, NULL FROM duckdb_views() WHERE {here} AND NOT internal"
        )
        rows = probe.rows(self, SelectScan(self.alias, listing), 10_000)
        if not rows:
            raise UnavailableError(f"'{self.path}' has no tables", source=self.name)
        return [(row[0], row[1], row[2]) for row in rows]
