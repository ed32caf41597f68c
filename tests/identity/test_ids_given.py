"""Rows of customers whose ids are given: sources are told the keys, and the rows are those of a look at all of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import pytest

import cdi_federate as cdi
from cdi_federate.hub.ids import lone_id
from tests.identity.company import Company

ORDERS = """entity: orders
fields: {order_id: bigint, customer_id: varchar, other_id: varchar, amount: integer}
"""
PROVIDES = """
  orders:
    from: orders
    fields:
      order_id: no
      customer_id: {ref: crm.people, column: who}
      other_id: {ref: shop.people, column: what}
      amount: amount
"""
KEYS = ("7", "07", "7.0", " 7", "", "-7", "9", "abc", "Abc", "é", "900719925474099300001")


def with_orders(folder: Path, rows: list[tuple[object, ...]]) -> Company:
    """Return a company whose CRM has orders: of its people by numbers, of the shop's by texts."""
    company = Company(folder)
    (folder / "entities" / "orders.yaml").write_text(ORDERS)
    crm = folder / "sources" / "crm.yaml"
    crm.write_text(crm.read_text() + PROVIDES.lstrip("\n"))
    with sqlite3.connect(folder / "crm.sqlite") as db:
        db.execute("CREATE TABLE orders (no INTEGER PRIMARY KEY, who INTEGER, what TEXT, amount INTEGER)")
        db.execute("CREATE INDEX by_who ON orders (who)")
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    db.close()
    return company


def test_only_the_rows_of_the_customer_leave_the_source(tmp_path: Path) -> None:
    company = with_orders(tmp_path, [(n, n % 10_000, None, 1) for n in range(20_000)])
    company.put("crm", *((str(n), f"{n}@x") for n in range(100)))
    company.put("shop", ("s", "7@x"))
    company.build()
    with cdi.connect(tmp_path) as fed:
        [(id_,)] = fed.sql("SELECT customer_id FROM customer WHERE email = '7@x'").fetchall()
        found = fed.sql("SELECT order_id FROM orders WHERE customer_id = $id", id=id_)
        assert sorted(found.fetchall()) == [(7,), (10_007,)]
        assert "customer._record_key → customer_id" in found.explain()
        assert found.ran is not None
        assert [came.rows for came in found.ran.fragments.values()] == [2]
        nobody = fed.sql(
            "SELECT order_id FROM orders WHERE customer_id = $id", id=lone_id("customer", "crm.people", "500")
        )
        assert sorted(nobody.fetchall()) == [(500,), (10_500,)], "nobody has linked account 500, which has no record"


@pytest.mark.parametrize("seed", range(3))
def test_every_id_gives_what_a_look_at_all_rows_gives(tmp_path: Path, seed: int) -> None:
    """Keys that are alike as numbers and differ as texts, records gone and new, ids of old and of nobody."""
    random = Random(seed)
    rows = [
        (n, random.choice((7, 9, -7, 0, None, "abc", 7.0, "07")), random.choice((*KEYS, None)), n) for n in range(120)
    ]
    company = with_orders(tmp_path, rows)
    for source in ("crm", "shop"):
        known = random.sample(KEYS, 8)
        company.put(source, *((key, f"{random.randrange(5)}@x", None, "S") for key in known))
    company.build()
    company.drop("shop", next(iter(company.rows["shop"])))
    company.put("crm", ("new", "1@x"))
    company.build()
    company.put("shop", ("newer", "2@x"))
    with cdi.connect(tmp_path) as fed:
        ids = {id_ for (id_,) in fed.sql("SELECT customer_id FROM customer_record").fetchall() if id_}
        ids |= {lone_id("customer", f"{source}.people", key) for source in ("crm", "shop") for key in KEYS}
        for field in ("customer_id", "other_id"):
            some = 0
            for asked in (*((each,) for each in sorted(ids)), tuple(sorted(ids)[:3])):
                listed = ", ".join(f"'{each}'" for each in asked)
                sql = f"SELECT order_id, amount FROM orders WHERE {field} IN ({listed})"
                here = fed.run(fed.prepare(sql, without=("push_ids",))).fetchall()
                told = fed.prepare(sql, eager=True)
                assert any(scan.named for scan in told.plan.plan.scans)
                assert sorted(fed.run(told).fetchall()) == sorted(here), asked
                some += len(here)
            assert some > 50


PARTS = ("7", "07", "a|b", "a", "b", "a\\", "\\|", "", "é")


def with_two_keys(folder: Path, rows: list[tuple[object, ...]], kind: str) -> Company:
    """Return a company whose records have keys of two columns, and orders that refer to them."""
    company = Company(folder, sources=("crm",), key="[no, phone]")
    (folder / "entities" / "orders.yaml").write_text(ORDERS)
    crm = folder / "sources" / "crm.yaml"
    crm.write_text(
        crm.read_text() + "\n  orders:\n    from: orders\n    fields:\n      order_id: no\n"
        "      customer_id: {ref: crm.people, column: [who, part]}\n      amount: amount\n"
    )
    with sqlite3.connect(folder / "crm.sqlite") as db:
        db.execute(f"CREATE TABLE orders (no INTEGER PRIMARY KEY, who {kind}, part TEXT, amount INTEGER)")
        db.execute("CREATE INDEX by_key ON orders (who, part)")
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    db.close()
    return company


@pytest.mark.parametrize("kind", ["TEXT", "INTEGER"])
def test_keys_of_several_columns_are_told_column_by_column(tmp_path: Path, kind: str) -> None:
    random = Random(kind)
    firsts = PARTS if kind == "TEXT" else (7, 9, -7, 0)
    rows = [(n, random.choice((*firsts, None)), random.choice((*PARTS, None)), n) for n in range(300)]
    company = with_two_keys(tmp_path, rows, kind)
    keys = random.sample([(first, second) for first in firsts for second in PARTS], 25)
    # A key of the dictionary of rows is one text; the columns are what counts.
    for at, (first, second) in enumerate(keys):
        company.rows["crm"][str(at)] = (str(first), f"{random.randrange(5)}@x", second, "S")
    company.save("crm")
    company.build()
    told_keys = 0
    with cdi.connect(tmp_path) as fed:
        ids = {id_ for (id_,) in fed.sql("SELECT customer_id FROM customer_record").fetchall() if id_}
        assert len(ids) > 4
        for asked in (*((each,) for each in sorted(ids)), tuple(sorted(ids)[:3]), ("c0",)):
            listed = ", ".join(f"'{each}'" for each in asked)
            for sql in (
                f"SELECT order_id, amount FROM orders WHERE customer_id IN ({listed})",
                f"SELECT email, phone FROM customer_record WHERE customer_id IN ({listed})",
            ):
                here = fed.run(fed.prepare(sql, without=("push_ids",))).fetchall()
                told = fed.run(fed.prepare(sql, eager=True))
                assert sorted(told.fetchall()) == sorted(here), sql
                assert told.ran is not None
                told_keys += asked != ("c0",) and [each.rows for each in told.ran.fragments.values()] == [len(here)]
    assert told_keys >= 2 * len(ids), "only those rows left the source"


def test_merged_customers_are_fetched_by_keys_of_two_columns(tmp_path: Path) -> None:
    """Of who has an e-mail, or an id, only those records leave the sources, and those that have no whole key."""
    random = Random(3)
    company = Company(tmp_path, sources=("crm", "shop"), key="[no, phone]")
    keyless = {"crm": 0, "shop": 2}
    for source, without in keyless.items():
        keys = random.sample([(first, second) for first in PARTS for second in PARTS], 40)
        keys += [("7", None), (None, "a")][:without]  # type: ignore[list-item]
        for at, (first, second) in enumerate(keys):
            company.rows[source][str(at)] = (first, f"{random.randrange(20)}@x", second, f"S{at}")
        company.save(source)
    company.build()
    spared = 0
    with cdi.connect(tmp_path) as fed:
        ids = [id_ for (id_,) in fed.sql("SELECT DISTINCT customer_id FROM customer_record").fetchall() if id_]
        wanted = [f"email = '{mail}@x'" for mail in range(0, 21, 5)] + [f"customer_id = '{id_}'" for id_ in ids[:3]]
        for condition in wanted:
            sql = f"SELECT customer_id, email, phone, last_name FROM customer WHERE {condition}"
            here = fed.run(fed.prepare(sql, without=("push_witnesses",))).fetchall()
            told = fed.run(fed.prepare(sql, eager=True))
            assert sorted(told.fetchall(), key=str) == sorted(here, key=str), sql
            assert told.ran is not None
            spared += sum(each.rows for each in told.ran.fragments.values()) < 40
    assert spared == len(wanted), "not all records leave the sources"
