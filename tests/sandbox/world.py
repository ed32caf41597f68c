"""The company that attackers of `tests/corpus/attacks.txt` know: customers in SQLite, orders in Parquet, and secrets.

What no statement may show holds a canary: a column that is not mapped, a table and files beside those of the catalog, a
variable of the environment.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.query.virtual import SCHEMA

CANARY = "canary-7f3a"

_TYPES = {"VARCHAR[]": "varchar"}


def write(folder: Path) -> Path:
    """Write catalog and data into a folder, and return the catalog's."""
    catalog, data = folder / "catalog", folder / "data"
    for each in (catalog / "entities", catalog / "sources", data / "secret", data / "out"):
        each.mkdir(parents=True)
    (catalog / "catalog.yaml").write_text("name: attacked\naudit: true\n")
    for entity in ("customer", "orders"):
        fields = "".join(f"  {name}: {_TYPES.get(kind, kind).lower()!r}\n" for name, kind in SCHEMA[entity].items())
        (catalog / "entities" / f"{entity}.yaml").write_text(f"entity: {entity}\nfields:\n{fields}")
    mapped = {
        entity: "".join(f"      {name}: {name}\n" for name in SCHEMA[entity]) for entity in ("customer", "orders")
    }
    (catalog / "sources" / "crm.yaml").write_text(
        "source: crm\nkind: sqlite\nconnection: {path: ../data/crm.sqlite}\n"
        f"provides:\n  customer:\n    from: customers\n    key: customer_id\n    fields:\n{mapped['customer']}"
    )
    (catalog / "sources" / "shop.yaml").write_text(
        "source: shop\nkind: parquet\nconnection: {path: ../data}\n"
        f"provides:\n  orders:\n    from: orders.parquet\n    key: order_id\n    fields:\n{mapped['orders']}"
    )
    with closing(sqlite3.connect(data / "crm.sqlite")) as db:
        columns = ", ".join(SCHEMA["customer"])
        db.execute(f"CREATE TABLE customers ({columns}, secret_note)")
        db.execute("CREATE TABLE salaries (amount TEXT)")
        db.execute("INSERT INTO salaries VALUES (?)", [CANARY])
        row = "1999-12-31", "10.50", "vip"
        people = [(f"c{n}", f"Name {n}", f"n{n}@x.de", "+49 1", "DE", "A", *row, CANARY) for n in range(20)]
        db.executemany(f"INSERT INTO customers VALUES ({', '.join('?' * 10)})", people)
        db.commit()
    orders = {"order_id": [1, 2], "customer_id": ["c1", "c2"], "ordered_at": [None, None], "amount": [1.5, 2.5]}
    further = {"tax": [0.5, 0.5], "currency": ["EUR", "EUR"], "status": ["PAID", "OPEN"]}
    pq.write_table(pa.table({**orders, **further, "hidden": [CANARY] * 2}), data / "orders.parquet")
    pq.write_table(pa.table({"salary": [CANARY]}), data / "secret" / "hr.parquet")
    (data / "secret" / "k.json").write_text(f'{{"key": "{CANARY}"}}')
    (data / "tickets.csv").write_text(f"id,text\n1,{CANARY}\n")
    with closing(sqlite3.connect(data / "web.db")) as db:
        db.execute("CREATE TABLE visits (page)")
        db.execute("INSERT INTO visits VALUES (?)", [CANARY])
        db.commit()
    return catalog


def state(folder: Path) -> dict[str, str]:
    """Return a hash of each file below a folder, without what the program keeps for itself."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".cdi" not in file.parts
    }
