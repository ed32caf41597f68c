"""A small catalog and a plan over it, made by hand: explain needs no file, engine or source."""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog, Codes, Column, Const, Entity, Expression, Field, Mapping, Ref, Source
from cdi_federate.errors import Span
from cdi_federate.stages.actual import Actual, Ran
from cdi_federate.stages.clauses import Compare, Within
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.joins import Unjoined
from cdi_federate.stages.plan import Applied, Branch, Dropped, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.query import AuthorisedQuery, BoundQuery, Guard, OutputColumn, ParsedQuery, TableRef
from cdi_federate.stages.relations import FileScan, FragmentRef, RemoteTable
from cdi_federate.stages.steps import FederatedPlan, Fetch, Fragment, Residual
from cdi_federate.stages.subject import Subject


def entity(
    name: str, description: str, *fields: Field, key: tuple[str, ...] = (), tags: tuple[str, ...] = ()
) -> Entity:
    return Entity(name, MappingProxyType({f.name.lower(): f for f in fields}), key, description=description, tags=tags)


CUSTOMER = entity(
    "customer",
    "One row for each customer.",
    Field("customer_id", "VARCHAR", "Company-wide id"),
    Field("email", "VARCHAR", "Where to write to", ("pii.email",)),
    Field("country", "VARCHAR", "ISO 3166 alpha-2"),
    Field("balance", "DECIMAL(18,2)"),
    Field("region", "VARCHAR"),
    Field("Shoe_Size", "INTEGER", tags=("pii",)),
    key=("customer_id",),
)
ORDERS = entity("orders", "One row an order.", Field("customer_id", "VARCHAR"), Field("amount", "DECIMAL(18,2)"))

CRM = Mapping(
    "crm",
    "accounts",
    "customer",
    "accounts",
    MappingProxyType(
        {
            "customer_id": Expression("account_no"),
            "email": Expression("lower(trim(email_addr))"),
            "country": Column(
                "country_name", codes=Codes((("USA", "US"), ("United States", "US")), standard="country")
            ),
            "balance": Column("balance_cents", scale="0.01"),
            "region": Const("EU"),
        }
    ),
    key=("account_no",),
    where="status_cd <> 'X'",
)
SHOP = Mapping(
    "shop",
    "buyers",
    "customer",
    "buyers/*.parquet",
    MappingProxyType({"email": Expression("mail"), "country": Expression("country")}),
)
SALES = Mapping(
    "shop",
    "orders",
    "orders",
    "orders/*.parquet",
    MappingProxyType({"customer_id": Ref("crm", "accounts", ("account_no",)), "amount": Expression("net + tax")}),
)
CATALOG = Catalog(
    "demo",
    ".",
    "1",
    MappingProxyType({"customer": CUSTOMER, "orders": ORDERS}),
    MappingProxyType(
        {
            "crm": Source(
                "crm",
                "sqlite",
                ".",
                "Sales",
                "sales@example.com",
                "Replica of the CRM.",
                ("first-party",),
                mappings=(CRM,),
            ),
            "shop": Source("shop", "parquet", ".", "E-commerce", "shop@example.com", mappings=(SHOP, SALES)),
        }
    ),
)

SQL = "SELECT email FROM customer c WHERE country = 'US' AND lower(email) = 'x' AND region = 'EU'"

RAN = Ran(
    2,
    0.0312,
    {"crm_1": Actual(7203, 1_382_976, 0.02535)},
    {"cdi_leaf_1": Actual(1, 16, 0.14)},
)
"""What that plan might do."""


def plan(sql: str = SQL) -> tuple[FederatedPlan, str]:
    """Return a plan as the query path might make it, and its residual's text."""
    text_of = ParsedQuery(sql, "duckdb", sql, tree.parse(sql)[0], {})
    columns = (OutputColumn("email", "VARCHAR"),)
    ref = TableRef("cdi_1", "customer", "c", Span(18, 8))
    guard = Guard("customer")
    bound = BoundQuery(text_of, text_of.tree, (ref,), columns)
    authorised = AuthorisedQuery(bound, Subject(), {"cdi_1": guard}, (ref,), text_of.tree)
    crm = Branch(
        CRM,
        RemoteTable(("accounts",)),
        "sqlite",
        MappingProxyType({"email": CRM.fields["email"], "country": CRM.fields["country"]}),
        TableFacts({}, rows=20_000),
        expected=400.4,
        pushed=(
            Pushed(
                "country = 'US'",
                Within("country_name", ("USA", "United States")),
                Proof(Strength.EXACT, Reason.INVERTED),
            ),
            Pushed("lower(email) = 'x'", None, Proof(Strength.LOCAL, Reason.NOT_INVERTIBLE, "lower")),
        ),
    )
    shop = Branch(
        SHOP,
        FileScan("parquet", ("/data/buyers/*.parquet",), {}),
        "",
        MappingProxyType({"country": SHOP.fields["country"]}),
        pushed=(Pushed("country = 'US'", Compare("country", "=", "US"), Proof(Strength.EXACT, Reason.IN_PLACE)),),
        limit=10,
    )
    scan = Scan(
        ref,
        CUSTOMER,
        guard,
        ("email", "country"),
        (crm, shop),
        dropped=(Dropped("web.visitors", "web", "region = 'EU'"),),
    )
    orders = Scan(TableRef("cdi_2", "orders", "o", Span(18, 8)), ORDERS, Guard("orders"), (), ())
    bare = Plan(authorised, text_of.tree, (scan,))
    whole = Plan(
        authorised,
        text_of.tree,
        (scan,),
        trail=(Applied("prune_branches", bare, bare), Applied("push_filters", bare, bare)),
        decisions=(
            Decision(True, 0.0095, 0.0423, "about 20 groups of about 400 rows", "groups", "crm.accounts"),
            Decision(False, None, None, "nobody knows how many keys there are", "keys", "crm.accounts"),
        ),
        unjoined=(Unjoined(orders, "o.customer_id = c.email"),),
    )
    sent = 'SELECT "email_addr" FROM "accounts" WHERE "country_name" IN (\'USA\', \'United States\')'
    fragment = Fragment(
        "crm_1",
        "crm",
        "sqlite",
        tree.parse(sent, "sqlite")[0],
        (("email_addr", "VARCHAR"),),
        ("crm.accounts",),
        text=sent,
    )
    residual = 'WITH "cdi_1" AS (SELECT "email" FROM sqlite_query(\'crm\', \'…\')) SELECT "email" FROM "cdi_1" AS c'
    leaves = {"crm_1": FragmentRef("crm_1"), "cdi_leaf_1": shop.relation}
    return FederatedPlan(whole, (Fetch(fragment), Residual(text_of.tree, leaves, residual))), residual
