"""The CRM in a Postgres and billing in a MariaDB or MySQL, for `cdi --target servers`; the other four stay files.

    python -m examples.demo_company.servers demo-data 'host=localhost dbname=crm' mysql://root@localhost/billing

Both databases must exist, and the tables in them are made anew. What stands in the departments' files is copied there:
a CRM's number that is a word there is NULL here, for a server's columns have types.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb

from examples.demo_company import crm

ACCOUNTS = "accounts", "companies", "deals", "activities"
BILLING = {
    "clients": "client_no bigint PRIMARY KEY, name varchar(120), mail varchar(120), country char(3), birth_date date, "
    "street varchar(120), postcode varchar(20), city varchar(80), balance_cents bigint, updated date, KEY (mail), "
    "KEY (country)",
    "invoices": "invoice_no bigint PRIMARY KEY, client_no bigint, order_ref varchar(40), due_on date, "
    "gross varchar(40), KEY (client_no)",
    "receipts": "invoice_no bigint PRIMARY KEY, paid_at datetime(6), method char(2), card varchar(30)",
    "debtors": "debtor_no bigint PRIMARY KEY, name varchar(120), vat_no varchar(20), country char(3)",
}


def fill_crm(folder: Path, dsn: str) -> None:
    """Make the CRM's tables and views in a Postgres; `dsn` is libpq's."""
    import psycopg

    with psycopg.connect(dsn) as server, closing(sqlite3.connect(folder / "crm.sqlite")) as file:
        for table in ACCOUNTS:
            server.execute(f"DROP TABLE IF EXISTS {table} CASCADE")  # type: ignore[arg-type]  # a name of ours
        server.execute(crm.SCHEMA)  # type: ignore[arg-type]
        for table in ACCOUNTS:
            types = [row[2] for row in file.execute(f"PRAGMA table_info({table})")]
            with server.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in file.execute(f"SELECT * FROM {table}"):
                    copy.write_row([_typed(value, type_) for value, type_ in zip(row, types, strict=True)])
        server.execute(crm.INDEXES)  # type: ignore[arg-type]


def fill_billing(folder: Path, url: str) -> None:
    """Make billing's tables in a MariaDB or MySQL; `url` is `mysql://user:password@host:port/database`."""
    import pymysql

    parts = urlsplit(url)
    with (
        pymysql.connect(
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/"),
            charset="utf8mb4",
        ) as server,
        server.cursor() as cursor,
        duckdb.connect(str(folder / "billing.duckdb"), read_only=True) as file,
    ):
        for table, columns in BILLING.items():
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(f"CREATE TABLE {table} ({columns}) CHARACTER SET utf8mb4")
            rows = file.execute(f"SELECT * FROM {table}").fetchall()
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
        server.commit()


def _typed(value: object, declared: str) -> object:
    return None if declared == "INTEGER" and isinstance(value, str) else value


if __name__ == "__main__":
    fill_crm(Path(sys.argv[1]), sys.argv[2])
    fill_billing(Path(sys.argv[1]), sys.argv[3])
    print("the CRM and billing stand on their servers")
