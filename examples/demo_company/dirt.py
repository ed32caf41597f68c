"""How real systems spell the truth. Each function takes a clean value, or None for one that is missing or spoilt."""

from datetime import date

from examples.demo_company.places import BY_ISO2
from examples.demo_company.rng import Rng

Phone = tuple[str, str, str]


def country(rng: Rng, iso2: str | None) -> str | None:
    """Spell a country in one of four ways: DE, Germany, germany, Deutschland. Unknown ones are not in any list."""
    return rng.pick(BY_ISO2[iso2].spellings) if iso2 else rng.pick(("??", "Atlantis", "", None))


def email(rng: Rng, address: str | None) -> str | None:
    """Spell an e-mail address: two in three as it is, the rest in mixed case or with spaces around it."""
    if address is None:
        return rng.pick(("", None))
    styled = rng.pick((str, str, str, str, str.upper, str.title))(address)
    return rng.pick(("{}", "{}", "{}", "{}", "{} ", "  {}")).format(styled)


def phone(rng: Rng, number: Phone | None) -> str | None:
    """Spell a phone number in one of six shapes; only German numbers come without their country."""
    if number is None:
        return rng.pick(("", None))
    dial, area, local = number
    shapes = [
        f"+{dial}{area}{local}",
        f"00{dial} {area} {local}",
        f"+{dial} (0){area} {local}",
        f"+{dial}-{area}-{local}",
    ]
    if dial == "49":
        shapes += [f"0{area}/{local}", f"(0{area}) {local[:3]} {local[3:]}"]
    return rng.pick(shapes)


def day(rng: Rng, value: date | None) -> str | None:
    """Spell a date in one of three formats; a spoilt one is empty, missing, or a day that never was."""
    if value is None:
        return rng.pick(("", None, "31.02.1980"))
    return value.strftime(rng.pick(("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")))


def money(cents: int) -> str:
    """Spell money as a German accounting export does: 1.234,50 EUR."""
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02} EUR"


def e164(number: Phone | None) -> str | None:
    """Return what every spelling of a phone number means: +49301234567."""
    return f"+{''.join(number)}" if number else None
