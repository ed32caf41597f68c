"""The data of CDI-Bench: made by `world.sql` in one DuckDB, then written to the six sources, each in its own way.

The world is a function of its size, so nothing is made twice: what is there is used again, and `drop` removes it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import duckdb

from benchmarks.cdi.places import CUSTOMERS, Places

SCRIPT = Path(__file__).with_name("world.sql")

POSTGRES = """
CREATE TABLE accounts (account_no bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
    email_addr text, country_name text, birth date, status_cd text NOT NULL, credit_cents bigint, segment text,
    created_at timestamp);
CREATE TABLE deals (deal_no bigint PRIMARY KEY, account_no bigint, stage text, value_cents bigint, closed_on date)
"""
POSTGRES_INDEXES = (
    "CREATE INDEX ON accounts (email_addr); CREATE INDEX ON accounts (credit_cents); CREATE INDEX ON deals (account_no)"
)
MYSQL = {
    "clients": "client_no bigint PRIMARY KEY, name varchar(120), mail varchar(120), country varchar(3), "
    "tier varchar(20), balance_cents bigint, born date, updated datetime, KEY (mail), KEY (balance_cents)",
    "invoices": "invoice_no bigint PRIMARY KEY, client_no bigint, due_on date, total decimal(12,2), state smallint, "
    "paid_on date, method varchar(2), KEY (client_no), KEY (due_on)",
}
SQLITE = """
CREATE TABLE contacts (contact_no INTEGER PRIMARY KEY, email TEXT, full_name TEXT, land TEXT, language TEXT);
CREATE TABLE tickets (ticket_no INTEGER PRIMARY KEY, contact_no INTEGER, account_no INTEGER, opened TIMESTAMP,
    closed TIMESTAMP, topic TEXT, priority INTEGER, minutes INTEGER);
"""
SQLITE_INDEXES = (
    "CREATE INDEX by_email ON contacts (email); CREATE INDEX by_contact ON tickets (contact_no); "
    "CREATE INDEX by_account ON tickets (account_no); ANALYZE;"
)


def make(places: Places) -> None:
    """Make the world of a size, unless it is there already."""
    stamp = places.files / "complete"
    version = sha256(f"{SCRIPT.read_text()}{POSTGRES}{MYSQL}{SQLITE}".encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == version:
        return
    drop(places)
    places.files.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"SET VARIABLE people = {CUSTOMERS[places.size]}")
        con.execute(SCRIPT.read_text())
        _shop(con, places.files / "shop")
        _loyalty(con, places.files / "loyalty.duckdb")
        (places.files / "campaigns").mkdir()
        con.execute(f"COPY touches TO '{places.files}/campaigns/touches.csv' (HEADER, DELIM ';')")
        _support(con, places.files / "support.sqlite")
        _crm(con, places)
        _billing(con, places)
    stamp.write_text(version)


def drop(places: Places) -> None:
    """Remove the files and both databases of a size."""
    rmtree(places.files, ignore_errors=True)
    places.reference.unlink(missing_ok=True)
    with places.open_postgres("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {places.postgres.database} WITH (FORCE)".encode())
    with places.open_mysql(None) as billing, billing.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {places.mysql.database}")


def _shop(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    folder.mkdir()
    con.execute(f"COPY (FROM shoppers ORDER BY shopper_no) TO '{folder}/shoppers.parquet' (FORMAT parquet)")
    con.execute(
        f"COPY (SELECT *, year(placed_at) AS year FROM orders ORDER BY placed_at) TO '{folder}/orders' "
        "(FORMAT parquet, PARTITION_BY (year))"
    )


def _loyalty(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    con.execute(f"ATTACH '{file}' AS loyalty")
    con.execute("CREATE TABLE loyalty.members AS FROM members ORDER BY member_no")
    con.execute("DETACH loyalty")
    # chdb reads no DuckDB files and is given the same table as Parquet.
    con.execute(f"COPY (FROM members ORDER BY member_no) TO '{file.with_suffix('.parquet')}' (FORMAT parquet)")


def _support(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as sqlite:
        sqlite.executescript(SQLITE)
        for table in ("contacts", "tickets"):
            columns = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
            plain = [f"strftime({c}, '%Y-%m-%d %H:%M:%S')" if c in ("opened", "closed") else c for c in columns]
            rows = con.execute(f"SELECT {', '.join(plain)} FROM {table} ORDER BY 1")
            marks = ", ".join("?" * len(columns))
            while batch := rows.fetchmany(50_000):
                sqlite.executemany(f"INSERT INTO {table} VALUES ({marks})", batch)
        sqlite.executescript(SQLITE_INDEXES)
        sqlite.commit()


def _crm(con: duckdb.DuckDBPyConnection, places: Places) -> None:
    with places.open_postgres("postgres") as server:
        server.execute(f"CREATE DATABASE {places.postgres.database} ENCODING 'UTF8' TEMPLATE template0".encode())
    with places.open_postgres() as server, server.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        server.execute(POSTGRES.encode())
        for table in ("accounts", "deals"):
            path = Path(folder) / table
            con.execute(f"COPY (FROM {table} ORDER BY 1) TO '{path}' (FORMAT csv, HEADER false)")
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy, path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
        server.execute(POSTGRES_INDEXES.encode())
        server.execute(b"VACUUM ANALYZE")


def _billing(con: duckdb.DuckDBPyConnection, places: Places) -> None:
    name = places.mysql.database
    with places.open_mysql(None) as server, server.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        # The collation is the server's usual one: most departments never chose theirs.
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        cursor.execute(f"USE {name}")
        for table, columns in MYSQL.items():
            path = Path(folder) / table
            how = "FORMAT csv, HEADER false, DELIM '\t', NULLSTR '\\N', QUOTE ''"
            con.execute(f"COPY (FROM {table} ORDER BY 1) TO '{path}' ({how})")
            cursor.execute(f"CREATE TABLE {table} ({columns})")
            cursor.execute(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table}")
            cursor.execute(f"ANALYZE TABLE {table}")
