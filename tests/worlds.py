"""Tiny catalogs with their data as text: made into SQLite, DuckDB, Parquet, CSV and ndjson, and into a reference.

`tests/catalogs/<world>/data/` holds, by name:

    crm.sqlite.sql     a script that SQLite runs               → data/crm.sqlite
    billing.duckdb.sql a script that DuckDB runs               → data/billing.duckdb
    shop.parquet.sql   likewise, each table written to a file  → data/shop/<table>.parquet
    web.ndjson.sql     likewise                                → data/web/<table>.ndjson
    support/…          files as they are

`links.csv`, where it is there, becomes the crosswalk of `customer`: id, mapping, key.

The reference is one DuckDB with a schema for each source that holds its raw tables, loaded by other drivers than the
product's own: Python's sqlite3 and csv, and the scripts themselves. `reference.sql` writes the entities over them by
hand, so that a query can be asked of both.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate.catalog.load import load
from cdi_federate.federation import Federation, Prepared
from cdi_federate.stages.steps import FederatedPlan
from tests.identity import crosswalks

CATALOGS = Path(__file__).parent / "catalogs"
_PYTHON: dict[str, tuple[str, tuple[type, ...]]] = {
    "INTEGER": ("BIGINT", (int,)),
    "TEXT": ("VARCHAR", (str,)),
    "REAL": ("DOUBLE", (float, int)),
    "BLOB": ("BLOB", (bytes,)),
}


@dataclass(frozen=True, slots=True)
class World:
    """One catalog over its sources, and the reference."""

    federation: Federation
    reference: duckdb.DuckDBPyConnection
    folder: Path
    roles: dict[str, World] = field(default_factory=dict)

    @classmethod
    def build(cls, name: str, folder: Path) -> World:
        """Make the data of a world in a folder and open its catalog."""
        home = folder / name
        shutil.copytree(CATALOGS / name, home)
        reference = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
        reference.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last'")
        for path in sorted((home / "data").iterdir()):
            source, _, kind = path.name.removesuffix(".sql").partition(".")
            reference.execute(f"CREATE SCHEMA {source}")
            _MAKE[kind](path, source, reference)
        if (home / "links.csv").is_file():
            _, *links = csv.reader((home / "links.csv").read_text(encoding="utf-8").splitlines())
            crosswalks.write(home, "customer", "first", [(id_, mapping, key) for id_, mapping, key in links])
        reference.execute((home / "reference.sql").read_text(encoding="utf-8"))
        return cls(Federation(load(home, env={})), reference, home)

    def behind(self, role: str) -> World:
        """Return the same world as a role sees it: `role` is YAML, beside that it may read every entity."""
        if role not in self.roles:
            home = self.folder.with_name(f"{self.folder.name}_{len(self.roles)}")
            shutil.copytree(self.folder, home, ignore=shutil.ignore_patterns(".cdi"))
            (home / "policies").mkdir()
            said = f"entities: {{allow: '*'}}, explain: true, {role}"
            text = f"roles:\n  guarded: {{{said}}}\nusers: {{'*': {{roles: [guarded]}}}}\n"
            (home / "policies" / "roles.yaml").write_text(text, encoding="utf-8")
            self.roles[role] = World(Federation(load(home, env={}), role="guarded"), self.reference, home)
        return self.roles[role]

    def plan(self, sql: str, **how: Any) -> FederatedPlan:
        """Return the plan of a query, prepared as the words given say."""
        return self.federation.prepare(sql, **how).plan

    def rows(self, plan: FederatedPlan) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run a plan; returns the names and types of the columns, and the rows."""
        answer = self.federation.run(Prepared(plan, plan.columns, {})).arrow()
        cells = [column.to_pylist() for column in answer.columns]
        return [f"{column.name} {column.type}" for column in plan.columns], list(zip(*cells, strict=True))

    def close(self) -> None:
        """Free the federation and the reference."""
        for each in self.roles.values():
            each.federation.close()
        self.federation.close()
        self.reference.close()


def _sqlite(path: Path, source: str, reference: duckdb.DuckDBPyConnection) -> None:
    db = sqlite3.connect(path.with_name(f"{source}.sqlite"))
    db.executescript(path.read_text(encoding="utf-8"))
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = [(row[1], *_typed(row[2])) for row in db.execute(f"PRAGMA table_info({table})")]
        reference.execute(f"CREATE TABLE {source}.{table} ({', '.join(f'{n} {t}' for n, t, _ in columns)})")
        for row in db.execute(f"SELECT * FROM {table}").fetchall():
            cells = [_cell(cell, wanted) for cell, (_, _, wanted) in zip(row, columns, strict=True)]
            reference.execute(f"INSERT INTO {source}.{table} VALUES ({', '.join('?' * len(cells))})", cells)
    db.close()


def _typed(declared: str) -> tuple[str, tuple[type, ...]]:
    word = declared.split()[0].upper() if declared else ""
    if word.startswith("DECIMAL"):
        return declared, (int, float)
    return _PYTHON.get(word, ("VARCHAR", (str, int, float)))


def _cell(cell: Any, wanted: tuple[type, ...]) -> Any:
    if not isinstance(cell, wanted):
        return None
    return Decimal(repr(cell)) if isinstance(cell, float) and wanted == (int, float) else cell


def _duckdb(path: Path, source: str, reference: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect(str(path.with_name(f"{source}.duckdb"))) as db:
        db.execute(path.read_text(encoding="utf-8"))
    _in_reference(path, source, reference)


def _in_reference(path: Path, source: str, reference: duckdb.DuckDBPyConnection) -> list[str]:
    reference.execute(f"USE {source}")
    reference.execute(path.read_text(encoding="utf-8"))
    reference.execute("USE main")
    found = reference.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [source]).fetchall()
    return [name for (name,) in found]


def _copied(path: Path, source: str, reference: duckdb.DuckDBPyConnection, ending: str, options: str) -> None:
    folder = path.with_name(source)
    folder.mkdir()
    for table in _in_reference(path, source, reference):
        reference.execute(f"COPY {source}.{table} TO '{folder / table}.{ending}' ({options})")


def _csv(path: Path, source: str, reference: duckdb.DuckDBPyConnection) -> None:
    for file in path.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        reference.execute(f"CREATE TABLE {source}.{file.stem} ({', '.join(f'{name} VARCHAR' for name in header)})")
        for row in rows:
            cells = [cell or None for cell in row]
            reference.execute(f"INSERT INTO {source}.{file.stem} VALUES ({', '.join('?' * len(row))})", cells)


_MAKE = {
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "parquet": lambda path, source, reference: _copied(path, source, reference, "parquet", "FORMAT parquet"),
    "ndjson": lambda path, source, reference: _copied(path, source, reference, "ndjson", "FORMAT json"),
    "": _csv,
}
