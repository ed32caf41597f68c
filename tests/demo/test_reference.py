"""The hand-written reference is sound: it runs, is not empty, and says what the company's truth says."""

from collections import Counter, defaultdict

import pytest

from examples.demo_company import crm, loyalty
from examples.demo_company.dirt import e164
from tests.demo import persons
from tests.demo.questions import QUESTIONS


@pytest.fixture(scope="module")
def ask(files):
    by_name = {q.name: q for q in QUESTIONS}
    return lambda name: files.execute(by_name[name].raw).fetchall()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_answers_something(files, question):
    rows = files.execute(question.raw).fetchall()
    assert rows and any(value is not None for row in rows for value in row)


def test_customers_by_department(ask, world):
    names = {
        "crm": "Sales",
        "billing": "Finance",
        "shop": "E-Commerce",
        "support": "Customer Service",
        "loyalty": "Loyalty",
        "web": "Digital Marketing",
    }
    expected = set()
    for key, name in names.items():
        known = [a for a in world.accounts[key] if key != "crm" or crm.status_of(a.number) != "X"]
        expected.add(
            (name, len(known), sum(a.email is not None for a in known), sum(a.country is not None for a in known))
        )
    assert set(ask("records by department")) == expected


def test_revenue_by_channel(ask, world):
    euros = Counter()
    for order in world.orders:
        if order.status in ("paid", "shipped"):
            euros[order.channel, order.at.year] += order.total
    for deal in world.deals:
        if deal.status == "paid":
            euros["direct", deal.on.year] += deal.cents
    assert {
        (channel, year): int(amount * 100) for channel, year, amount, _ in ask("revenue by channel and year")
    } == euros


def test_shared_phones(ask, world):
    """By hand some people count twice whose accounts nothing links; nobody counts less often than they are."""
    having = defaultdict(set)
    for account in world.accounts["crm"]:
        if account.phone and crm.status_of(account.number) != "X":
            having[e164(account.phone)].add(account.person.number)
    shared = {phone: len(people) for phone, people in having.items() if len(people) > 2}
    found = dict(ask("phones that more than two people share"))
    assert all(found.get(phone, 0) >= people for phone, people in shared.items())
    assert sum(found.values()) - sum(shared.values()) <= 0.05 * sum(shared.values())


def test_who_is_one_customer(files, world):
    """What is found by hand is nearly the truth: hardly anybody is taken for another, and few are known as two."""
    keys = {
        "crm": lambda number: f"A{number:06}", "loyalty": loyalty.member_no,
        "billing": str, "shop": str, "support": str, "web": str,
    }  # fmt: skip
    truth = {(key, keys[key](a.number)): a.person.number for key, known in world.accounts.items() for a in known}
    found = {(mapping.partition(".")[0], key): person for mapping, key, person in files.execute("FROM who").fetchall()}
    assert found.keys() < truth.keys()
    by_hand, real = persons.pairs(found), persons.pairs({record: truth[record] for record in found})
    both = (by_hand & real).total()
    assert both / by_hand.total() > 0.999
    assert both / real.total() > 0.97


def test_payments(ask, world):
    bills = Counter()
    for bill in world.invoices:
        status = "open" if bill.paid is None else "late" if bill.paid.date() > bill.due else "in time"
        bills[status] += bill.cents
    asked = ask("invoices open, late and in time")
    assert {status: int(euros * 100) for status, _, euros in asked} == bills


def test_tickets(ask, world):
    tickets = Counter(t.category for t in world.tickets)
    assert {
        category: n for category, n, *_ in ask("tickets by category, with the median of the first answer")
    } == tickets


def test_consents(ask, world):
    said = Counter((c.channel, c.status) for c in world.consents)
    words = {1: "granted", 0: "denied", None: "unknown"}
    for account in world.accounts["crm"]:
        if crm.status_of(account.number) != "X":
            said["phone", words[crm.marketing_of(account.number)]] += 1
    assert {(channel, status): n for channel, status, n in ask("who may be written to")} == said
