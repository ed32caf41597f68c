"""A small virtual schema with rows, for the statements of `tests/corpus`."""

import json
from pathlib import Path

import duckdb

CORPUS = Path(__file__).parents[1] / "corpus"

SCHEMA = {
    "customer": {
        "customer_id": "VARCHAR",
        "full_name": "VARCHAR",
        "email": "VARCHAR",
        "phone": "VARCHAR",
        "country": "VARCHAR",
        "status": "VARCHAR",
        "birth_date": "DATE",
        "balance": "DECIMAL(18,2)",
        "tags": "VARCHAR[]",
    },
    "orders": {
        "order_id": "BIGINT",
        "customer_id": "VARCHAR",
        "ordered_at": "TIMESTAMP",
        "amount": "DECIMAL(18,2)",
        "tax": "DOUBLE",
        "currency": "VARCHAR",
        "status": "VARCHAR",
    },
    "rates": {"currency": "VARCHAR", "ts": "TIMESTAMP", "rate": "DOUBLE"},
    "payment": {"payment_id": "BIGINT", "order_id": "BIGINT", "paid": "DECIMAL(18,2)"},
    "organization": {"customer_id": "VARCHAR", "full_name": "VARCHAR", "vat": "VARCHAR"},
    "interaction": {"customer_id": "VARCHAR", "payload": "JSON"},
}

_ROWS = [
    """INSERT INTO customer VALUES
    ('c1', 'Ann Müller', 'ann@x.de', '+49 1', 'DE', 'A', DATE '1980-02-29', 10.50, ['vip', 'a']),
    ('c2', 'bob', 'BOB@Y.COM', NULL, 'US', 'B', DATE '1999-12-31', NULL, []),
    ('c3', '50% off', NULL, '0042', 'FR', NULL, NULL, -3.00, NULL),
    ('c4', 'O''Brien  ', 'test@test.org', '(1) 2', NULL, 'A', DATE '2001-01-01', 1000.00, ['a', 'b', 'a'])""",
    """INSERT INTO orders VALUES
    (1, 'c1', TIMESTAMP '2024-01-01 10:00:00', 12.00, 1.5, 'EUR', 'PAID'),
    (2, 'c1', TIMESTAMP '2024-01-15 23:59:59', 7.25, 0.5, 'EUR', 'OPEN'),
    (3, 'c2', TIMESTAMP '2024-02-29 00:00:00', 1500.00, 150, 'USD', 'PAID'),
    (4, 'c2', TIMESTAMP '2024-03-31 12:30:00', 15.00, NULL, 'USD', 'X'),
    (5, NULL, TIMESTAMP '2023-12-31 23:00:00', 99.99, 9, NULL, NULL),
    (6, 'c9', NULL, NULL, NULL, 'EUR', 'PAID')""",
    """INSERT INTO rates VALUES ('EUR', TIMESTAMP '2024-01-01', 1.0), ('USD', TIMESTAMP '2024-01-01', 0.9),
    ('USD', TIMESTAMP '2024-03-01', 0.8)""",
    "INSERT INTO payment VALUES (1, 1, 12.00), (2, 3, 700.00), (3, 3, 800.00)",
    "INSERT INTO organization VALUES ('o1', 'Acme', 'DE1')",
    """INSERT INTO interaction VALUES
    ('c1', '{"channel": "web", "amount": 3, "a": {"b": 1}, "items": [{"sku": "s1"}]}'),
    ('c2', '{"channel": "app", "amount": "4", "items": []}')""",
]


def filled() -> duckdb.DuckDBPyConnection:
    """Return a connection with the tables and a few rows, among them the awkward ones."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for table, fields in SCHEMA.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {type_}' for name, type_ in fields.items())})")
    for rows in _ROWS:
        connection.execute(rows)
    return connection


def reading(connection: duckdb.DuckDBPyConnection, text: str) -> dict[str, object]:
    """Return the engine's parse tree of a text."""
    row = connection.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
    assert row is not None
    answer: dict[str, object] = json.loads(row[0])
    assert not answer["error"], answer
    return answer


def lines(name: str) -> list[str]:
    """Return the lines of a corpus file, without comments and empty ones."""
    found = (CORPUS / name).read_text(encoding="utf-8").split("\n")
    return [line for line in found if line.strip() and not line.startswith("-- ")]
