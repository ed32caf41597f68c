"""The trap world's two departments on real servers: Sales in Postgres, Billing in MariaDB or MySQL.

The columns are of the types and collations in which engines disagree: collations that ignore case, accents or trailing
spaces, text that is not deterministic, NaN and infinities, unsigned numbers, zero dates, times with a zone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import duckdb

from tests.differential import world
from tests.differential.raw import create
from tests.servers import Server

Columns = dict[str, tuple[str, str]]
"""Column → its type at the server, and the DuckDB type in which its values are the same."""

_NO_NUL = [text for text in world.TEXTS if text is None or "\0" not in text]
_INSTANTS = [s if s is None else s.replace(tzinfo=UTC) for s in world.STAMPS]
_PG_DECIMALS = [*world.DECIMALS, Decimal("NaN")]
_SMALLINTS = [value for value in world.SMALL if value is None or abs(value) < 2**15]
_FLOATS = [0.0, -0.0, 0.1, 1.5, 2.5, -2.5, 100.0, math.inf, -math.inf, math.nan, 16777216.0, None]
_FINITE = [d for d in world.DOUBLES if d is None or math.isfinite(d)]

_ICU = "CREATE COLLATION sales.anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"

ACCOUNTS: Columns = {
    "trap": ("text UNIQUE", "VARCHAR"),
    "account_no": ("integer PRIMARY KEY", "INTEGER"),
    "full_name": ('text COLLATE "en-x-icu"', "VARCHAR"),
    "email": ("text COLLATE sales.anycase", "VARCHAR"),
    "country_name": ("varchar(40)", "VARCHAR"),
    "seg": ("bigint", "BIGINT"),
    "balance_cents": ("bigint", "BIGINT"),
    "score": ("double precision", "DOUBLE"),
    "born": ("date", "DATE"),
    "seen": ("timestamp with time zone", "TIMESTAMPTZ"),
    "active": ("boolean", "BOOLEAN"),
    "big": ("bigint", "BIGINT"),
    "code": ('text COLLATE "C"', "VARCHAR"),
    "ratio": ("numeric(9,4)", "DECIMAL(9,4)"),
    "status": ("text", "VARCHAR"),
}
ORDERS: Columns = {
    "trap": ("text", "VARCHAR"),
    "order_no": ("bigint PRIMARY KEY", "BIGINT"),
    "account": ("integer", "INTEGER"),
    "email": ("varchar(100) COLLATE sales.anycase", "VARCHAR"),
    "cents": ("bigint", "BIGINT"),
    "qty": ("bigint", "BIGINT"),
    "placed": ("timestamp without time zone", "TIMESTAMP"),
    "st": ("text", "VARCHAR"),
    "weight": ("real", "FLOAT"),
    "number": ("bigint", "BIGINT"),
    "Tag": ("text", "VARCHAR"),
}
CASES: Columns = {
    "trap": ("text", "VARCHAR"),
    "case_no": ("text PRIMARY KEY", "VARCHAR"),
    "subject": ("text", "VARCHAR"),
    "email": ("text", "VARCHAR"),
    "prio": ("smallint", "SMALLINT"),
    "acc": ("integer", "INTEGER"),
    "opened": ("timestamp without time zone", "TIMESTAMP"),
    "closed": ("boolean", "BOOLEAN"),
    "score": ("numeric(12,2)", "DECIMAL(12,2)"),
}
RATES: Columns = {
    "trap": ("text", "VARCHAR"),
    "currency": ("char(3)", "VARCHAR"),
    "ts": ("timestamp without time zone", "TIMESTAMP"),
    "rate": ("double precision", "DOUBLE"),
}
CUSTOMERS: Columns = {
    "trap": ("varchar(60) COLLATE utf8mb4_bin UNIQUE", "VARCHAR"),
    "no": ("int unsigned PRIMARY KEY", "UINTEGER"),
    "name": ("varchar(4000) COLLATE utf8mb4_general_ci", "VARCHAR"),
    "mail": ("varchar(100) COLLATE utf8mb4_unicode_ci", "VARCHAR"),
    "country": ("varchar(30) COLLATE utf8mb4_general_ci", "VARCHAR"),
    "kind": ("bigint", "BIGINT"),
    "owed": ("decimal(38,2)", "DECIMAL(38,2)"),
    "score": ("double", "DOUBLE"),
    "born": ("date", "DATE"),
    "seen": ("datetime(6)", "TIMESTAMP"),
    "active": ("tinyint(1)", "TINYINT"),
    "big": ("bigint", "BIGINT"),
    "code": ("varchar(4000) COLLATE utf8mb4_nopad_bin", "VARCHAR"),
    "level": ("varchar(40) CHARACTER SET latin1", "VARCHAR"),
    "small": ("smallint", "SMALLINT"),
}
INVOICES: Columns = {
    "trap": ("varchar(60)", "VARCHAR"),
    "no": ("bigint PRIMARY KEY", "BIGINT"),
    "customer": ("int", "INTEGER"),
    "mail": ("varchar(100)", "VARCHAR"),
    "total": ("decimal(12,2)", "DECIMAL(12,2)"),
    "qty": ("int", "INTEGER"),
    "day": ("date", "DATE"),
    "st": ("varchar(20) COLLATE utf8mb4_bin", "VARCHAR"),
    "number": ("bigint unsigned", "UBIGINT"),
    "weight": ("float", "FLOAT"),
}
COMPLAINTS: Columns = {
    "trap": ("varchar(60)", "VARCHAR"),
    "no": ("int PRIMARY KEY", "INTEGER"),
    "customer": ("int", "INTEGER"),
    "mail": ("varchar(100)", "VARCHAR"),
    "opened": ("datetime(6)", "TIMESTAMP"),
    "prio": ("tinyint unsigned", "UTINYINT"),
    "subject": ("longtext", "VARCHAR"),
    "closed": ("tinyint(1)", "TINYINT"),
}


def build(postgres: Server, mysql: Server) -> None:
    """Make the tables of both departments."""
    accounts = world.rows(
        "crm.accounts",
        {
            "full_name": _NO_NUL, "email": world.EMAILS, "country_name": world.COUNTRIES, "seg": world.KINDS,
            "balance_cents": world.INTEGERS, "score": world.DOUBLES, "born": world.DATES, "seen": _INSTANTS,
            "active": world.BOOLEANS, "big": world.INTEGERS, "code": _NO_NUL, "ratio": _PG_DECIMALS,
            "status": ["A", "X", "a", None, "X ", "5"],
        },
        keys="account_no",
    )  # fmt: skip
    orders = world.rows(
        "crm.orders",
        {
            "account": [*range(1, 12), None, 4000], "email": world.EMAILS, "cents": world.INTEGERS,
            "qty": world.INTEGERS, "placed": world.STAMPS, "st": world.STATES, "weight": _FLOATS,
            "number": world.INTEGERS, "Tag": _NO_NUL,
        },
        keys="order_no",
    )  # fmt: skip
    cases = world.rows(
        "crm.cases",
        {"subject": _NO_NUL, "email": world.EMAILS, "prio": [1, 2, 300, -1, None], "acc": [*range(1, 9), None, 77],
         "opened": world.STAMPS, "closed": world.BOOLEANS, "score": _PG_DECIMALS},
    )  # fmt: skip
    for row in cases:
        row["case_no"] = f"C-{row['trap'].rsplit('#')[-1]}"
    rates = [
        # No two at one time, here or in the shop: the nearest of two would be either.
        {
            "trap": f"crm.rates#{n + 1}",
            "currency": ["EUR", "USD", "e"][n % 3],
            "rate": n / 8,
            "ts": stamp.replace(minute=n + 30),
        }
        for n, stamp in enumerate([s for s in world.STAMPS if s is not None] * 2)
    ]
    postgres.run("CREATE SCHEMA sales", _ICU)
    for table, columns, data in (
        ('sales.accounts', ACCOUNTS, accounts), ('sales."Orders"', ORDERS, orders), ("sales.cases", CASES, cases),
        ("sales.rates", RATES, rates),
    ):  # fmt: skip
        fill(postgres, table, columns, data, '"')
    postgres.run(
        "CREATE INDEX ON sales.accounts (country_name)",
        "CREATE INDEX ON sales.accounts (email)",
        "CREATE INDEX ON sales.accounts (born)",
        'CREATE INDEX ON sales."Orders" (number)',
        "CREATE INDEX ON sales.accounts (seen)",
        "CREATE INDEX ON sales.accounts (balance_cents DESC)",
        'CREATE INDEX ON sales."Orders" ("Tag" text_pattern_ops)',
        """CREATE VIEW sales.mixed AS SELECT trap || 'm' AS trap, account AS acc, "Tag" AS subject, qty AS prio, email
           FROM sales."Orders" WHERE order_no <= 20 UNION ALL
           SELECT trap || 'm', NULL, weight::text, 7, email FROM sales."Orders" WHERE order_no > 12""",
        "ANALYZE",
    )
    customers = world.rows(
        "billing.customers",
        {"name": world.WITH_NUL, "mail": world.EMAILS, "country": world.COUNTRIES, "kind": world.KINDS,
         "owed": [d for d in world.LONG_DECIMALS if d is None or abs(d) < Decimal(10) ** 36], "score": _FINITE,
         "born": [*world.DATES, "0000-00-00", "2024-00-10"], "seen": [*world.STAMPS, "0000-00-00 00:00:00"],
         "active": [0, 1, 2, None, -1], "big": world.INTEGERS, "code": world.TEXTS, "level": world.NUMBER_TEXTS,
         "small": _SMALLINTS},
        keys="no",
    )  # fmt: skip
    invoices = world.rows(
        "billing.invoices",
        {"customer": [*range(1, 14), None], "mail": world.EMAILS, "total": world.DECIMALS, "qty": world.SMALL,
         "day": world.DATES, "st": world.STATES,
         "number": [n for n in [*world.INTEGERS, 2**64 - 1, 2**63] if n is None or n >= 0],
         "weight": [f for f in _FLOATS if f is None or math.isfinite(f)]},
        keys="no",
    )  # fmt: skip
    complaints = world.rows(
        "billing.complaints",
        {"customer": [*range(1, 14), None], "mail": world.EMAILS, "opened": world.STAMPS,
         "prio": [1, 2, 200, 0, None], "subject": world.WITH_NUL, "closed": [0, 1, 2, None]},
        keys="no",
    )  # fmt: skip
    for table, columns, data in (
        ("customers", CUSTOMERS, customers), ("Invoices", INVOICES, invoices), ("complaints", COMPLAINTS, complaints),
    ):  # fmt: skip
        fill(mysql, table, columns, data, "`")
    mysql.run(
        "CREATE INDEX customers_country ON customers (country)",
        "CREATE INDEX customers_mail ON customers (mail)",
        "CREATE INDEX customers_born ON customers (born)",
        "CREATE INDEX customers_seen ON customers (seen)",
        "CREATE INDEX customers_name ON customers (name(20))",
        "ANALYZE TABLE customers",
    )


def load(db: duckdb.DuckDBPyConnection, postgres: Server, mysql: Server) -> None:
    """Create `crm__*` and `billing__*` in the reference, from what independent drivers read."""
    mixed: Columns = {
        "trap": ("", "VARCHAR"), "acc": ("", "INTEGER"), "subject": ("", "VARCHAR"), "prio": ("", "BIGINT"),
        "email": ("", "VARCHAR"),
    }  # fmt: skip
    for table, columns in (
        ("accounts", ACCOUNTS), ("Orders", ORDERS), ("cases", CASES), ("rates", RATES), ("mixed", mixed),
    ):  # fmt: skip
        where = "WHERE rate > 0" if table == "rates" else ""  # as the catalog's own SELECT says
        keep(db, f"crm__{table}", columns, read_postgres(postgres, f'sales."{table}" {where}', columns))
    for table, columns in (("customers", CUSTOMERS), ("Invoices", INVOICES), ("complaints", COMPLAINTS)):
        keep(db, f"billing__{table}", columns, read_mysql(mysql, table, columns))


def read_postgres(server: Server, table: str, columns: Columns) -> list[tuple[Any, ...]]:
    """Return the rows of a table as psycopg reads them."""
    names = ", ".join(f'"{name}"' for name in columns)
    with server.postgres(options="-c TimeZone=UTC") as connection:
        return connection.execute(f"SELECT {names} FROM {table}").fetchall()  # type: ignore[arg-type]


def read_mysql(server: Server, table: str, columns: Columns) -> list[tuple[Any, ...]]:
    """Return the rows of a table as PyMySQL reads them."""
    named = {name: f"`{name}`" if native != "float" else f"CAST(`{name}` AS DOUBLE)"
             for name, (native, _) in columns.items()}  # fmt: skip
    with server.mysql(init_command="SET time_zone = '+00:00', sql_mode = ''") as link:
        cursor = link.cursor()
        cursor.execute(f"SELECT {', '.join(named.values())} FROM `{table}`")
        return list(cursor.fetchall())


def fill(server: Server, table: str, columns: Columns, data: list[dict[str, Any]], quote: str) -> None:
    """Create a table on a server and insert its rows."""
    named = [f"{quote}{name}{quote}" for name in columns]
    shape = ", ".join(f"{name} {native}" for name, (native, _) in zip(named, columns.values(), strict=True))
    server.run(f"CREATE TABLE {table} ({shape})")
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(named)}) VALUES ({marks})"
    given = [tuple(row[name] for name in columns) for row in data]
    if server.kind == "postgres":
        with server.postgres() as connection, connection.cursor() as cursor:
            cursor.executemany(statement, given)  # type: ignore[arg-type]
    else:
        with server.mysql(init_command="SET sql_mode = ''") as link, link.cursor() as writer:
            writer.executemany(statement, given)


def keep(db: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    """Create a table of the reference from what a driver has read."""
    types = {column: type_ for column, (_, type_) in columns.items()}
    kinds = columns.values()
    create(db, name, types, [tuple(_read(v, *kind) for v, kind in zip(row, kinds, strict=True)) for row in rows])


def _read(value: Any, native: str, type_: str) -> Any:
    """Return a driver's value as DuckDB holds it.

    A date that is none (`0000-00-00`) and a decimal NaN are NULL; what pads a `char(n)` is no part of its text.
    """
    if type_ in ("DATE", "TIMESTAMP") and not isinstance(value, date):
        return None
    if isinstance(value, Decimal) and value.is_nan():
        return None
    return value.rstrip(" ") if native.startswith("char(") and isinstance(value, str) else value
