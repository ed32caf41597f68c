"""Web: events and profiles of the website as Parquet, and what the advertising platforms report for each day."""

from pathlib import Path

import pyarrow as pa

from examples.demo_company import dirt
from examples.demo_company.rng import Rng
from examples.demo_company.tables import MOMENT, parquet
from examples.demo_company.world import World

TEXT, NUMBER, SMALL, DAY = pa.string(), pa.int64(), pa.int32(), pa.date32()
KINDS = {"visit": 1, "click": 2, "open": 3}


def write(world: World, folder: Path) -> None:
    """Write `web/profiles.parquet`, `web/events/…parquet` and `web/campaigns.parquet`."""
    rng, web = Rng("dirt of web"), folder / "web"
    parquet(
        web / "profiles.parquet",
        (
            (
                a.number,
                dirt.email(rng, a.email),
                a.country or "??",
                f"{a.person.country.language}-{a.person.country.iso2}",
                a.since,
            )
            for a in world.accounts["web"]
        ),
        profile_id=NUMBER,
        login=TEXT,
        geo=TEXT,
        locale=TEXT,
        first_seen=DAY,
    )
    months: dict[str, list[tuple[object, ...]]] = {}
    for e in world.events:
        months.setdefault(f"{e.at:%Y-%m}", []).append(
            (
                e.number,
                e.account and e.account.number,
                dirt.email(rng, e.account.email) if e.account else None,
                e.at,
                KINDS[e.type],
                e.page,
                e.campaign,
                e.device,
                f"203.0.113.{e.number % 254 + 1}",
            )
        )
    for month, rows in sorted(months.items()):
        parquet(
            web / "events" / f"{month}.parquet",
            rows,
            event_id=NUMBER,
            profile_id=NUMBER,
            login=TEXT,
            ts=MOMENT,
            kind=SMALL,
            page=TEXT,
            utm_campaign=TEXT,
            device=TEXT,
            ip=TEXT,
        )
    parquet(
        web / "campaigns.parquet",
        (
            (c.campaign, c.name, c.channel, c.day, c.impressions, c.clicks, c.cost, c.conversions)
            for c in world.campaign_days
        ),
        campaign=TEXT,
        title=TEXT,
        medium=TEXT,
        day=DAY,
        impressions=NUMBER,
        clicks=NUMBER,
        cost_micros=NUMBER,
        conversions=NUMBER,
    )
