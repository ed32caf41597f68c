"""Support: CSV exports of a help desk, fields parted by ||, days before months, missing values written \\N."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from examples.demo_company import dirt
from examples.demo_company.rng import Rng
from examples.demo_company.world import World

TOPICS = {"delivery": "DLV", "invoice": "INV", "product": "PRD", "login": "LOG"}
LANGUAGES = {"de": "German", "fr": "French", "it": "Italian", "nl": "Dutch", "pl": "Polish", "en": "English"}


def write(world: World, folder: Path) -> None:
    """Write `support/contacts.csv`, `support/tickets.csv` and `support/surveys.csv`."""
    rng, desk = Rng("dirt of support"), folder / "support"
    desk.mkdir()
    _csv(
        desk / "contacts.csv",
        "contact_id||full_name||email||phone||country||language||registered",
        (
            (
                a.number,
                a.person.full_name,
                dirt.email(rng, a.email),
                dirt.phone(rng, a.phone),
                dirt.country(rng, a.country),
                LANGUAGES[a.person.country.language],
                f"{a.since:%d/%m/%Y}",
            )
            for a in world.accounts["support"]
        ),
    )
    _csv(
        desk / "tickets.csv",
        "ticket||opened||closed||contact_id||account_ref||email||channel||topic||priority||subject||first_reply_min",
        (
            (
                f"TCK-{t.number}",
                _moment(t.opened),
                _moment(t.closed),
                t.account.number,
                t.crm and f"A{t.crm.number:06}",
                dirt.email(rng, t.account.email),
                t.channel.upper(),
                TOPICS.get(t.category, "???"),
                t.priority,
                t.subject,
                t.reply_minutes,
            )
            for t in world.tickets
        ),
    )
    _csv(
        desk / "surveys.csv",
        "survey||answered||contact_id||email||metric||score",
        (
            (s.number, _moment(s.at), s.account.number, dirt.email(rng, s.account.email), s.metric.upper(), s.score)
            for s in world.surveys
            if s.metric != "nps"
        ),
    )


def _moment(value: datetime | None) -> str | None:
    return f"{value:%d/%m/%Y %H:%M:%S}" if value else None


def _csv(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    lines = [header, *("||".join(_cell(value) for value in row) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode())


def _cell(value: object) -> str:
    if value is None:
        return r"\N"
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '|"\n') else text
