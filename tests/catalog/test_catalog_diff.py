"""What breaks somebody's query and what does not, between two versions of a catalog; versions out of git."""

# ruff: noqa: E501 - the table of changes reads better as it is

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cdi_federate.catalog.diff import compare
from cdi_federate.catalog.load import load
from cdi_federate.catalog.revision import at_ref
from cdi_federate.errors import CatalogError, UsageError
from tests.catalog.cases import SMALL, Case

FULL = {
    **SMALL,
    "entities/orders.yaml": """\
entity: orders
description: An order.
key: order_id
tags: [sales]
fields:
  order_id: bigint
  customer_id: varchar
  amount: {type: "decimal(12,2)", description: In euros}
  paid: {type: boolean, tags: [finance], strict: true}
""",
    "sources/shop.yaml": """\
source: shop
kind: csv
department: Shop
connection: {path: "${SHOP:-data}"}
provides:
  orders:
    from: orders.csv
    options: {delim: ";"}
    where: state <> 'X'
    key: id
    updated: changed
    fields:
      order_id: id
      customer_id: {ref: crm.accounts, column: kunde}
      amount: {column: cents, scale: 0.01}
      paid: {const: true}
""",
}


def catalog(folder: Path, **files: str) -> Path:
    return Case(Path(), "", {**FULL, **files}, "").write(folder)


CHANGES = [
    ("entities/orders.yaml", "amount: {type: \"decimal(12,2)\"", "amount: {type: double", "breaking", "orders.amount",
     "type DECIMAL(12,2) became DOUBLE"),
    ("entities/orders.yaml", "decimal(12,2)", "numeric(12, 2)", "", "", ""),
    ("entities/orders.yaml", "In euros", "In EUR", "harmless", "orders.amount", "another description"),
    ("entities/orders.yaml", "An order.", "What was ordered.", "harmless", "orders", "another description"),
    ("entities/orders.yaml", "  order_id: bigint\n", "  order_id: bigint\n  note: varchar\n", "harmless", "orders.note",
     "a new field, VARCHAR"),
    ("entities/orders.yaml", "key: order_id", "key: [order_id, customer_id]", "breaking", "orders",
     "key (order_id) became (order_id, customer_id)"),
    ("entities/orders.yaml", "key: order_id", "key: Order_ID", "", "", ""),
    ("entities/orders.yaml", "tags: [sales]", "tags: [sales, eu]", "harmless", "orders", "tags added: eu"),
    ("entities/orders.yaml", "tags: [finance]", "tags: []", "breaking", "orders.paid",
     "tags gone: finance; policies that go by them no longer apply"),
    ("entities/orders.yaml", ", strict: true", "", "breaking", "orders.paid",
     "no longer strict: a value that does not fit is NULL and no longer an error"),
    ("entities/orders.yaml", "  order_id: bigint\n  customer_id: varchar\n", "  customer_id: varchar\n  order_id: bigint\n",
     "breaking", "orders", "the fields stand in another order, which SELECT * shows"),
    ("entities/orders.yaml", "  order_id: bigint", "  ORDER_ID: bigint", "harmless", "orders.ORDER_ID",
     "'order_id' is written 'ORDER_ID'"),
    ("entities/customer.yaml", "key: customer_id\n", "key: customer_id\nsurvivorship: longest\n", "breaking", "customer",
     "the default survivorship changed: fields may take other records' values"),
    ("entities/customer.yaml", "email: varchar", "email: {type: varchar, survivorship: most_recent}", "breaking",
     "customer.email", "the survivorship changed: it may take another record's value"),
    ("sources/shop.yaml", "scale: 0.01", "scale: 0.001", "breaking", "shop.orders", "orders.amount is made in another way"),
    ("sources/shop.yaml", "scale: 0.01", "scale: 1e-2", "", "", ""),
    ("sources/shop.yaml", "order_id: id", "order_id: ' id '", "", "", ""),
    ("sources/shop.yaml", "order_id: id", "order_id: {column: id}", "breaking", "shop.orders",
     "orders.order_id is made in another way"),
    ("sources/shop.yaml", "{const: true}", "{const: 1}", "breaking", "shop.orders", "orders.paid is made in another way"),
    ("sources/shop.yaml", "      paid: {const: true}\n", "", "breaking", "shop.orders",
     "orders.paid is no longer provided: it is NULL in these rows"),
    ("sources/shop.yaml", "state <> 'X'", "state = 'A'", "breaking", "shop.orders", "rows: state <> 'X' became state = 'A'"),
    ("sources/shop.yaml", "    where: state <> 'X'\n", "", "breaking", "shop.orders", "rows: state <> 'X' became all"),
    ("sources/shop.yaml", "key: id", "key: [id]", "", "", ""),
    ("sources/shop.yaml", "key: id", "key: nr", "breaking", "shop.orders", "key: id became nr"),
    ("sources/shop.yaml", "key: id", "key: {column: id, store: hmac}", "breaking", "shop.orders",
     "keys are stored as hmac, no longer plain: links are lost"),
    ("sources/shop.yaml", "updated: changed", "updated: at", "breaking", "shop.orders", "updated: changed became at"),
    ("sources/shop.yaml", 'delim: ";"', 'delim: ","', "breaking", "shop.orders", "the reader's options changed"),
    ("sources/shop.yaml", "SHOP:-data", "SHOP:-other", "harmless", "shop", "another connection (path)"),
    ("sources/shop.yaml", "department: Shop", "department: Web", "harmless", "shop", "another department or owner"),
    ("sources/shop.yaml", "kind: csv", "kind: csv\non_failure: partial", "breaking", "shop",
     "on_failure fail became partial"),
    ("sources/shop.yaml", "    fields:", "    claims: {not_null: [id]}\n    fields:", "harmless", "shop.orders", "other claims"),
    ("sources/shop.yaml", "    fields:", "    claims: {not_null: [id], trust: true}\n    fields:", "breaking", "shop.orders",
     "trusted claims changed: plans rely on them"),
    ("standards/country.yaml", "Germany: DE", "Germany: D", "breaking", "country",
     "the code 'Germany' means D, no longer DE"),
    ("standards/country.yaml", "{Germany: DE}", "{Germany: DE, Norge: NO}", "harmless", "country", "a new code 'Norge'"),
    ("standards/country.yaml", "{Germany: DE}", "{Norge: NO, Germany: DE, else: ZZ}", "breaking", "country",
     "what becomes of unlisted codes changed"),
    ("catalog.yaml", "name: small", "name: other # said", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "kind", "subject", "message"), CHANGES)
def test_a_change_is_breaking_or_harmless(
    tmp_path: Path, file: str, before: str, after: str, kind: str, subject: str, message: str
) -> None:
    assert before in FULL[file]
    old = load(catalog(tmp_path / "old"), env={}, resolved=False)
    new = load(catalog(tmp_path / "new", **{file: FULL[file].replace(before, after)}), env={}, resolved=False)
    found = [(change.kind, change.subject, change.message) for change in compare(old, new)]
    if not kind:
        assert found == []
        return
    assert (kind, subject, message) in found
    assert all(change.place or file.startswith("standards") for change in compare(old, new))
    assert kind == "breaking" or not any(change.breaking for change in compare(old, new))


def test_what_is_gone_and_what_is_new(tmp_path: Path) -> None:
    whole = load(catalog(tmp_path / "whole"), env={}, resolved=False)
    less = load(
        catalog(tmp_path / "less", **{"sources/shop.yaml": "", "entities/orders.yaml": ""}), env={}, resolved=False
    )
    assert [(c.kind, c.subject, c.message) for c in compare(whole, less)] == [
        ("breaking", "orders", "the table is gone"),
        ("breaking", "shop", "the source is gone, with all rows it provides"),
    ]
    assert [(c.kind, c.subject, c.message) for c in compare(less, whole)] == [
        ("harmless", "orders", "a new table"),
        ("harmless", "shop", "a new source: more rows of orders"),
    ]
    assert compare(whole, whole) == ()


def test_a_mapping_that_is_gone_or_renamed(tmp_path: Path) -> None:
    old = load(catalog(tmp_path / "old"), env={}, resolved=False)
    renamed = FULL["sources/shop.yaml"].replace("    from:", "    name: bought\n    from:")
    new = load(catalog(tmp_path / "new", **{"sources/shop.yaml": renamed}), env={}, resolved=False)
    assert [str(c).split(": ", 1)[1] for c in compare(old, new)] == [
        "breaking: shop.orders: the mapping is gone: its rows of orders are missing",
        "harmless: shop.bought: a new mapping: orders has more rows",
    ]


def test_a_secret_is_never_in_a_change(tmp_path: Path) -> None:
    old = load(catalog(tmp_path / "old"), env={"SHOP": "hunter1"})
    new = load(catalog(tmp_path / "new"), env={"SHOP": "hunter2"})
    shown = repr(compare(old, new))
    assert "another connection (path)" in shown
    assert "hunter" not in shown


# --- out of git ------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "note").write_text("before the catalog")
    git("add", ".")
    git("commit", "-q", "-m", "empty")
    git("tag", "v0")
    folder = catalog(tmp_path / "deep" / "catalog")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("tag", "v1")
    path = folder / "entities/orders.yaml"
    path.write_text(path.read_text().replace("bigint", "varchar"))
    return folder


def test_an_old_version_is_taken_out_of_git(repository: Path) -> None:
    with at_ref(repository, "v1") as old:
        changes = compare(old, load(repository, env={}, resolved=False))
        entity = old.entity("orders")
    assert [c.message for c in changes] == ["type BIGINT became VARCHAR"]
    assert entity is not None
    assert entity.place is not None
    assert entity.place.file == "v1:deep/catalog/entities/orders.yaml"


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("v7", "git knows no revision 'v7'"),
        ("v0", "there was no catalog in 'deep/catalog/' at v0"),
        ("--output=/x", "'--output=/x' is no revision"),
    ],
)
def test_a_revision_that_is_not_there(repository: Path, ref: str, message: str) -> None:
    with pytest.raises(UsageError, match=message), at_ref(repository, ref):
        pass


def test_an_old_version_that_is_not_valid_says_so_by_its_revision(repository: Path) -> None:
    (repository / "catalog.yaml").write_text("nam: x\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "commit", "-qam", "broken"], cwd=repository, check=True)
    with pytest.raises(CatalogError) as caught, at_ref(repository, "HEAD"):
        pass
    assert str(caught.value).startswith("HEAD:deep/catalog/catalog.yaml:1:1: nam: unknown key")


def test_a_folder_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"), at_ref(catalog(tmp_path / "c"), "HEAD"):
        pass
