"""Shop: Parquet dropped by the order system, orders in one folder a channel. Money in cents, countries in any case."""

from pathlib import Path

import pyarrow as pa

from examples.demo_company import dirt
from examples.demo_company.rng import Rng
from examples.demo_company.tables import MOMENT, parquet
from examples.demo_company.world import World

TEXT, NUMBER, SMALL, DAY = pa.string(), pa.int64(), pa.int32(), pa.date32()
STATES = {"paid": 10, "shipped": 20, "returned": 30, "cancelled": 90}


def write(world: World, folder: Path) -> None:
    """Write `shop/shoppers.parquet`, `shop/orders/channel=…/` and `shop/lines/`."""
    rng, shop = Rng("dirt of shop"), folder / "shop"
    parquet(
        shop / "shoppers.parquet",
        (
            (
                a.number,
                a.person.first,
                a.person.last,
                dirt.email(rng, a.email),
                rng.pick((str.upper, str.lower))(a.country) if a.country else "zz",
                a.since,
                a.changed,
            )
            for a in world.accounts["shop"]
        ),
        shopper_no=NUMBER,
        given_name=TEXT,
        family_name=TEXT,
        email=TEXT,
        country=TEXT,
        registered=DAY,
        changed=DAY,
    )
    rows: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for o in world.orders:
        home = o.account.person if o.account else None
        rows.setdefault((o.channel, f"{o.at.year}-q{(o.at.month + 2) // 3}"), []).append(
            (
                o.number,
                o.account and o.account.number,
                dirt.email(rng, o.email),
                o.at,
                STATES[o.status],
                o.store,
                o.total,
                o.discount,
                (o.total * 19 + 59) // 119,
                home and home.street,
                home and home.postcode,
                home and home.city,
                home and home.country.iso2,
            )
        )
    for (channel, quarter), part in sorted(rows.items()):
        parquet(
            shop / "orders" / f"channel={channel}" / f"{quarter}.parquet",
            part,
            order_no=NUMBER,
            shopper_no=NUMBER,
            email=TEXT,
            placed_at=MOMENT,
            state=SMALL,
            store=TEXT,
            total_cents=NUMBER,
            discount_cents=NUMBER,
            tax_cents=NUMBER,
            ship_street=TEXT,
            ship_postcode=TEXT,
            ship_city=TEXT,
            ship_country=TEXT,
        )
    for year in (2024, 2025):
        parquet(
            shop / "lines" / f"{year}.parquet",
            (
                (o.number, line.number, line.sku, line.product, line.category, line.quantity, line.unit)
                for o in world.orders
                if o.at.year == year
                for line in o.lines
            ),
            order_no=NUMBER,
            line_no=SMALL,
            sku=TEXT,
            product=TEXT,
            category=TEXT,
            quantity=SMALL,
            unit_cents=NUMBER,
        )
