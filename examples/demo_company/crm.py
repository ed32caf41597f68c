"""Sales: a SQLite database, grown over the years. Typed by affinity only, so a few numbers are words."""

import sqlite3
from pathlib import Path

from examples.demo_company import dirt
from examples.demo_company.rng import Rng
from examples.demo_company.world import World

SCHEMA = """
CREATE TABLE accounts (
    account_no TEXT PRIMARY KEY, first_name TEXT, last_name TEXT NOT NULL, gender_cd TEXT, birth TEXT,
    email_addr TEXT, phone_no TEXT, street TEXT, city TEXT, state TEXT, zip TEXT, country_name TEXT,
    status_cd TEXT NOT NULL, credit_cents INTEGER, marketing_ok INTEGER, created_at TEXT, modified_at TEXT);
CREATE TABLE companies (
    company_id INTEGER PRIMARY KEY, company_name TEXT, branch_cd TEXT, staff INTEGER, country_name TEXT);
CREATE TABLE deals (deal_no INTEGER PRIMARY KEY, account_no TEXT, closed_on TEXT, stage TEXT, value_cents INTEGER);
CREATE TABLE activities (activity_id INTEGER PRIMARY KEY, account_no TEXT, happened TEXT, kind TEXT);
"""
INDEXES = """
CREATE INDEX accounts_email ON accounts (email_addr);
CREATE INDEX accounts_country ON accounts (country_name);
CREATE INDEX deals_account ON deals (account_no);
CREATE VIEW deal_list AS SELECT d.deal_no, d.account_no, d.closed_on, d.stage, d.value_cents, a.email_addr
    FROM deals AS d JOIN accounts AS a ON a.account_no = d.account_no;
CREATE VIEW activity_list AS SELECT v.activity_id, v.account_no, v.happened, v.kind, a.email_addr
    FROM activities AS v JOIN accounts AS a ON a.account_no = v.account_no;
"""
STATUS = ("A", "A", "A", "A", "P", "C", "X")  # active, prospect, churned; X: deleted, kept for the auditors
STAGES = {"paid": "won", "cancelled": "lost"}


def account_no(number: int) -> str:
    """Return the number that Sales gives an account."""
    return f"A{number:06}"


def status_of(number: int) -> str:
    """Return an account's status code."""
    return STATUS[number * 7919 % 97 % len(STATUS)]


def credit_of(number: int) -> int | None:
    """Return an account's credit in cents; None where the cell holds a word."""
    return None if number % 211 == 0 else number * 7907 % 500_000 - 50_000


def marketing_of(number: int) -> int | None:
    """Return 1, 0, or None for never asked."""
    return (1, 1, 0, None)[number * 31 % 4]


def write(world: World, folder: Path) -> None:
    """Write `crm.sqlite`."""
    rng = Rng("dirt of crm")
    with sqlite3.connect(folder / "crm.sqlite") as base:
        base.executescript(SCHEMA)
        base.executemany(
            f"INSERT INTO accounts VALUES ({', '.join('?' * 17)})",
            (
                (
                    account_no(a.number),
                    a.person.first,
                    a.person.last,
                    a.person.gender.replace("D", "X"),
                    dirt.day(rng, a.birth),
                    dirt.email(rng, a.email),
                    dirt.phone(rng, a.phone),
                    a.person.street,
                    a.person.city,
                    a.person.region,
                    a.person.postcode,
                    dirt.country(rng, a.country),
                    status_of(a.number),
                    "n/a" if credit_of(a.number) is None else credit_of(a.number),
                    marketing_of(a.number),
                    f"{a.since} 08:00:00",
                    f"{a.changed} 17:30:00",
                )
                for a in world.accounts["crm"]
            ),
        )
        base.executemany(
            "INSERT INTO companies VALUES (?, ?, ?, ?, ?)",
            (
                (c.number, c.name, c.industry[:3].upper(), c.employees, dirt.country(rng, c.country))
                for c in world.companies
            ),
        )
        base.executemany(
            "INSERT INTO deals VALUES (?, ?, ?, ?, ?)",
            ((d.number, account_no(d.account.number), str(d.on), STAGES[d.status], d.cents) for d in world.deals),
        )
        base.executemany(
            "INSERT INTO activities VALUES (?, ?, ?, ?)",
            ((v.number, account_no(v.account.number), str(v.at), v.kind) for v in world.activities),
        )
        base.executescript(INDEXES)
    base.close()
