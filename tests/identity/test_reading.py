"""Merged at read: another order changes the next answer, another crosswalk too; keys that are personal stay hashed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError, UsageError
from cdi_federate.hub import layout
from cdi_federate.hub.ids import lone_id
from cdi_federate.hub.keys import stored
from tests.identity import crosswalks

SECRET = "not a secret of anybody's"
Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write a catalog of two departments; what is given replaces a part of it."""

    def made(order: str = "[crm, shop]", key: str = "mail", extra: str = "") -> Path:
        for folder in ("entities", "sources"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "catalog.yaml").write_text(f'name: two\nidentity: {{secret: "{SECRET}"}}\n')
        (tmp_path / "entities/customer.yaml").write_text(
            "entity: customer\ngrain: merged\nkey: customer_id\n"
            "fields: {customer_id: varchar, email: varchar, name: {type: varchar, survivorship: longest}}\n"
            f"survivorship: {{rule: source_priority, order: {order}}}\n{extra}"
        )
        (tmp_path / "entities/orders.yaml").write_text(
            "entity: orders\nkey: no\nfields: {no: integer, customer_id: varchar}\n"
        )
        for name, table in (("crm", "accounts"), ("shop", "shoppers")):
            own = f"{{column: {key}, store: hmac}}" if name == "shop" else "id"
            order_ = (
                "  orders: {from: orders, key: no, fields: {no: no, customer_id: {ref: shop.shoppers, column: who}}}\n"
            )
            (tmp_path / f"sources/{name}.yaml").write_text(
                f"source: {name}\nkind: sqlite\nconnection: {{path: {name}.sqlite}}\nprovides:\n"
                f"  customer: {{from: {table}, key: {own}, fields: {{email: mail, name: name}}}}\n"
                + (order_ if name == "shop" else "")
            )
            with sqlite3.connect(tmp_path / f"{name}.sqlite") as db:
                db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, mail TEXT, name TEXT)")
                rows = [(1, f"ann@{name}", "Ann"), (2, f"bob@{name}", "Bob B")]
                db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", rows)
                db.execute("CREATE TABLE IF NOT EXISTS orders (no INTEGER PRIMARY KEY, who TEXT)")
                db.executemany(
                    "INSERT OR REPLACE INTO orders VALUES (?, ?)", [(1, "ann@shop"), (2, "zoe@shop"), (3, None)]
                )
        return tmp_path

    return made


def link(folder: Path, run: str = "r1", *keys: tuple[str, str]) -> None:
    ann = (("crm.accounts", "1"), ("shop.shoppers", stored("ann@shop", SECRET)))
    crosswalks.write(folder, "customer", run, [("c-ann", *each) for each in (*ann, *keys)])


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with cdi.connect(folder) as federation:
        return sorted(federation.sql(sql).fetchall(), key=repr)


def test_another_order_changes_the_next_answer_and_nothing_else(build: Build) -> None:
    folder = build()
    link(folder)
    files = [path for path in sorted((folder / ".cdi").rglob("*")) if path.is_file()]
    before = [hashlib.sha256(path.read_bytes()).digest() for path in files]
    asked = "SELECT email, email__source FROM customer WHERE customer_id = 'c-ann'"
    assert rows(folder, asked) == [("ann@crm", "crm")]
    build(order="[shop, crm]")
    assert rows(folder, asked) == [("ann@shop", "shop")]
    assert [hashlib.sha256(path.read_bytes()).digest() for path in files] == before


def test_a_plan_is_made_anew_once_there_is_another_crosswalk(build: Build) -> None:
    folder = build()
    asked = "SELECT count(*), max(len(_sources)) FROM customer"
    with cdi.connect(folder) as federation:
        assert federation.sql(asked).fetchall() == [(4, 1)]
        link(folder, "r1")
        assert federation.sql(asked).fetchall() == [(3, 2)], "the first build"
        again = federation.sql(asked)
        assert again.plan_was_kept and again.fetchall() == [(3, 2)]
        link(folder, "r2", ("crm.accounts", "2"))
        assert federation.sql(asked).fetchall() == [(2, 2)], "the second"


def test_a_personal_key_is_compared_as_its_hash_and_shown_nowhere(build: Build) -> None:
    folder = build()
    lone = lone_id("customer", "shop.shoppers", stored("bob@shop", SECRET))
    unknown = lone_id("customer", "shop.shoppers", stored("zoe@shop", SECRET))
    assert (lone, "Bob B") in rows(folder, "SELECT customer_id, name FROM customer"), "before any build"
    link(folder)
    assert (lone, ["shop"]) in rows(folder, "SELECT customer_id, _sources FROM customer")
    assert rows(folder, "SELECT no, customer_id FROM orders") == [(1, "c-ann"), (2, unknown), (3, None)]
    assert rows(folder, "SELECT record_key FROM identifier WHERE source = 'shop'") == [(stored("ann@shop", SECRET),)]
    for sql in ("SELECT * FROM customer WHERE name = 'Bob B'", "SELECT * FROM customer WHERE customer_id = 'c-ann'"):
        with cdi.connect(folder) as federation:
            found = sorted(federation.run(federation.prepare(sql, eager=True)).fetchall(), key=repr)
        assert found and found == rows(folder, sql), "customers are found by their records, hashed keys and all"
    with cdi.connect(folder) as federation:
        result = federation.sql("SELECT * FROM customer")
        assert result.fetchall()
        for shown in (result.explain(), repr(result.plan), repr(federation.catalog)):
            assert SECRET not in shown and "\\x36" not in shown


def test_ids_of_before_and_after_a_build_are_the_same(build: Build) -> None:
    folder = build()
    before = rows(folder, "SELECT customer_id FROM customer WHERE name = 'Bob B'")
    link(folder)
    assert rows(folder, "SELECT customer_id FROM customer WHERE name = 'Bob B'") == before
    assert all(len(customer) == 26 for (customer,) in before)


def test_a_crosswalk_that_is_damaged_is_an_error_and_no_answer(build: Build) -> None:
    folder = build()
    link(folder)
    (layout.folder(folder, "customer") / layout.GENERATIONS / "r1" / layout.XREF).write_bytes(b"no parquet")
    with pytest.raises(CdiError):
        rows(folder, "SELECT customer_id FROM customer")


def test_a_hash_needs_a_secret(build: Build) -> None:
    folder = build()
    (folder / "catalog.yaml").write_text("name: two\n")
    with pytest.raises(UsageError, match="secret"):
        rows(folder, "SELECT customer_id FROM customer")


def test_names_of_tables_that_come_with_a_merged_entity(build: Build) -> None:
    with cdi.connect(build()) as federation:
        assert [row.table for row in federation.tables()] == ["customer", "orders", "customer_record", "identifier"]
        names = [row.field for row in federation.describe("customer")]
        assert names[:3] == ["customer_id", "email", "name"]
        assert {"_sources", "_updated_at", "email__source", "email__as_of"} <= set(names)
        assert "customer_id__source" not in names
