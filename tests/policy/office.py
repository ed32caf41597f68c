"""A small company with policies: a merged customer over a database and a CSV, orders, consents; a role a rule.

What roles may not see holds the word `canary`, so that a test can look for it in whatever comes out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from cdi_federate.catalog.load import load
from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.federation.who import user_of_process

USER = user_of_process()

FILES = {
    "catalog.yaml": "name: office\n",
    "entities/customer.yaml": """
entity: customer
grain: merged
key: customer_id
fields:
  customer_id: varchar
  full_name: {type: varchar, tags: [pii.name]}
  email: {type: varchar, tags: [pii.email]}
  phone: {type: varchar, tags: [pii.phone]}
  country: varchar
  birth_date: {type: date, tags: [pii.dob]}
  balance: "decimal(12,2)"
  health: {type: varchar, sensitivity: special}
survivorship: {rule: source_priority, order: [crm, desk]}
identity:
  rules: [{id: email, on: [email]}]
""",
    "entities/orders.yaml": """
entity: orders
key: order_id
fields:
  order_id: integer
  customer_id: varchar
  amount: "decimal(12,2)"
  placed: date
  note: {type: varchar, tags: [free.text]}
""",
    "entities/consent.yaml": """
entity: consent
fields:
  email: {type: varchar, tags: [pii.email]}
  purpose: varchar
  channel: varchar
  status: varchar
  given_at: timestamp
  until: date
""",
    "entities/payment.yaml": """
entity: payment
key: payment_id
fields: {payment_id: integer, order_id: integer, card: {type: varchar, tags: [pii.card]}}
""",
    "sources/crm.yaml": """
source: crm
kind: sqlite
department: Sales
owner: sales@example.com
connection: {path: crm.sqlite}
provides:
  customer:
    name: accounts
    from: accounts
    key: id
    fields: {full_name: nm, email: lower(mail), phone: tel, country: {column: land, codes: {D: DE, F: FR, U: US}},
             birth_date: born, balance: {column: cents, scale: 0.01}, health: illness}
  orders:
    from: orders
    key: no
    fields: {order_id: no, customer_id: {ref: crm.accounts, column: account}, amount: {column: cents, scale: 0.01},
             placed: day, note: remark}
  payment:
    from: payments
    key: id
    fields: {payment_id: id, order_id: order_no, card: pan}
""",
    "sources/desk.yaml": """
source: desk
kind: csv
department: Support
connection: {path: .}
provides:
  customer:
    name: callers
    from: callers.csv
    options: {columns: {no: VARCHAR, mail: VARCHAR, tel: VARCHAR, land: VARCHAR, name: VARCHAR}}
    key: no
    fields: {full_name: name, email: mail, phone: tel, country: land}
  consent:
    from: consents.csv
    options: {columns: {mail: VARCHAR, what: VARCHAR, how: VARCHAR, said: VARCHAR, stamp: TIMESTAMP, until: DATE}}
    fields: {email: mail, purpose: what, channel: how, status: said, given_at: stamp, until: until}
""",
    "policies/roles.yaml": """
secret: a secret of the tests only
roles:
  steward: {entities: {allow: ["*"]}, explain: true, steward: true}
  analyst: {entities: {allow: ["*"], deny: [payment]}}
  support_de: {entities: {allow: ["*"]}, rows: {customer: "country = 'DE'"}}
  branch:
    entities: {allow: [customer, orders]}
    rows: {customer: "country IN (${user.lands}) AND balance < ${user.most}"}
  campaign: {entities: {allow: [customer, orders]}, purposes: [marketing, service]}
  no_desk: {entities: {allow: ["*"]}, sources: {deny: [Support]}}
  doctor: {entities: {allow: [customer]}}
  counter: {entities: {allow: "*"}, min_group: 2}
  nobody: {entities: {allow: [orders]}}
rules:
  - {to: [analyst], match: {tag: pii.email}, action: mask, using: hash}
  - {to: [analyst], match: {tag: pii.phone}, action: mask, using: last4}
  - {to: [analyst], match: {tag: pii.name}, action: deny}
  - {to: [analyst], match: {tag: pii.dob}, action: mask, using: year}
  - {to: [analyst], match: {tag: free.text}, action: mask, using: "left(value, 2) || '...'"}
  - {to: [doctor], match: {sensitivity: special}, action: allow}
  - {purpose: marketing, on: customer, require: "consent('marketing', 'email')"}
consent: {entity: consent, customer: email, purpose: purpose, status: status, channel: channel, given_at: given_at,
          expires: until}
""",
    "policies/users.yaml": f"""
users:
  {USER}:
    roles: [steward, analyst, support_de, branch, campaign, no_desk, doctor, counter, nobody]
    attributes: {{lands: [DE, US], most: "1000"}}
""",
}
"""The catalog: file → text."""

ACCOUNTS = [
    (1, "Anna", "Anna@x.de", "0301234567", "D", "1980-05-01", 12_50, "none"),
    (2, "Bert", "bert@x.de", "0307654321", "D", "1990-06-02", 99_999_99, "canary flu"),
    (3, "canary Claire", "canary@x.fr", "canary 12", "F", "1970-07-03", 7_00, "canary"),
    (4, "Dan", "dan@x.us", None, "U", None, 50_00, None),
]
ORDERS = [
    (10, 1, 10_00, "2024-01-01", "good"),
    (11, 2, 20_00, "2024-02-01", "fine"),
    (12, 3, 30_00, "2024-03-01", "canary note"),
    (13, 4, 40_00, "2024-04-01", "ok"),
    (14, None, 50_00, "2024-05-01", "lost"),
]
CALLERS = "no,mail,tel,land,name\nc1,eve@x.de,0401112223,DE,Eve\nc2,canary2@x.it,canary 99,IT,canary Ida\n"
CONSENTS = (
    "mail,what,how,said,stamp,until\n"
    "anna@x.de,marketing,email,granted,2024-01-01 10:00:00,\n"
    "bert@x.de,marketing,email,granted,2024-01-01 10:00:00,\n"
    "bert@x.de,marketing,email,withdrawn,2024-06-01 10:00:00,\n"
    "dan@x.us,marketing,email,granted,2024-01-01 10:00:00,2024-12-31\n"
    "eve@x.de,marketing,phone,granted,2024-01-01 10:00:00,\n"
)

Change = Callable[[dict[str, str]], object]


def write(folder: Path, change: Change = lambda files: None, *, rows: Mapping[str, object] | None = None) -> Path:
    """Write the catalog, whose files `change` may change before, and its data; `rows` stand for those here, by name."""
    files = dict(FILES)
    change(files)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    data = {"accounts": ACCOUNTS, "orders": ORDERS, "callers": CALLERS, "consents": CONSENTS, **(rows or {})}
    with closing(sqlite3.connect(folder / "crm.sqlite")) as db:
        db.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, nm TEXT, mail TEXT, tel TEXT, land TEXT, born TEXT, "
                   "cents INTEGER, illness TEXT)")  # fmt: skip
        db.execute(
            "CREATE TABLE orders (no INTEGER PRIMARY KEY, account INTEGER, cents INTEGER, day TEXT, remark TEXT)"
        )
        db.execute("CREATE TABLE payments (id INTEGER PRIMARY KEY, order_no INTEGER, pan TEXT)")
        db.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", data["accounts"])
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", data["orders"])
        db.executemany("INSERT INTO payments VALUES (?, ?, ?)", [(1, 10, "canary 4111"), (2, 12, "canary 5500")])
        db.commit()
    (folder / "callers.csv").write_text(str(data["callers"]))
    (folder / "consents.csv").write_text(str(data["consents"]))
    return folder


def opened(folder: Path, role: str, purpose: str = "") -> Federation:
    """Open the catalog in a role."""
    return Federation(load(folder), role=role, purpose=purpose)


def told(federation: Federation, sql: str) -> Any:
    """Return all that a question tells: the columns, the rows, the plan, or the error."""
    try:
        result = federation.sql(sql)
        rows = [tuple(map(repr, row)) for row in result.fetchall()]
        return [(column.name, column.type) for column in result.columns], rows, result.explain()
    except CdiError as error:
        return type(error).__name__, error.code, str(error)
