"""Six departments that know a third of some people each, on two servers and in four files: what `lookups` asks."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import duckdb

from benchmarks import identity_world
from benchmarks.cdi.places import Places

KINDS = {
    "crm": "postgres",
    "billing": "mysql",
    "support": "sqlite",
    "web": "sqlite",
    "shop": "parquet",
    "loyalty": "csv",
}
FIELDS = identity_world.COLUMNS
DATABASE = "cdi_bench_lookups"
COLUMNS = ("no", *FIELDS)
TYPES = {"no": "BIGINT", **dict.fromkeys(FIELDS, "VARCHAR"), "birth_date": "DATE"}


def write(folder: Path, people: int, places: Places) -> Path:
    """Write the departments' data and the catalog; returns the catalog's folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("entities", "sources", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "catalog.yaml").write_text("name: lookups\n", encoding="utf-8")
    rules = identity_world.ENTITY.replace("    - {id: name_born", "#   - {id: name_born")
    (folder / "entities" / "customer.yaml").write_text(rules, encoding="utf-8")
    db = duckdb.connect()
    for at, (name, kind) in enumerate(KINDS.items()):
        csv = folder / "data" / f"{name}.csv"
        db.execute(f"""
            COPY (SELECT p * 10 + {at} AS no, 'p' || p || '@example.com' AS email,
              '+4930' || (p * 7919 % 100000007) AS phone, 'First' || hash(p) % 3000 AS first_name,
              'Last' || hash(p) % 20000 AS last_name,
              DATE '1940-01-01' + CAST(hash(p, 9) % 25000 AS INTEGER) AS birth_date
            FROM range({people}) AS r(p) WHERE hash(p, {at}) % 3 = 0) TO '{csv}' (HEADER)""")
        load(db, folder, name, kind, places)
        keys = ", ".join(f"{column}: {column}" for column in FIELDS)
        (folder / "sources" / f"{name}.yaml").write_text(
            f"source: {name}\nkind: {kind}\nconnection: {connection(name, kind, places)}\nprovides:\n  customer:\n"
            f"    name: people\n    from: {name if kind in ('postgres', 'mysql', 'sqlite') else f'{name}.{kind}'}\n"
            f"    key: no\n    fields: {{{keys}}}\n"
            + (
                f"    options: {{columns: {{{', '.join(f'{c}: {t}' for c, t in TYPES.items())}}}}}\n"
                if kind == "csv"
                else ""
            ),
            encoding="utf-8",
        )
    db.close()
    return folder


def connection(name: str, kind: str, places: Places) -> str:
    """Return what stands under `connection:` of a department."""
    if kind in ("postgres", "mysql"):
        server = replace(places.postgres if kind == "postgres" else places.mysql, database=DATABASE)
        password = f", password: '{server.password}'" if server.password else ""
        return f"{{host: {server.host}, port: {server.port}, user: {server.user}{password}, database: {DATABASE}}}"
    return f"{{path: data/{name}.sqlite}}" if kind == "sqlite" else "{path: data}"


def load(db: duckdb.DuckDBPyConnection, folder: Path, name: str, kind: str, places: Places) -> None:
    """Bring a department's CSV to where it is asked for, with indexes on key and e-mail."""
    csv, path = folder / "data" / f"{name}.csv", folder / "data" / f"{name}.{kind}"
    kinds = {"no": "bigint PRIMARY KEY", **dict.fromkeys(FIELDS, "varchar(60)"), "birth_date": "date"}
    table = f"CREATE TABLE {name} ({', '.join(f'{column} {type_}' for column, type_ in kinds.items())})"
    match kind:
        case "postgres":
            with places.open_postgres("postgres") as server:
                server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
                server.execute(f"CREATE DATABASE {DATABASE}")
            with places.open_postgres(DATABASE) as server, server.cursor() as cursor:
                cursor.execute(table)
                with csv.open("rb") as rows, cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)") as copy:
                    while block := rows.read(1 << 20):
                        copy.write(block)
                cursor.execute(f"CREATE INDEX ON {name} (email)")
                cursor.execute(f"ANALYZE {name}")
        case "mysql":
            with places.open_mysql(None) as server, server.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
                cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
                cursor.execute(f"USE {DATABASE}")
                cursor.execute(table)
                cursor.execute(
                    f"LOAD DATA LOCAL INFILE '{csv}' INTO TABLE {name} FIELDS TERMINATED BY ',' IGNORE 1 LINES"
                )
                cursor.execute(f"CREATE INDEX by_email ON {name} (email)")
                cursor.execute(f"ANALYZE TABLE {name}")
        case "sqlite":
            with sqlite3.connect(path) as lite:
                lite.execute(f"CREATE TABLE {name} (no INTEGER PRIMARY KEY, {', '.join(f'{c} TEXT' for c in FIELDS)})")
                rows = db.execute(f"FROM read_csv('{csv}', all_varchar = true)")
                while batch := rows.fetchmany(50_000):
                    lite.executemany(f"INSERT INTO {name} VALUES (?,?,?,?,?,?)", batch)
                lite.execute(f"CREATE INDEX by_email ON {name} (email)")
                lite.execute("ANALYZE")
            lite.close()
        case "parquet":
            db.execute(f"COPY (FROM '{csv}') TO '{path}'")
    if kind != "csv":
        csv.unlink()
