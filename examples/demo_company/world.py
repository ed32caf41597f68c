"""The truth about the demo company between January 2024 and June 2025: everybody, and everything that happened."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from examples.demo_company.happenings import (
    Activity,
    CampaignDay,
    Company,
    Consent,
    Deal,
    Event,
    Invoice,
    Line,
    Order,
    Survey,
    Ticket,
)
from examples.demo_company.people import Account, Person, accounts, people
from examples.demo_company.places import COUNTRIES
from examples.demo_company.rng import Rng
from examples.demo_company.wares import CAMPAIGNS, DAYS, PRODUCTS, START, SUBJECTS


@dataclass
class World:
    """Everything; each part is drawn when first asked for, from its own stream."""

    size: int = 20_000
    people: list[Person] = field(init=False)
    accounts: dict[str, list[Account]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = list(people(self.size))
        self.accounts = accounts(self.people)

    @cached_property
    def orders(self) -> list[Order]:
        rng, shoppers = Rng("orders"), self.accounts["shop"]
        made = []
        for number in range(100_001, 100_001 + self.size * 3 // 2):
            account = None if rng.chance(3) else shoppers[rng.skewed(len(shoppers))]
            email = account.email if account else (f"guest{number}@nowhere.example" if rng.chance(60) else None)
            channel = rng.pick(("web", "web", "web", "app", "app", "store"))
            made.append(
                Order(
                    number,
                    account,
                    email,
                    _moment(rng),
                    rng.pick(("paid",) * 6 + ("shipped", "returned", "cancelled")),
                    channel,
                    f"ST-{rng.between(1, 9)}" if channel == "store" else None,
                    500 if rng.chance(15) else 0,
                    tuple(_line(rng, n) for n in range(1, rng.between(1, 3) + 1)),
                )
            )
        return made

    @cached_property
    def deals(self) -> list[Deal]:
        rng, crm = Rng("deals"), self.accounts["crm"]
        return [
            Deal(
                number,
                rng.pick(crm),
                _day(rng),
                rng.pick(("paid", "paid", "cancelled")),
                rng.between(20_000, 2_000_000),
            )
            for number in range(5_001, 5_001 + self.size // 20)
        ]

    @cached_property
    def invoices(self) -> list[Invoice]:
        """One invoice for most orders of people whom Finance knows too, and some for nothing in the shop."""
        rng = Rng("invoices")
        clients = {a.person.number: a for a in self.accounts["billing"]}
        bills = [
            (clients[o.account.person.number], o.order_id, o.at.date(), o.total)
            for o in self.orders
            if o.account and o.account.person.number in clients and o.status != "cancelled"
        ]
        bills += [
            (rng.pick(self.accounts["billing"]), None, _day(rng), rng.between(1_000, 90_000))
            for _ in range(self.size // 20)
        ]
        made = []
        for number, (client, order_id, day, cents) in enumerate(bills, 700_001):
            due = day + timedelta(14)
            paid = (
                None if rng.chance(8) else datetime(due.year, due.month, due.day, 9) + timedelta(rng.between(-14, 30))
            )
            method = rng.pick(("card", "card", "transfer", "debit")) if paid else None
            card = f"{rng.below(10_000):04}" if method == "card" else None
            made.append(Invoice(number, client, order_id, due, cents, paid, method, card))
        return made

    @cached_property
    def tickets(self) -> list[Ticket]:
        rng, contacts = Rng("tickets"), self.accounts["support"]
        crm = {a.person.number: a for a in self.accounts["crm"]}
        made = []
        for number in range(40_001, 40_001 + self.size * 2 // 5):
            account, opened = contacts[rng.skewed(len(contacts))], _moment(rng)
            category = rng.pick(("delivery", "delivery", "invoice", "product", "login", "other"))
            made.append(
                Ticket(
                    number,
                    account,
                    crm.get(account.person.number),
                    opened,
                    None if rng.chance(15) else opened + timedelta(minutes=rng.between(30, 20_000)),
                    rng.pick(("email", "phone", "chat")),
                    category,
                    rng.pick(("low", "normal", "normal", "high")),
                    rng.pick(SUBJECTS[category]),
                    None if rng.chance(10) else rng.between(1, 600),
                )
            )
        return made

    @cached_property
    def surveys(self) -> list[Survey]:
        """Support asks csat and ces after a ticket, Loyalty asks its members for nps."""
        rng, made = Rng("surveys"), []
        for ticket in self.tickets:
            if ticket.closed and rng.chance(40):
                metric = rng.pick(("csat", "csat", "ces"))
                score = (
                    rng.pick((1, 2, 3, 4, 4, 4, 5, 5, 5)) if metric == "csat" else rng.pick((1, 2, 2, 3, 3, 4, 5, 7))
                )
                made.append(Survey(len(made) + 1, ticket.account, ticket.closed + timedelta(hours=2), metric, score))
        for member in self.accounts["loyalty"]:
            if rng.chance(25):
                score = rng.pick((0, 3, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10))
                made.append(Survey(len(made) + 1, member, _moment(rng), "nps", score))
        return made

    @cached_property
    def events(self) -> list[Event]:
        rng, visitors = Rng("events"), self.accounts["web"]
        made = []
        for number in range(1, self.size * 3 + 1):
            account = None if rng.chance(55) else visitors[rng.skewed(len(visitors))]
            kind = rng.pick(("visit",) * 6 + ("click", "open"))
            at = _moment(rng)
            running = [c[0] for c in CAMPAIGNS if c[3] <= (at.date() - START).days < c[3] + c[4]]
            campaign = rng.pick(running) if kind != "visit" else None
            device = f"d{account.number if account else 90_000 + rng.below(30_000):06x}"
            made.append(Event(number, account, at, kind, f"/p/{rng.pick(PRODUCTS)[0].lower()}", campaign, device))
        return made

    @cached_property
    def activities(self) -> list[Activity]:
        rng, crm = Rng("activities"), self.accounts["crm"]
        return [
            Activity(n, rng.pick(crm), _moment(rng), rng.pick(("call", "call", "meeting", "note")))
            for n in range(1, self.size // 5 + 1)
        ]

    @cached_property
    def campaign_days(self) -> list[CampaignDay]:
        rng, made = Rng("campaigns"), []
        for campaign, name, channel, first, length in CAMPAIGNS:
            for day in range(first, first + length):
                impressions = rng.between(800, 9_000)
                clicks = impressions * rng.between(8, 45) // 1000
                made.append(
                    CampaignDay(
                        campaign,
                        name,
                        channel,
                        START + timedelta(day),
                        impressions,
                        clicks,
                        clicks * rng.between(150_000, 900_000),
                        clicks * rng.between(0, 60) // 1000,
                    )
                )
        return made

    @cached_property
    def consents(self) -> list[Consent]:
        rng = Rng("consents")
        return [
            Consent(
                member,
                "marketing",
                channel,
                rng.pick(("granted",) * 5 + ("denied", "revoked", "unknown")),
                member.since,
            )
            for member in self.accounts["loyalty"]
            for channel in (("email", "sms") if rng.chance(30) else ("email",))
        ]

    @cached_property
    def companies(self) -> list[Company]:
        rng = Rng("companies")
        return [
            Company(
                n,
                f"{(home := rng.pick(COUNTRIES)).families[n % 12]} {rng.pick(('GmbH', 'Co.', 'Ltd', 'S.A.', 'B.V.'))}",
                home.iso2,
                rng.pick(("retail", "hotels", "health", "schools", "offices")),
                rng.between(3, 2_000),
            )
            for n in range(1, self.size // 50 + 1)
        ]


def _day(rng: Rng) -> date:
    return START + timedelta(rng.below(DAYS))


def _moment(rng: Rng) -> datetime:
    return datetime(2024, 1, 1) + timedelta(seconds=rng.below(DAYS * 86_400))


def _line(rng: Rng, number: int) -> Line:
    sku, product, category, unit = rng.pick(PRODUCTS)
    return Line(number, sku, product, category, rng.between(1, 3), unit)
