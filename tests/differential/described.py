"""A world as values: the catalog's files and the sources' tables, small enough to be written down in a test.

`Made` builds one: the sources in a folder or on servers, a federation over them, and a reference whose tables are
loaded by drivers that the product does not use.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

import cdi_federate as cdi
from tests.differential import raw, server_world, views
from tests.differential.suite import Asker
from tests.servers import Server, database


@dataclass(frozen=True)
class Column:
    """`native` is what the source declares, `type` the DuckDB type in which its values are the same."""

    name: str
    native: str
    type: str
    indexed: bool = False


@dataclass(frozen=True)
class Table:
    """One table or file of a source; each row has a value a column."""

    source: str
    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows by name of column."""
        return [dict(zip((column.name for column in self.columns), row, strict=True)) for row in self.rows]

    @property
    def arrow(self) -> pa.Table:
        """The rows as a table in memory."""
        arrays = [
            pa.array([row[at] for row in self.rows], raw.arrow_type(column.type))
            for at, column in enumerate(self.columns)
        ]
        return pa.table(dict(zip((column.name for column in self.columns), arrays, strict=True)))


@dataclass(frozen=True)
class Described:
    """`files`: what stands in the catalog, by path; `tables`: what stands in its sources."""

    files: Mapping[str, Mapping[str, Any]]
    tables: tuple[Table, ...]

    def kind(self, source: str) -> str:
        """The kind of a source."""
        return str(self.files[f"sources/{source}.yaml"]["kind"])


class Made(Asker):
    """A described world that stands: ask it, then close it."""

    def __init__(self, world: Described) -> None:
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="world-")))
            self.reference = duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False})
            held.callback(self.reference.close)
            self.reference.execute("SET TimeZone = 'UTC'")
            catalog, memory = folder / "catalog", {}
            for path, document in world.files.items():
                written = dict(document)
                if path.startswith("sources/") and written["kind"] != "arrow":
                    source = str(written["source"])
                    tables = [table for table in world.tables if table.source == source]
                    written["connection"] = self._place(written["kind"], source, tables, folder, held)
                (catalog / path).parent.mkdir(parents=True, exist_ok=True)
                (catalog / path).write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True), "utf-8")
            for table in world.tables:
                if world.kind(table.source) == "arrow":
                    memory[table.name] = table.arrow
                    raw.adopt(self.reference, f"{table.source}__{table.name}", table.arrow)
            views.build(self.reference, catalog)
            self.federation = cdi.connect(catalog, memory_limit="1GB")
            held.callback(self.federation.close)
            for name, table_ in memory.items():
                self.federation.register(name, table_)
            self._held = held.pop_all()

    def close(self) -> None:
        """Free both engines, and remove files and databases."""
        self._held.close()

    def _place(self, kind: str, source: str, tables: list[Table], folder: Path, held: ExitStack) -> dict[str, Any]:
        """Write a source's tables, and load them into the reference; returns the source's `connection`."""
        if kind in ("postgres", "mysql"):
            server = held.enter_context(database(kind, options="CHARACTER SET utf8mb4" if kind == "mysql" else ""))
            for table in tables:
                self._on_server(server, table)
            return {"dsn": server.dsn}
        home = folder / source
        if kind in ("parquet", "csv", "json"):
            home.mkdir()
            for table in tables:
                create = f"{source}__{table.name}"
                if kind == "parquet":
                    path = home / f"{table.name}.parquet"
                    pq.write_table(table.arrow, path, row_group_size=8)
                    raw.adopt(self.reference, create, pq.ParquetFile(path).read())
                elif kind == "csv":
                    raw.create(self.reference, create, *raw.read_csv(_csv(home, table), ";"))
                else:
                    types = {column.name: column.type for column in table.columns}
                    raw.create(self.reference, create, *raw.read_ndjson(_ndjson(home, table), types))
            return {"path": str(home)}
        (_sqlite if kind == "sqlite" else _duckdb)(home, tables)
        for table in tables:
            if kind == "sqlite":
                raw.create(self.reference, f"{source}__{table.name}", *raw.read_sqlite(home, table.name))
            else:
                raw.adopt(self.reference, f"{source}__{table.name}", table.arrow)
        return {"path": str(home)}

    def _on_server(self, server: Server, table: Table) -> None:
        columns = {column.name: (column.native, column.type) for column in table.columns}
        quote = '"' if server.kind == "postgres" else "`"
        server_world.fill(server, table.name, columns, table.records, quote)
        for column in table.columns:
            if column.indexed:
                size = "(20)" if server.kind == "mysql" and column.type == "VARCHAR" else ""
                server.run(f"CREATE INDEX {table.name}_{column.name} ON {table.name} ({column.name}{size})")
        server.run(f"ANALYZE {table.name}" if server.kind == "postgres" else f"ANALYZE TABLE {table.name}")
        read = server_world.read_postgres if server.kind == "postgres" else server_world.read_mysql
        server_world.keep(self.reference, f"{table.source}__{table.name}", columns, read(server, table.name, columns))


def _sqlite(path: Path, tables: list[Table]) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for table in tables:
            columns = ", ".join(f"{column.name} {column.native}" for column in table.columns)
            db.execute(f"CREATE TABLE {table.name} ({columns})")
            for column in table.columns:
                if column.indexed:
                    db.execute(f"CREATE INDEX {table.name}_{column.name} ON {table.name} ({column.name})")
            marks = ", ".join("?" * len(table.columns))
            db.executemany(f"INSERT INTO {table.name} VALUES ({marks})", table.rows)


def _duckdb(path: Path, tables: list[Table]) -> None:
    with closing(duckdb.connect(str(path))) as db:
        for table in tables:
            raw.adopt(db, table.name, table.arrow)


def _csv(home: Path, table: Table) -> Path:
    path = home / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        writer.writerow([column.name for column in table.columns])
        writer.writerows(["\\N" if value is None else value for value in row] for row in table.rows)
    return path


def _ndjson(home: Path, table: Table) -> Path:
    path = home / f"{table.name}.ndjson"
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in table.records]
    path.write_text("".join(lines), encoding="utf-8")
    return path
