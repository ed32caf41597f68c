"""The trap world: six departments whose rows hold what has ever made two engines disagree.

Row i of a table takes the i-th of each column's traps, every column at its own pace, so that all traps occur and meet
others. `trap` names the row: an answer that shows it shows that the row was reached.
"""

from __future__ import annotations

import csv
import json
import math
import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 48
TEXTS = [
    "alice", "Alice", "ALICE", "alice ", " alice", "alice\u00a0", "Ann", "Ann ", "ann", "", " ", None, "\u212a", "k",
    "Mi\u212ae", "\u0130", "i", "i\u0307", "ß", "ss", "é", "e\u0301", "a%b", "a_b", "a*b", "[x]", "?", "O'Brien",
    "back\\slash", 'a"b', "0042", "42", " 42 ", "42.4", "1e2", "NULL", "x" * 3000, "😀", "z\U0001f600", "z\uffee",
    "A-7", "7", "A-A-7", "7-z",
]  # fmt: skip
WITH_NUL = [*TEXTS, "a\0b", "a\0"]
EMAILS = [
    "ann@x.de", "ANN@X.DE", " ann@x.de ", "Ann@x.de", "mi\u212ae@x.org", "mike@x.org", "MIKE@X.ORG", "i\u0307@x.org",
    "\u0130@x.org", "bob@y.com", "bob@y.com", "", None, "ann@x.de\u00a0", "o'b@y.com", "\u00c9@x.org",
]  # fmt: skip
COUNTRIES = ["US", "USA", "United States", "us", "DE", "Germany", "Germany ", "FR", "XX", "", None, "US"]
KINDS = [1, 2, 3, 9, -1, None, 2**40]
INTEGERS = [
    0, 1, 2, -1, 5, 7, 42, 99, 100, 101, 127, 128, -128, -129, 255, 256, 32767, 32768, -32769, 999, 1000, 1050, -1050,
    -999,
    2**31 - 1, 2**31, 2**53 + 1, 2**53, 10**16 - 1, 10**18 - 1, 10**18, 2**63 - 1, -(2**63), None,
]  # fmt: skip
SMALL = [0, 1, 2, 3, 5, 7, 42, 99, 100, 999, 1050, -1, -7, -1050, None, 1]
DECIMALS = [Decimal(text) for text in (
    "0.00", "0.01", "-0.01", "9.99", "10.00", "10.01", "99.99", "-99.99", "100.00", "1234.50", "-0.50", "0.50",
)] + [None]  # fmt: skip
LONG_DECIMALS = [*DECIMALS, Decimal("9" * 36 + ".99"), Decimal("-" + "9" * 36 + ".99"), Decimal("9999999999999999.99")]
DOUBLES = [
    0.0, -0.0, 0.1, 0.1 + 0.2, 1.5, 2.5, -2.5, 100.0, math.inf, -math.inf, math.nan, 5e-324, 1.1744967845740923e226,
    1.7976931348623157e308, float(2**53), None,
]  # fmt: skip
DATES = [
    date(2024, 2, 29), date(2024, 1, 1), date(2023, 12, 31), date(1990, 1, 2), date(1970, 1, 1), date(1, 1, 1),
    date(9999, 12, 31), None,
]  # fmt: skip
STAMPS = [
    datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 1), datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(2023, 12, 31, 12), datetime(1970, 1, 1), datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), None,
]  # fmt: skip
DATE_TEXTS = [
    "1990-01-02", "1990-1-2", "1990/01/02", "0001-01-01", "9999-12-31", "2024-02-29", " 2024-02-29 ", "2023-02-29",
    "soon", "", None,
]  # fmt: skip
DMY = ["02/01/1990", "2/1/1990", " 02/01/1990", "31/02/2020", "29/02/2024", "1990-01-02", "", None, "31/12/9999"]
DMY_TIMES = ["02/01/1990 10:30:00", "29/02/2024 00:00:00", "31/12/2023 23:59:59", "x", "", None]
NUMBER_TEXTS = ["0042", "42", " 42 ", "42.4", "+42", "1e2", "-7", "x", "", None, "9" * 20, "0.005", "7"]
BOOLEANS = [True, False, None]
STATES = ["OPEN", "open", "PAID", "paid ", "X", "", None, "SENT"]
CURRENCIES = ["EUR", "USD", "eur"]


def cell(traps: list[Any], row: int, pace: int) -> Any:
    """Return the trap that a column of a pace holds in a row."""
    return traps[(row * pace + pace // 2) % len(traps)]


def rows(table: str, columns: dict[str, list[Any]], keys: str = "", count: int = ROWS) -> list[dict[str, Any]]:
    """Return the rows of a table: `trap`, a key column `keys` counted from 1, then each column's traps."""
    paces = (1, 3, 5, 7, 9, 11, 13, 17, 19, 21, 23, 25, 27, 29)
    made = []
    for row in range(count):
        key = {keys: row + 1} if keys else {}
        cells = {name: cell(traps, row, paces[at % len(paces)]) for at, (name, traps) in enumerate(columns.items())}
        made.append({"trap": f"{table}#{row + 1}", **key, **cells})
    return made


def build(folder: Path) -> dict[str, pa.Table]:
    """Write all files under a folder; return the tables that are registered from memory."""
    _crm(folder / "crm.sqlite")
    _old(folder / "old.sqlite")
    _billing(folder / "billing.duckdb")
    _shop(folder / "shop")
    _desk(folder / "desk")
    _loyalty(folder / "loyalty")
    return _memory()


def _crm(path: Path) -> None:
    accounts = rows(
        "crm.accounts",
        {
            "full_name": [*WITH_NUL[:1], b"alice", *WITH_NUL[1:]], "email": EMAILS,
            "country_name": COUNTRIES, "seg": [*KINDS, "one", 2.5],
            "balance_cents": [*INTEGERS, "many", 10.5, b"\1"], "score": [d for d in DOUBLES if d == d] + ["high"],
            "born": [*DATE_TEXTS, 19900102], "seen": ["2024-01-01 00:00:00", "2024-01-01", 20240101, 2.5, None],
            "active": [0, 1, None, 2, "yes"], "big": [*INTEGERS, 1e300, "x"], "code": [*TEXTS, b"A-7"],
            "ratio": [1, 2.5, -3.125, None, "x", 99999.9999, 10**6, "7.25"], "status": ["A", "X", "a", None, "X ", 5],
        },
        keys="account_no",
    )  # fmt: skip
    orders = rows(
        "crm.orders",
        {
            "account": [*range(1, 12), None, 4000], "email": EMAILS, "cents": INTEGERS, "qty": INTEGERS,
            "placed": ["2024-01-01", "2024-01-01 00:00:00.000001", "2024-02-29 23:59:59", "bad", None],
            "st": STATES, "weight": [d for d in DOUBLES if d == d], "number": INTEGERS, "tag": TEXTS,
        },
        keys="order_no",
    )  # fmt: skip
    cases = rows(
        "crm.cases",
        {"subject": WITH_NUL, "email": EMAILS, "prio": [1, 2, 300, -1, None], "acc": [*range(1, 9), None, 77],
         "opened": ["2024-01-01", "2024-01-01 10:00:00", None, "x"]},
    )  # fmt: skip
    for row in cases:
        row["case_no"] = f"C-{row['trap'].rsplit('#')[-1]}"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE accounts (account_no INTEGER PRIMARY KEY, trap TEXT, full_name TEXT, "
            "email TEXT COLLATE NOCASE, country_name TEXT, seg INTEGER, balance_cents BIGINT, score REAL, born TEXT, "
            "seen DATETIME, active BOOLEAN, big INTEGER, code VARCHAR(20) COLLATE RTRIM, ratio DECIMAL(9,4), status)"
        )
        db.execute("CREATE INDEX accounts_country ON accounts (country_name)")
        db.execute("CREATE INDEX accounts_email ON accounts (email)")
        db.execute("CREATE INDEX accounts_cents ON accounts (balance_cents DESC)")
        db.execute("CREATE UNIQUE INDEX accounts_trap ON accounts (trap)")
        db.execute(
            "CREATE TABLE orders (order_no INTEGER PRIMARY KEY, trap TEXT, account INTEGER, email TEXT, cents INTEGER, "
            "qty INTEGER, placed TEXT, st TEXT, weight REAL, number INTEGER, tag TEXT) STRICT"
        )
        db.execute("CREATE INDEX orders_weight ON orders (weight)")
        db.execute("CREATE INDEX orders_tag ON orders (tag)")
        db.execute(
            "CREATE TABLE cases (case_no TEXT COLLATE NOCASE PRIMARY KEY, trap TEXT, subject TEXT, email TEXT, "
            "prio INTEGER, acc INTEGER, opened TEXT) WITHOUT ROWID"
        )
        for table, data in (("accounts", accounts), ("orders", orders), ("cases", cases)):
            _insert(db, table, data)
        db.execute(
            "CREATE VIEW mixed AS SELECT trap || 'm' AS trap, account AS acc, tag AS subject, qty AS prio, email "
            "FROM orders WHERE order_no <= 20 UNION ALL SELECT trap || 'm', weight, weight, weight, email "
            "FROM orders WHERE order_no > 12 ORDER BY 1 DESC"
        )


def _old(path: Path) -> None:
    contacts = rows(
        "old.contacts",
        {"name": TEXTS, "mail": EMAILS, "land": COUNTRIES, "points": [*INTEGERS, "x"], "since": DMY},
        keys="id",
    )
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA encoding = 'UTF-16le'")
        db.execute(
            "CREATE TABLE contacts (trap TEXT, id TEXT, name TEXT, mail TEXT, land TEXT, points INT, since TEXT)"
        )
        db.execute("CREATE INDEX contacts_name ON contacts (name)")
        _insert(db, "contacts", contacts)


def _insert(db: sqlite3.Connection, table: str, data: list[dict[str, Any]]) -> None:
    names = list(data[0])
    marks = ", ".join("?" * len(names))
    db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [tuple(row.values()) for row in data])


def _billing(path: Path) -> None:
    customers = pa.Table.from_pylist(
        rows(
            "billing.customers",
            {"name": WITH_NUL, "mail": EMAILS, "country": COUNTRIES, "kind": KINDS, "owed": LONG_DECIMALS,
             "score": DOUBLES, "born": DATES, "seen": STAMPS, "active": BOOLEANS, "big": INTEGERS, "code": TEXTS,
             "level": NUMBER_TEXTS, "small": SMALL},
            keys="no",
        ),
        schema=pa.schema(
            [("trap", pa.string()), ("no", pa.int32()), ("name", pa.string()), ("mail", pa.string()),
             ("country", pa.string()), ("kind", pa.int64()), ("owed", pa.decimal128(38, 2)), ("score", pa.float64()),
             ("born", pa.date32()), ("seen", pa.timestamp("us")), ("active", pa.bool_()), ("big", pa.int64()),
             ("code", pa.string()), ("level", pa.string()), ("small", pa.int16())]
        ),
    )  # fmt: skip
    invoices = pa.Table.from_pylist(
        rows(
            "billing.invoices",
            {"customer": [*range(1, 14), None], "mail": EMAILS, "total": DECIMALS, "qty": SMALL, "day": DATES,
             "st": STATES, "number": INTEGERS, "placed": STAMPS},
            keys="no",
        ),
        schema=pa.schema(
            [("trap", pa.string()), ("no", pa.int64()), ("customer", pa.int32()), ("mail", pa.string()),
             ("total", pa.decimal128(12, 2)), ("qty", pa.int32()), ("day", pa.date32()), ("st", pa.string()),
             ("number", pa.int64()), ("placed", pa.timestamp("us"))]
        ),
    )  # fmt: skip
    with closing(duckdb.connect(str(path))) as db:
        for name, table in (("customers", customers), ("invoices", invoices)):
            db.register("given", table)
            db.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            db.unregister("given")


def _shop(folder: Path) -> None:
    folder.mkdir()
    shoppers = rows(
        "shop.shoppers",
        {"name": TEXTS, "email": EMAILS, "country": COUNTRIES, "cents": INTEGERS, "visits": SMALL, "score": DOUBLES,
         "born": DATES, "seen": STAMPS, "active": BOOLEANS, "points": INTEGERS, "code": TEXTS, "ratio": DECIMALS},
        keys="no",
    )  # fmt: skip
    types = [pa.string(), pa.int64(), pa.string(), pa.string(), pa.string(), pa.int64(), pa.int16(), pa.float64(),
             pa.date32(), pa.timestamp("us"), pa.bool_(), pa.int64(), pa.string(), pa.decimal128(7, 2)]  # fmt: skip
    schema = pa.schema(list(zip(shoppers[0], types, strict=True)))
    pq.write_table(pa.Table.from_pylist(shoppers, schema), folder / "shoppers.parquet", row_group_size=16)
    baskets = rows(
        "shop.baskets",
        {"shopper": [*range(1, 12), None, 99], "email": EMAILS, "cents": INTEGERS, "qty": INTEGERS, "placed": STAMPS,
         "state": [10, 20, 30, None, 99], "weight": DOUBLES},
        keys="no",
    )  # fmt: skip
    kinds = [pa.string(), pa.int64(), pa.int64(), pa.string(), pa.int64(), pa.int64(), pa.timestamp("us"), pa.int32(),
             pa.float64()]  # fmt: skip
    shape = pa.schema(list(zip(baskets[0], kinds, strict=True)))
    for at, (channel, year) in enumerate([("web", 2023), ("web", 2024), ("app", 2024), ("store front", 2023)]):
        part = folder / "baskets" / f"channel={channel}" / f"year={year}"
        part.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(baskets[at::4], shape), part / "part.parquet")
    rates = [
        {"trap": f"shop.rates#{n + 1}", "currency": CURRENCIES[n % 3], "ts": stamp, "rate": 1.0 + n / 8}
        for n, stamp in enumerate([
            datetime(1960, 1, 1), datetime(1960, 1, 2), datetime(2023, 12, 31, 12), datetime(2024, 1, 1),
            datetime(2023, 6, 1), datetime(2024, 1, 1, 0, 0, 0, 1), datetime(2024, 2, 1), datetime(2024, 2, 29),
        ])
    ]  # fmt: skip
    pq.write_table(
        pa.Table.from_pylist(
            rates,
            pa.schema([("trap", pa.string()), ("currency", pa.string()), ("ts", pa.timestamp("us")),
                       ("rate", pa.float64())]),
        ),
        folder / "rates.parquet",
    )  # fmt: skip


def _desk(folder: Path) -> None:
    folder.mkdir()
    plain = [text for text in TEXTS if text is None or len(text) < 1000]
    people = rows(
        "desk.people",
        {"name": plain, "email": EMAILS, "land": COUNTRIES, "born": DMY, "level": NUMBER_TEXTS, "owed": NUMBER_TEXTS,
         "seen": DMY_TIMES},
        keys="id",
    )  # fmt: skip
    lines = ["||".join(people[0])]
    lines += ["||".join("\\N" if v is None else _quoted(str(v)) for v in row.values()) for row in people]
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tickets = rows(
        "desk.tickets",
        {"person": [*range(1, 12), None], "email": EMAILS, "opened": DMY_TIMES, "prio": NUMBER_TEXTS, "subject": plain,
         "closed": ["true", "false", "x", None], "score": NUMBER_TEXTS},
        keys="no",
    )  # fmt: skip
    with (folder / "tickets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        writer.writerow(tickets[0])
        writer.writerows(["\\N" if v is None else v for v in row.values()] for row in tickets)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text or "|" in text else text


def _loyalty(folder: Path) -> None:
    folder.mkdir()
    members = rows(
        "loyalty.members",
        {"name": TEXTS, "email": EMAILS, "country": COUNTRIES, "points": INTEGERS, "tier": [1, 2, 3, None, 7],
         "born": DATE_TEXTS, "active": BOOLEANS, "score": [d for d in DOUBLES if d is None or math.isfinite(d)]},
        keys="no",
    )  # fmt: skip
    with (folder / "members.ndjson").open("w", encoding="utf-8") as file:
        for row in members:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _memory() -> dict[str, pa.Table]:
    people = rows(
        "memo.people",
        {"name": WITH_NUL, "email": EMAILS, "country": COUNTRIES, "cents": INTEGERS, "score": DOUBLES, "born": DATES,
         "level": SMALL, "active": BOOLEANS},
        keys="id",
    )  # fmt: skip
    types = [pa.string(), pa.int64(), pa.string(), pa.string(), pa.string(), pa.int64(), pa.float64(), pa.date32(),
             pa.int64(), pa.bool_()]  # fmt: skip
    notes = rows(
        "memo.notes", {"person": [1, 2, 3, None], "email": EMAILS, "subject": WITH_NUL, "prio": SMALL}, keys="no"
    )
    kinds = [pa.string(), pa.int64(), pa.int64(), pa.string(), pa.string(), pa.int32()]
    return {
        "people": pa.Table.from_pylist(people, pa.schema(list(zip(people[0], types, strict=True)))),
        "notes": pa.Table.from_pylist(notes, pa.schema(list(zip(notes[0], kinds, strict=True)))),
    }
