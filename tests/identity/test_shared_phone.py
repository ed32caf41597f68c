"""One phone number on 200 people, written in eight ways: the switchboard of a company that many work for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.identity.company import Company

WAYS = ("030 1234567", "+49 30 1234567", "0049 (0) 30 / 12 34-567", "030 1234567 ext. 12", "(030) 123 45 67",
        "+49 (0)30 1234567", "tel:+49-30-1234567", "０３０ １２３４５６７")  # fmt: skip
SOURCES = ("crm", "shop", "desk")
PEOPLE = 200
NO_GUARDS = "max_records_per_value: 100000"


def largest(folder: Path, phone: str, email: str, cluster: int) -> tuple[int, Company]:
    """Build over a company in which each of 200 people stands twice; return how many records the largest group has.

    `phone` and `email` are what else the two rules say.
    """
    rules = f"""
  rules:
    - {{id: email, on: norm_email(email), {email}}}
    - {{id: phone, on: "norm_phone(phone, 'DE')"{phone}}}
  max_cluster: {cluster}
"""
    company = Company(folder, sources=SOURCES, rules=rules)
    for nth in range(2 * PEOPLE):
        person = nth % PEOPLE
        email_as = (f"p{person}@x.org", f" P{person}@X.ORG ")[nth // PEOPLE]
        company.rows[SOURCES[nth % 3]][str(nth)] = (str(nth), email_as, WAYS[nth % len(WAYS)], f"Name {person}")
    for source in SOURCES:
        company.save(source)
    company.build()
    return max(map(len, company.customers())), company


def test_without_guards_all_of_them_are_one_customer(tmp_path: Path) -> None:
    size, company = largest(tmp_path, f", {NO_GUARDS}", NO_GUARDS, 100_000)
    assert size == 2 * PEOPLE
    assert company.quarantine() == []


@pytest.mark.parametrize(
    ("phone", "cluster"),
    [("", 8), (", max_records_per_value: 4", 100_000), (f", {NO_GUARDS}", 8)],
    ids=["what holds where nothing is said", "most records of a value", "largest group"],
)
def test_each_guard_alone_keeps_them_apart(tmp_path: Path, phone: str, cluster: int) -> None:
    """And nobody is lost: the two records of each person are still one customer, by their e-mail."""
    size, company = largest(tmp_path, phone, NO_GUARDS, cluster)
    assert size == 2
    assert len(company.customers()) == PEOPLE
    reasons = {(rule, reason) for rule, reason, *_ in company.quarantine()}
    assert reasons == {("phone", "max_records_per_value" if "100000" not in phone else "max_cluster")}
