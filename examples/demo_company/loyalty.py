"""Loyalty: newline-delimited JSON from the programme's own service; what it knows is nested."""

import json
from collections.abc import Iterable
from pathlib import Path

from examples.demo_company import dirt
from examples.demo_company.rng import Rng
from examples.demo_company.world import World

TIERS = ("bronze", "bronze", "silver", "gold")
CONSENT = {"granted": "yes", "denied": "no", "revoked": "withdrawn", "unknown": None}


def member_no(number: int) -> str:
    """Return the number on a member's card."""
    return f"L-{number:06}"


def tier_of(number: int) -> str:
    """Return a member's tier."""
    return TIERS[number * 13 % 101 % 4]


def points_of(number: int) -> int:
    """Return a member's points."""
    return number * 271 % 5_000


def write(world: World, folder: Path) -> None:
    """Write `loyalty/members.ndjson`, `loyalty/consents.ndjson` and `loyalty/nps.ndjson`."""
    rng, club = Rng("dirt of loyalty"), folder / "loyalty"
    club.mkdir()
    _ndjson(
        club / "members.ndjson",
        (
            {
                "member": member_no(a.number),
                "name": {"given": a.person.first, "family": a.person.last},
                "contact": {"email": dirt.email(rng, a.email), "mobile": dirt.phone(rng, a.phone)},
                "country": dirt.country(rng, a.country),
                "birthday": a.birth and str(a.birth),
                "tier": tier_of(a.number).upper(),
                "points": f"{points_of(a.number)} pts",
                "joined": f"{a.since}T10:00:00",
            }
            for a in world.accounts["loyalty"]
        ),
    )
    _ndjson(
        club / "consents.ndjson",
        (
            {
                "member": member_no(c.account.number),
                "email": dirt.email(rng, c.account.email),
                "purpose": c.purpose,
                "channel": c.channel,
                "answer": CONSENT[c.status],
                "on": str(c.on),
            }
            for c in world.consents
        ),
    )
    _ndjson(
        club / "nps.ndjson",
        (
            {
                "answer": s.number,
                "member": member_no(s.account.number),
                "email": dirt.email(rng, s.account.email),
                "answered": f"{s.at:%Y-%m-%dT%H:%M:%S}",
                "score": s.score,
            }
            for s in world.surveys
            if s.metric == "nps"
        ),
    )


def _ndjson(path: Path, rows: Iterable[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
