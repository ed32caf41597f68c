"""Lineage, search and listings: what the catalog knows, without any source."""

from __future__ import annotations

import pytest

from cdi_federate.errors import UnknownNameError, UsageError
from cdi_federate.explain import listing, shapes
from cdi_federate.explain.lineage import lineage
from cdi_federate.explain.search import search
from tests.explain.worlds import CATALOG


def test_lineage_of_a_field_names_every_column_and_expression() -> None:
    assert [
        (o.source, o.department, o.mapping, o.relation, o.columns, o.expression, o.condition)
        for o in lineage(CATALOG, "customer.email")
    ] == [
        ("crm", "Sales", "accounts", "accounts", ("email_addr",), "lower(trim(email_addr))", "status_cd <> 'X'"),
        ("shop", "E-commerce", "buyers", "buyers/*.parquet", ("mail",), "mail", ""),
    ]


@pytest.mark.parametrize(
    ("field", "columns", "expression", "standard"),
    [
        ("customer.country", ("country_name",), "country_name, code list country", "country"),
        ("customer.balance", ("balance_cents",), "balance_cents, × 0.01", ""),
        ("customer.region", (), "always 'EU'", ""),
        ("orders.customer_id", ("account_no",), "account_no → record of crm.accounts (key account_no)", ""),
        ("orders.amount", ("net", "tax"), "net + tax", ""),
    ],
)
def test_lineage_of_each_shape(field: str, columns: tuple[str, ...], expression: str, standard: str) -> None:
    origin = lineage(CATALOG, field)[0]
    assert (origin.columns, origin.expression, origin.standard) == (columns, expression, standard)


def test_lineage_of_a_table_is_that_of_its_fields() -> None:
    assert {origin.field for origin in lineage(CATALOG, "CUSTOMER")} == {
        "customer_id",
        "email",
        "country",
        "balance",
        "region",
    }


def test_a_field_that_nobody_provides_has_no_origin() -> None:
    assert lineage(CATALOG, "customer.shoe_size") == ()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        (
            "custmer.email",
            UnknownNameError,
            "no table 'custmer'\ndid you mean 'customer'?\n`cdi tables` lists the tables.",
        ),
        (
            "customer.emial",
            UnknownNameError,
            "table 'customer' has no field 'emial'\ndid you mean 'email'?\n`cdi describe customer` lists its fields.",
        ),
        (
            "a.b.c",
            UsageError,
            "'a.b.c' is not the name of a field\nWrite entity.field, for example customer.email.",
        ),
        (".email", UsageError, "'.email' is not the name of a field\nWrite entity.field, for example customer.email."),
    ],
)
def test_a_wrong_name_gets_the_nearest(name: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        lineage(CATALOG, name)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("email", ["customer.email"]),
        ("EMAIL", ["customer.email"]),
        ("customer", ["customer", "customer.customer_id", "orders.customer_id"]),
        ("sales", ["crm"]),
        ("sqlite", ["crm"]),
        ("sales@example.com", ["crm"]),
        ("replica", ["crm"]),
        ("tag:pii", ["customer.email", "customer.Shoe_Size"]),
        ("tag:pii.email", ["customer.email"]),
        ("tag:pii.*", ["customer.email"]),
        ("tag:first-party", ["crm"]),
        ("tag:pi", []),
        ("iso alpha-2", ["customer.country"]),
        ("iso email", []),
        ("", []),
        ("tag:", []),
    ],
)
def test_search(query: str, names: list[str]) -> None:
    assert [found.name for found in search(CATALOG, query)] == names


def test_names_are_found_before_descriptions() -> None:
    found = search(CATALOG, "one")
    assert [hit.matched for hit in found] == ["description", "description"]
    assert search(CATALOG, "order")[0].name == "orders"


def test_listings() -> None:
    assert [(row.source, row.provides) for row in listing.sources(CATALOG)] == [
        ("crm", ("customer",)),
        ("shop", ("customer", "orders")),
    ]
    assert [(row.table, row.fields, row.sources) for row in listing.tables(CATALOG)] == [
        ("customer", 6, ("crm", "shop")),
        ("orders", 2, ("shop",)),
    ]
    described = {row.field: row for row in listing.describe(CATALOG, "Customer")}
    assert described["customer_id"].key and not described["email"].key
    assert described["email"].sources == ("crm", "shop")
    assert described["Shoe_Size"].sources == ()


def test_columns_come_in_the_order_they_are_written() -> None:
    assert shapes.columns_of("CASE WHEN z > 1 THEN coalesce(a, s.b, a) ELSE m END") == ("z", "a", "s", "m")
    assert shapes.columns_of("list_transform(l, x -> x + a)") == ("l", "a")
