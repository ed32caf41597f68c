"""A small company for `cdi customer`: three departments in SQLite, of whose rows Ann's, Bo's and Cid's are known."""

from __future__ import annotations

import sqlite3
from pathlib import Path

CUSTOMER = """
entity: customer
grain: merged
key: customer_id
fields:
  customer_id: varchar
  email: {type: varchar, tags: [pii.email]}
  mobile: {type: varchar, tags: [pii.phone]}
  last_name: {type: varchar, survivorship: {rule: source_priority, order: [shop, crm]}}
  born: date
  city: varchar
identity:
  rules:
    - {id: email, on: email}
    - {id: name, on: [lower(last_name), born]}
"""
PLAIN = (
    "entity: customer\nkey: customer_id\nfields: {customer_id: varchar, email: {type: varchar, tags: [pii.email]}}\n"
)
ENTITIES = {
    "customer": CUSTOMER,
    "orders": "entity: orders\nkey: order_id\nfields: {order_id: bigint, customer_id: varchar, email: varchar, "
    'ordered_at: timestamp, amount: "decimal(12,2)"}\n',
    "payment": "entity: payment\ntime: paid\nfields: {payer: varchar, order_id: bigint, due: date, paid: date}\n",
    "consent": "entity: consent\ntime: null\nfields: {customer_id: varchar, purpose: varchar, given: timestamp}\n",
    "gift": "entity: gift\nfields: {giver: varchar, taker: varchar, given: timestamp}\n",
    "weather": "entity: weather\nfields: {day: date, degrees: double}\n",
}
MADE = "email: lower(trim(mail)), mobile: tel, last_name: name, born: born, city: town"
SOURCES = {
    "crm": f"""  customer: {{from: people, key: no, updated: changed, fields: {{{MADE}}}}}
  orders:
    from: deals
    key: no
    fields:
      {{order_id: no, customer_id: {{ref: crm.people, column: who}}, email: mail, ordered_at: at, amount: euros}}
  weather: {{from: weather, fields: {{day: day, degrees: degrees}}}}
""",
    "shop": f"""  customer: {{from: people, key: no, updated: changed, fields: {{{MADE}}}}}
  orders:
    from: deals
    key: no
    fields:
      {{order_id: no, customer_id: {{ref: shop.people, column: who}}, email: mail, ordered_at: at, amount: euros}}
  consent: {{from: consents, fields: {{customer_id: {{ref: shop.people, column: who}}, purpose: purpose, given: at}}}}
  gift:
    from: gifts
    fields: {{giver: {{ref: shop.people, column: a}}, taker: {{ref: crm.people, column: b}}, given: at}}
""",
    "bank": """  payment:
    from: bills
    fields: {payer: {ref: shop.people, column: who}, order_id: no, due: due, paid: paid}
""",
}
PEOPLE = {
    "crm": [
        ("1", "Ann@X.example ", "111", "Smith", "1980-12-31", "Kiel", "2024-01-01"),
        ("2", "bo@x.example", "222", "Jones", None, "Ulm", "2024-02-02"),
        ("3", "cid@x.example", "222", "Jones", None, None, None),
    ],
    "shop": [
        ("7", "ann@x.example", None, "Smyth", "1980-12-31", "Bonn", "2025-05-05"),
        ("8", "ann.smyth@work.example", "999", "SMYTH", "1980-12-31", None, "2023-03-03"),
    ],
}


def write(folder: Path, *, customer: str = CUSTOMER, head: str = "", **entities: str) -> Path:
    """Write the company and its catalog; other texts for the catalog's head or for tables may be given."""
    for name in ("entities", "sources"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "catalog.yaml").write_text(f"name: company\n{head}", encoding="utf-8")
    for name, text in {**ENTITIES, "customer": customer, **entities}.items():
        (folder / "entities" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, text in SOURCES.items():
        said = f"source: {name}\nkind: sqlite\ndepartment: The {name}\nconnection: {{path: {name}.sqlite}}\nprovides:\n"
        if customer == PLAIN:
            text = text.replace(MADE, f"customer_id: {{ref: {name}.people, column: no}}, email: lower(trim(mail))")
        (folder / "sources" / f"{name}.yaml").write_text(said + text, encoding="utf-8")
        with sqlite3.connect(folder / f"{name}.sqlite") as db:
            db.executescript(_TABLES)
            db.executemany("INSERT INTO people VALUES (?,?,?,?,?,?,?)", PEOPLE.get(name, []))
            db.executescript(_ROWS[name])
        db.close()
    return folder


_TABLES = """
CREATE TABLE people (no TEXT PRIMARY KEY, mail TEXT, tel TEXT, name TEXT, born DATE, town TEXT, changed TIMESTAMP);
CREATE TABLE deals (no INTEGER PRIMARY KEY, who TEXT, mail TEXT, at TIMESTAMP, euros REAL);
CREATE TABLE consents (who TEXT, purpose TEXT, at TIMESTAMP);
CREATE TABLE gifts (a TEXT, b TEXT, at TIMESTAMP);
CREATE TABLE bills (no INTEGER, who TEXT, due DATE, paid DATE);
CREATE TABLE weather (day DATE, degrees REAL);
"""
_ROWS = {
    "crm": """
INSERT INTO deals VALUES (1, '1', 'ann@x.example', '2024-03-01 10:00:00', 10.5), (2, '2', NULL, '2024-03-02', 20),
                         (3, '1', 'other@x.example', NULL, 30);
INSERT INTO weather VALUES ('2024-01-01', 3.5);
""",
    "shop": """
INSERT INTO deals VALUES (11, '8', NULL, '2025-01-01 08:00:00', 5), (12, '7', NULL, '2023-06-01 23:59:59', 6.25),
                         (13, NULL, 'ann@x.example', '2025-01-02', 7);
INSERT INTO consents VALUES ('7', 'marketing', '2025-01-01'), ('8', 'profiling', NULL), (NULL, 'x', NULL);
INSERT INTO gifts VALUES ('7', '2', '2024-12-24');
""",
    "bank": """
INSERT INTO bills VALUES (1, '7', '2024-03-15', '2024-03-20'), (12, '8', '2023-06-15', NULL), (99, '77', NULL, NULL);
""",
}
