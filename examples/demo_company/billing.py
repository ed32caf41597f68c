"""Finance: a DuckDB file that an accounting package exports each night. Names backwards, money as text, ISO-3 codes."""

from pathlib import Path

import duckdb
import pyarrow as pa

from examples.demo_company import dirt
from examples.demo_company.places import BY_ISO2
from examples.demo_company.rng import Rng
from examples.demo_company.tables import MOMENT, table
from examples.demo_company.world import World

TEXT, NUMBER, DAY = pa.string(), pa.int64(), pa.date32()
METHODS = {"card": "CC", "transfer": "WT", "debit": "DD", None: None}


def balance_of(number: int) -> int:
    """Return a client's open balance in cents; negative where Finance owes."""
    return number * 6007 % 90_000 - 15_000


def write(world: World, folder: Path) -> None:
    """Write `billing.duckdb`."""
    rng = Rng("dirt of billing")
    tables = {
        "clients": table(
            (
                (
                    a.number,
                    f"{a.person.last}, {a.person.first}",
                    dirt.email(rng, a.email),
                    BY_ISO2[a.country].iso3 if a.country else "XXX",
                    a.birth,
                    a.person.street,
                    a.person.postcode,
                    a.person.city,
                    balance_of(a.number),
                    a.changed,
                )
                for a in world.accounts["billing"]
            ),
            client_no=NUMBER,
            name=TEXT,
            mail=TEXT,
            country=TEXT,
            birth_date=DAY,
            street=TEXT,
            postcode=TEXT,
            city=TEXT,
            balance_cents=NUMBER,
            updated=DAY,
        ),
        "invoices": table(
            (
                (i.number, i.account.number, i.order_id and f"ORD/{i.order_id}", i.due, dirt.money(i.cents))
                for i in world.invoices
            ),
            invoice_no=NUMBER,
            client_no=NUMBER,
            order_ref=TEXT,
            due_on=DAY,
            gross=TEXT,
        ),
        "receipts": table(
            (
                (i.number, i.paid, METHODS[i.method], i.card and f"**** **** **** {i.card}")
                for i in world.invoices
                if i.paid
            ),
            invoice_no=NUMBER,
            paid_at=MOMENT,
            method=TEXT,
            card=TEXT,
        ),
        "debtors": table(
            (
                (c.number, c.name.upper(), f"{c.country}{c.number * 1009:09}", BY_ISO2[c.country].iso3)
                for c in world.companies
                if c.number % 3
            ),
            debtor_no=NUMBER,
            name=TEXT,
            vat_no=TEXT,
            country=TEXT,
        ),
    }
    with duckdb.connect(str(folder / "billing.duckdb")) as base:
        for name, rows in tables.items():
            base.register("rows", rows)
            base.execute(f"CREATE TABLE {name} AS FROM rows")
            base.unregister("rows")
        base.execute("ALTER TABLE clients ADD PRIMARY KEY (client_no)")
