"""Who the customers really are, and which department knows what of them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from examples.demo_company.places import COUNTRIES, STREETS, Country
from examples.demo_company.rng import Rng

REACH = {"crm": 45, "billing": 50, "shop": 60, "support": 25, "loyalty": 40, "web": 50}
"""How many percent of all customers a department knows."""
DOMAINS = ("mail.example", "post.example", "inbox.example", "example.com", "example.org", "example.net")
COUNTRY_WHEEL = tuple(c for c in COUNTRIES for _ in range(c.share))


@dataclass(frozen=True, slots=True)
class Person:
    """One real customer. `phone` is (dial code, area code, local number); `second_email` may be empty."""

    number: int
    first: str
    last: str
    gender: str
    birth: date
    country: Country
    city: str
    region: str
    street: str
    postcode: str
    email: str
    second_email: str
    phone: tuple[str, str, str]
    since: date

    @property
    def full_name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Account:
    """What one department knows of one person, each value clean; None is what it does not know, or has spoilt."""

    number: int
    person: Person
    email: str | None
    phone: tuple[str, str, str] | None
    country: str | None
    birth: date | None
    since: date
    changed: date


def people(count: int) -> Iterator[Person]:
    """Yield the customers; one in seventeen is followed by family members who share their phone, home and name."""
    rng = Rng("people")
    taken: set[str] = set()
    head: Person | None = None
    relatives = 0
    for number in range(1, count + 1):
        person = _person(rng, number, taken)
        if relatives and head:
            relatives -= 1
            person = replace(
                person,
                last=head.last,
                country=head.country,
                city=head.city,
                region=head.region,
                street=head.street,
                postcode=head.postcode,
                phone=head.phone,
            )
        elif rng.chance(6):
            head, relatives = person, rng.between(1, 3)
        yield person


def _person(rng: Rng, number: int, taken: set[str]) -> Person:
    country = rng.pick(COUNTRY_WHEEL)
    gender = rng.pick("FFFFMMMMD")
    first = rng.pick(country.women if gender == "F" or (gender == "D" and rng.chance(50)) else country.men)
    last = rng.pick(country.families)
    city, region, area = rng.pick(country.cities)
    email = f"{_ascii(first)}.{_ascii(last)}@{rng.pick(DOMAINS)}"
    if email in taken:
        email = email.replace("@", f"{number}@")
    taken.add(email)
    return Person(
        number,
        first,
        last,
        gender,
        date(1938, 1, 1) + timedelta(rng.below(25_500)),
        country,
        city,
        region,
        f"{rng.pick(STREETS)} {rng.between(1, 180)}",
        str(rng.between(10_000, 98_999)),
        email,
        f"{_ascii(last)}{number}@work.example" if rng.chance(4) else "",
        (country.dial, area, str(rng.between(2_000_000, 9_999_999))),
        date(2019, 1, 1) + timedelta(rng.below(2_150)),
    )


def _ascii(name: str) -> str:
    folded = name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L").replace("ı", "i")
    folded = unicodedata.normalize("NFD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", folded.lower())


def accounts(everyone: list[Person]) -> dict[str, list[Account]]:
    """Return each department's accounts; everybody is known to one at least, some twice to the same."""
    known: dict[str, list[Account]] = {department: [] for department in REACH}
    rng = Rng("accounts")
    names = list(REACH)
    for person in everyone:
        at = [name for name in names if rng.chance(REACH[name])] or [rng.pick(names)]
        for department in at:
            for _ in range(2 if rng.chance(2) else 1):
                known[department].append(_account(rng, department, len(known[department]) + 1, person))
    return known


def _account(rng: Rng, department: str, number: int, person: Person) -> Account:
    email: str | None = person.email
    if person.second_email and department in ("crm", "billing"):
        email = person.second_email
    if department not in ("shop", "web") and rng.chance(6):
        email = None
    since = person.since + timedelta(rng.below(90))
    return Account(
        number,
        person,
        email,
        None if rng.chance(12) else person.phone,
        None if rng.chance(1.5) else person.country.iso2,
        None if rng.chance(5) else person.birth,
        since,
        since + timedelta(rng.below(200)),
    )
