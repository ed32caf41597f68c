"""The reference: every row of the six sources in one DuckDB file, read by drivers that no contender uses."""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pymysql.cursors import SSCursor

from benchmarks.cdi.byhand import views
from benchmarks.cdi.places import Places

TYPES = {
    "accounts": "account_no BIGINT, first_name VARCHAR, last_name VARCHAR, email_addr VARCHAR, country_name VARCHAR, "
    "birth DATE, status_cd VARCHAR, credit_cents BIGINT, segment VARCHAR, created_at TIMESTAMP",
    "deals": "deal_no BIGINT, account_no BIGINT, stage VARCHAR, value_cents BIGINT, closed_on DATE",
    "clients": "client_no BIGINT, name VARCHAR, mail VARCHAR, country VARCHAR, tier VARCHAR, balance_cents BIGINT, "
    "born DATE, updated TIMESTAMP",
    "invoices": "invoice_no BIGINT, client_no BIGINT, due_on DATE, total DECIMAL(12,2), state SMALLINT, paid_on DATE, "
    "method VARCHAR",
    "contacts": "contact_no BIGINT, email VARCHAR, full_name VARCHAR, land VARCHAR, language VARCHAR",
    "tickets": "ticket_no BIGINT, contact_no BIGINT, account_no BIGINT, opened TIMESTAMP, closed TIMESTAMP, "
    "topic VARCHAR, priority BIGINT, minutes BIGINT",
}


def make(places: Places) -> Path:
    """Make the reference of a size, unless it is there already; returns its file."""
    file = places.reference
    if file.exists():
        return file
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with duckdb.connect(str(draft)) as con, tempfile.TemporaryDirectory() as folder:
        con.execute("SET enable_progress_bar = false")
        for table, columns in TYPES.items():
            con.execute(f"CREATE TABLE {table} ({columns})")
        for table in ("accounts", "deals"):
            with (
                places.open_postgres() as server,
                server.transaction(),
                server.cursor(f"all_{table}") as rows,
            ):
                rows.itersize = 20_000
                rows.execute(f"SELECT * FROM {table}".encode())
                _load(con, table, rows, Path(folder))
        for table in ("clients", "invoices"):
            with places.open_mysql(places.mysql.database) as billing, billing.cursor(SSCursor) as found:
                found.execute(f"SELECT * FROM {table}")
                _load(con, table, found, Path(folder))
        with closing(sqlite3.connect(places.files / "support.sqlite")) as sqlite:
            for table in ("contacts", "tickets"):
                _load(con, table, sqlite.execute(f"SELECT * FROM {table}"), Path(folder))
        with duckdb.connect(str(places.files / "loyalty.duckdb"), read_only=True) as loyalty:
            members = loyalty.execute("FROM members").to_arrow_table()
        shoppers = pyarrow.parquet.read_table(places.files / "shop" / "shoppers.parquet")
        orders = pyarrow.parquet.read_table(places.files / "shop" / "orders")
        touches = pyarrow.csv.read_csv(
            places.files / "campaigns" / "touches.csv",
            parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
            convert_options=pyarrow.csv.ConvertOptions(column_types={"touched": pyarrow.string()}),
        )
        for table, data in {"members": members, "shoppers": shoppers, "orders": orders, "touches": touches}.items():
            con.register("incoming", data)
            con.execute(f"CREATE TABLE {table} AS FROM incoming")
            con.unregister("incoming")
    draft.rename(file)
    return file


def _load(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Any], folder: Path) -> None:
    """Load rows of a driver: by a file of text, which is far faster than statement by statement."""
    path = folder / f"{table}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerows(["\\N" if value is None else str(value) for value in row] for row in rows)
    con.execute(f"COPY {table} FROM '{path}' (HEADER false, NULLSTR '\\N', QUOTE '\"', DELIM ',')")
    path.unlink()


class Reference:
    """All rows in one DuckDB, under the same views: what the right answer is."""

    def __init__(self, places: Places) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"ATTACH '{places.reference}' AS reference (READ_ONLY)")
        self.connection.execute("SET enable_progress_bar = false")
        tables = [row[0] for row in self.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        self.connection.execute(views({table: f"reference.{table}" for table in tables}))

    def rows(self, text: str) -> pa.Table:
        """Return the answer to a text."""
        return self.connection.execute(text).to_arrow_table()
