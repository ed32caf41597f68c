"""TPC-H's rows, written where its departments keep them, under other names and in other codes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb

from cdi_federate.execute.duck import extensions
from tests.servers import Server

CUSTOMERS = (
    "SELECT c_custkey, c_name, c_address, c_nationkey, c_phone, CAST(c_acctbal * 100 AS BIGINT), "
    "lower(c_mktsegment)[1:2], c_comment FROM customer"
)
ORDERS = (
    "SELECT o_orderkey, o_custkey, CASE o_orderstatus WHEN 'F' THEN 1 WHEN 'O' THEN 2 ELSE 3 END, o_totalprice, "
    "o_orderdate, CAST(o_orderpriority[1:1] AS INTEGER), 'staff:' || o_clerk, o_shippriority, o_comment FROM orders"
)
LINES = (
    "SELECT l_orderkey, l_partkey, l_suppkey, l_linenumber, l_quantity, CAST(l_extendedprice * 100 AS BIGINT), "
    "CAST(l_discount * 100 AS INTEGER), l_tax, CASE l_returnflag WHEN 'N' THEN 0 WHEN 'R' THEN 1 ELSE 2 END, "
    "l_linestatus, l_shipdate, strftime(l_commitdate, '%d/%m/%Y'), l_receiptdate, l_shipinstruct, "
    "CASE l_shipmode WHEN 'REG AIR' THEN 'G' ELSE l_shipmode[1:1] END, l_comment FROM lineitem"
)
OFFERS = "SELECT ps_partkey, ps_suppkey, ps_availqty, CAST(ps_supplycost * 100 AS INTEGER), ps_comment FROM partsupp"
SUPPLIERS = (
    "SELECT s_suppkey, '*' || s_name, s_address, s_nationkey, s_phone, CAST(s_acctbal * 100 AS BIGINT), s_comment "
    "FROM supplier"
)
PARTS = (
    "SELECT p_partkey AS id, p_name AS title, right(p_mfgr, 1) AS maker, p_brand AS brand, p_type AS kind, "
    "p_size AS size, p_container AS container, CAST(p_retailprice * 100 AS INTEGER) AS price_cents, p_comment AS note "
    "FROM part"
)
NATIONS = "SELECT n_nationkey AS id, lower(n_name) AS label, n_regionkey AS part_of, n_comment AS note FROM nation"
REGIONS = "SELECT r_regionkey AS id, r_name AS label, r_comment AS note FROM region"

_POSTGRES = (
    "CREATE SCHEMA crm",
    'CREATE TABLE crm.accounts (id bigint PRIMARY KEY, "Full Name" text, address text, nation integer, phone char(15), '
    "balance_cents bigint, segment varchar(2), note text)",
    "CREATE TABLE crm.orders (no bigint PRIMARY KEY, account bigint, state smallint, total numeric(15,2), "
    "ordered_on date, priority smallint, clerk text, ship_priority integer, note text)",
)
_MYSQL = (
    "CREATE TABLE order_lines (order_no bigint, part bigint, supplier bigint, line int, quantity decimal(15,2), "
    "price_cents bigint, discount_percent tinyint unsigned, tax decimal(15,2), returned tinyint, line_status char(1), "
    "shipped date, committed varchar(10), received date, instructions varchar(25), mode char(1), note varchar(50), "
    "PRIMARY KEY (order_no, line), KEY (part), KEY (shipped))",
    "CREATE TABLE offers (part bigint, supplier bigint, available int unsigned, cost_cents int, note varchar(200), "
    "PRIMARY KEY (part, supplier))",
)


def reference(scale: float) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with TPC-H's own tables and texts."""
    db = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": 2})
    db.execute(f"LOAD '{extensions.binary('tpch')}'")
    db.execute(f"CALL dbgen(sf={scale})")
    return db


def queries(db: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """Return the 22 texts, with their numbers."""
    return db.execute("SELECT query_nr, query FROM tpch_queries() ORDER BY 1").fetchall()


def build(db: duckdb.DuckDBPyConnection, folder: Path, postgres: Server, mysql: Server) -> None:
    """Write every table where its department keeps it."""
    postgres.run(*_POSTGRES)
    with postgres.postgres() as connection, connection.cursor() as cursor:
        for table, query in (("crm.accounts", CUSTOMERS), ("crm.orders", ORDERS)):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[arg-type]  # a name of ours
                for row in db.execute(query).fetchall():
                    copy.write_row(row)
    postgres.run("ANALYZE")
    mysql.run(*_MYSQL)
    with mysql.mysql(autocommit=False) as link, link.cursor() as writer:
        for table, query in (("order_lines", LINES), ("offers", OFFERS)):
            rows = db.execute(query).fetchall()
            writer.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
        link.commit()
    with closing(sqlite3.connect(folder / "procurement.sqlite")) as file, file:
        file.execute(
            "CREATE TABLE suppliers (id INTEGER PRIMARY KEY, label TEXT, address TEXT, nation INTEGER, phone TEXT, "
            "balance_cents INTEGER, note TEXT)"
        )
        file.executemany("INSERT INTO suppliers VALUES (?, ?, ?, ?, ?, ?, ?)", db.execute(SUPPLIERS).fetchall())
    db.execute(f"COPY ({PARTS}) TO '{folder / 'parts.parquet'}' (FORMAT parquet)")
    db.execute(f"COPY ({NATIONS}) TO '{folder / 'nations.csv'}' (DELIMITER ';', HEADER)")
    db.execute(f"COPY ({REGIONS}) TO '{folder / 'regions.csv'}' (DELIMITER ';', HEADER)")
