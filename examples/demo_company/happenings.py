"""What happens between customers and the company, clean: orders, bills, tickets, clicks, answers. Money is in cents."""

from dataclasses import dataclass
from datetime import date, datetime

from examples.demo_company.people import Account


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order."""

    number: int
    sku: str
    product: str
    category: str
    quantity: int
    unit: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order in the shop: on the web, in the app or in a store. The account is None for a guest."""

    number: int
    account: Account | None
    email: str | None
    at: datetime
    status: str  # paid, shipped, returned, cancelled
    channel: str  # web, app, store
    store: str | None
    discount: int
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.quantity * line.unit for line in self.lines) - self.discount

    @property
    def order_id(self) -> str:
        return f"S-{self.number}"


@dataclass(frozen=True, slots=True)
class Deal:
    """An order that Sales closed directly."""

    number: int
    account: Account
    on: date
    status: str
    cents: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """What Finance asked for, and when it was paid (None: not yet)."""

    number: int
    account: Account
    order_id: str | None
    due: date
    cents: int
    paid: datetime | None
    method: str | None  # card, transfer, debit
    card: str | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question or complaint to Support; `crm` is the CRM account it was filed under, if any."""

    number: int
    account: Account
    crm: Account | None
    opened: datetime
    closed: datetime | None
    channel: str
    category: str  # delivery, invoice, product, login, other
    priority: str
    subject: str
    reply_minutes: int | None


@dataclass(frozen=True, slots=True)
class Survey:
    """One answer: csat (1 to 5) or ces (1 to 7) from Support, nps (0 to 10) from Loyalty."""

    number: int
    account: Account
    at: datetime
    metric: str
    score: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something seen on the website; the account is None where nobody was logged in."""

    number: int
    account: Account | None
    at: datetime
    type: str  # visit, click, open
    page: str
    campaign: str | None
    device: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a salesperson noted: a call, a meeting; notes to oneself are no interaction."""

    number: int
    account: Account
    at: datetime
    kind: str  # call, meeting, note


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """What an advertising platform reports for one campaign and day; cost in millionths of a euro."""

    campaign: str
    name: str
    channel: str
    day: date
    impressions: int
    clicks: int
    cost: int
    conversions: int


@dataclass(frozen=True, slots=True)
class Consent:
    """What a member of the loyalty programme agreed to, or not."""

    account: Account
    purpose: str
    channel: str
    status: str  # granted, denied, revoked, unknown
    on: date


@dataclass(frozen=True, slots=True)
class Company:
    """A business customer, known to Sales and Finance."""

    number: int
    name: str
    country: str
    industry: str
    employees: int
