"""A million records of five departments, with the slips of people: what the benchmark of identity links.

Four tenths of a million people; each is known to one to five departments, some twice. An e-mail is missing for some and
mistyped for some; families share a phone; a hotline's number stands at hundreds of people.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import duckdb

DEPARTMENTS = ("crm", "billing", "support", "shop", "loyalty")
KINDS = {"crm": "parquet", "billing": "parquet", "support": "sqlite", "shop": "parquet", "loyalty": "csv"}

ENTITY = """\
entity: customer
grain: merged
key: customer_id
fields:
  customer_id: varchar
  email: varchar
  phone: varchar
  first_name: varchar
  last_name: varchar
  birth_date: date
identity:
  rules:
    - {id: email, on: email, max_records_per_value: 10}
    - {id: phone_name, on: phone, requires: last_name, max_records_per_value: 10}
    - {id: name_born, on: [first_name, last_name, birth_date], max_records_per_value: 10}
  conflict: birth_date
  max_cluster: 12
"""

COLUMNS = ("email", "phone", "first_name", "last_name", "birth_date")

RECORD = """
SELECT {start} + row_number() OVER () AS no,
  CASE WHEN hash(p, {seed}, 1) % 100 < 12 THEN NULL
       WHEN hash(p, {seed}, 2) % 100 < 3 THEN 'x' || email ELSE email END AS email,
  CASE WHEN hash(p, {seed}, 3) % 100 < 20 THEN NULL
       WHEN hash(p, {seed}, 4) % 1000 < 2 THEN '+49800123' ELSE phone END AS phone,
  first_name, CASE WHEN hash(p, {seed}, 5) % 100 < 4 THEN last_name || 'e' ELSE last_name END AS last_name,
  CASE WHEN hash(p, {seed}, 6) % 100 < 15 THEN NULL ELSE birth_date END AS birth_date,
  TIMESTAMP '2026-01-01' + INTERVAL (hash(p, {seed}, 7) % 10000000) SECOND AS changed
FROM people WHERE hash(p, {seed}) % 100 < 45
"""


def write(folder: Path, records: int, *, updated: bool) -> Path:
    """Write the departments' files and the catalog; returns the catalog's folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("entities", "sources", "data"):
        (folder / name).mkdir(parents=True)
    db = duckdb.connect()
    people = int(records / 0.45 / len(DEPARTMENTS))
    home = "(p - CASE WHEN p % 10 = 1 THEN 1 ELSE 0 END)"  # one of five lives with another, with whom they share it
    db.execute(f"""
        CREATE TABLE people AS SELECT p, 'p' || p || '@example.com' AS email,
          '+4930' || ({home} * 7919 % 100000007) AS phone, 'First' || hash(p) % 3000 AS first_name,
          'Last' || hash({home}) % 20000 AS last_name,
          DATE '1940-01-01' + CAST(hash(p, 9) % 25000 AS INTEGER) AS birth_date
        FROM range({people}) AS r(p)""")
    for at, name in enumerate(DEPARTMENTS):
        db.execute(f"CREATE TABLE {name} AS {RECORD.format(start=at * 10_000_000, seed=at)}")
        save(db, folder, name)
        keys = "\n".join(f"      {column}: {column}" for column in COLUMNS)
        options = ""
        if KINDS[name] == "csv":
            types = {"no": "BIGINT", **dict.fromkeys(COLUMNS, "VARCHAR"), "changed": "TIMESTAMP"}
            options = f"    options: {{columns: {{{', '.join(f'{c}: {t}' for c, t in types.items())}}}}}\n"
        stands = (f"{name}.sqlite", name) if KINDS[name] == "sqlite" else ("", f"{name}.{KINDS[name]}")
        (folder / "sources" / f"{name}.yaml").write_text(
            f"source: {name}\nkind: {KINDS[name]}\nconnection: {{path: data/{stands[0]}}}\nprovides:\n  customer:\n"
            f"    name: people\n    from: {stands[1]}\n    key: no\n{options}"
            f"{'    updated: changed' if updated else ''}\n    fields:\n{keys}\n",
            encoding="utf-8",
        )
    (folder / "catalog.yaml").write_text("name: identity\n", encoding="utf-8")
    (folder / "entities" / "customer.yaml").write_text(ENTITY, encoding="utf-8")
    db.close()
    return folder


def save(db: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    """Write one department's file from its table."""
    path = folder / "data" / f"{name}.{KINDS[name]}"
    if KINDS[name] == "sqlite":
        with sqlite3.connect(path) as target:
            columns = ", ".join(f"{column} TEXT" for column in COLUMNS)
            target.execute(f"CREATE TABLE {name} (no INTEGER PRIMARY KEY, {columns}, changed TIMESTAMP)")
            target.execute(f"CREATE INDEX changed ON {name} (changed)")
            texts = "birth_date::VARCHAR AS birth_date, changed::VARCHAR AS changed"
            rows = db.execute(f"SELECT * REPLACE ({texts}) FROM {name}")
            while batch := rows.fetchmany(50_000):
                target.executemany(f"INSERT INTO {name} VALUES (?,?,?,?,?,?,?)", batch)
        target.close()
    elif KINDS[name] == "csv":
        db.execute(f"COPY {name} TO '{path}' (HEADER)")
    else:
        db.execute(f"COPY (FROM {name} ORDER BY changed) TO '{path}' (ROW_GROUP_SIZE 20000)")


def add(folder: Path, name: str, rows: int, *, start: int, day: int = 0) -> None:
    """Add rows to one department: half of them people that others know, changed after everybody else, on some day."""
    path = folder / "data" / f"{name}.{KINDS[name]}"
    db = duckdb.connect()
    made = (
        f"SELECT {start} + i AS no, 'p' || (i * 37 % 400000) || '@example.com' AS email, '+4977' || i AS phone, "
        f"'First' || i AS first_name, 'Last' || i AS last_name, NULL::DATE AS birth_date, "
        f"TIMESTAMP '2026-06-01' + INTERVAL ({day}) DAY + INTERVAL (i) SECOND AS changed FROM range({rows}) AS r(i)"
    )
    if KINDS[name] == "sqlite":
        with sqlite3.connect(path) as target:
            found = db.execute(f"SELECT * REPLACE (changed::VARCHAR AS changed) FROM ({made})").fetchall()
            target.executemany(f"INSERT INTO {name} VALUES (?,?,?,?,?,?,?)", found)
        target.close()
    elif KINDS[name] == "csv":
        db.execute(f"CREATE TABLE t AS FROM read_csv('{path}', all_varchar = true) UNION ALL BY NAME "
                   f"SELECT COLUMNS(*)::VARCHAR FROM ({made})")  # fmt: skip
        db.execute(f"COPY t TO '{path}' (HEADER)")
    else:
        db.execute(f"CREATE TABLE t AS FROM '{path}' UNION ALL BY NAME ({made})")
        db.execute(f"COPY t TO '{path}' (ROW_GROUP_SIZE 20000)")
    db.close()
