"""A small company whose catalog is right in everything, over five kinds of source, and cases that make it wrong.

A case is a text file: why it stands here, the command, what is changed, and what must be printed.

# why the case stands here
$ validate --connect
=== change sources/crm.yaml      the first line that holds the text after `-` gets the text after `+` in its place
- trim(email_addr)
+ trim(emial_addr)
=== file data/contacts.csv       a file is written anew
=== cut data/shoppers.parquet    a file loses its second half
=== remove data/shoppers.parquet
=== sqlite                       SQL that the CRM's own program runs
=== duckdb                       SQL in which `ledger` is the ledger's database, and files are those of data/
=== expected
…                                what stderr says; the folder is FOLDER
exit 1

The word SECRETLY stands in cells that are wrong; no message may show it.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

CANARY = "SECRETLY"

PERSON = """\
entity: person
description: Whoever a department knows.
key: person_id
fields:
  person_id: varchar
  email: varchar
  born: date
  country: varchar
  balance: decimal(10,2)
  visits: bigint
  seen: timestamp
"""

CRM = """\
source: crm
kind: sqlite
department: Sales
owner: sales@example.com
connection: {path: ../data/crm.sqlite}
provides:
  person:
    from: accounts
    where: status <> 'X'
    key: account_no
    updated: changed
    fields:
      person_id: account_no
      email: nullif(lower(trim(email_addr)), '')
      born: {column: birth, parse: ["%d.%m.%Y", "%Y-%m-%d"]}
      country: {column: country_name, codes: country}
      balance: {column: cents, scale: 0.01}
    claims:
      unique: [account_no]
      not_null: [status]
      in: {status: [A, P]}
      canonical: {email_addr: [trim, lower]}
    tests:
      - name: a record as it is typed
        given: {account_no: A1, email_addr: " Ada@Example.com ", birth: 31.12.1980, country_name: Germany, cents: 1250,
                status: A}
        expect: {email: ada@example.com, born: 1980-12-31, country: DE, balance: 12.50}
      - name: what is unknown is NULL
        given: {account_no: A2, birth: 31.02.1980, country_name: Atlantis, status: A}
        expect: {email: null, born: null, country: null}
      - name: who left is left out
        given: {account_no: A3, status: X}
        expect: null
"""

HELP = """\
source: help
kind: csv
department: Customer Service
connection: {path: ../data}
provides:
  person:
    from: contacts.csv
    options: {delim: ";", columns: {ticket: VARCHAR, mail: VARCHAR, visits: VARCHAR}}
    key: ticket
    fields:
      person_id: {column: ticket, prefix: T-}
      email: {column: mail, lower: true}
      visits: visits
    tests:
      - name: the ticket's number alone
        given: {ticket: T-0042, visits: "7"}
        expect: {person_id: "0042", visits: 7}
"""

SHOP = """\
source: shop
kind: parquet
department: E-Commerce
connection: {path: ../data}
provides:
  person:
    from: shoppers.parquet
    key: [shopper, region]
    fields:
      person_id: region || '-' || shopper
      email: email
      visits: visits
      seen: seen
    claims: {unique: [[shopper, region]], in: {visits: [1, 2, 3]}}
"""

LEDGER = """\
source: ledger
kind: duckdb
connection: {path: ../data/ledger.duckdb}
provides:
  person:
    from: clients
    key: client
    fields:
      person_id: client
      born: born
      balance: round(gross, 2)
    claims: {not_null: [client]}
"""

CLUB = """\
source: club
kind: json
connection: {path: ../data}
provides:
  person:
    from: members.ndjson
    where: contact.email <> ''
    key: member
    fields:
      person_id: member
      email: contact.email
      born: birthday
    tests:
      - name: an address inside the record
        given: {member: M1, contact: "{'email': ada@example.com}"}
        expect: {email: ada@example.com}
"""

CATALOG = {
    "catalog.yaml": "name: small\n",
    "entities/person.yaml": PERSON,
    "sources/crm.yaml": CRM,
    "sources/help.yaml": HELP,
    "sources/shop.yaml": SHOP,
    "sources/ledger.yaml": LEDGER,
    "sources/club.yaml": CLUB,
    "standards/country.yaml": "standard: country\ncodes: {Germany: DE, France: FR}\n",
}

CRM_ROWS = """\
CREATE TABLE accounts (account_no TEXT, email_addr TEXT, birth TEXT, country_name TEXT, cents INTEGER, status TEXT,
                       changed TEXT);
INSERT INTO accounts VALUES
  ('A1', 'ada@example.com', '10.12.1815', 'Germany', 100, 'A', '2024-01-01 10:00:00'),
  ('A2', 'bob@example.com', '1912-06-23', 'France', 250, 'P', '2024-01-02 10:00:00'),
  ('A3', NULL, NULL, NULL, NULL, 'A', NULL),
  ('SECRETLY', ' SECRETLY ', 'SECRETLY', 'SECRETLY', 0, 'X', 'SECRETLY');
"""

OTHER_ROWS = """\
COPY (SELECT i AS shopper, 'EU' AS region, 'c' || i || '@example.com' AS email, i AS visits,
             TIMESTAMP '2024-01-01' AS seen FROM range(1, 4) AS r(i)) TO 'shoppers.parquet';
CREATE TABLE ledger.clients AS
  SELECT i AS client, DATE '1980-01-01' AS born, i * 1.5::DOUBLE AS gross FROM range(3) AS r(i);
"""

FILES = {
    "contacts.csv": "ticket;mail;visits\nT-1;ada@example.com;3\nT-2;bob@example.com;\n",
    "members.ndjson": '{"member": "M1", "contact": {"email": "ada@example.com"}, "birthday": "1815-12-10"}\n',
}


@dataclass(slots=True)
class Company:
    """A folder with the catalog in catalog/ and what the departments hold in data/."""

    folder: Path
    data: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.data.mkdir()
        for name, text in CATALOG.items():
            self.write(f"catalog/{name}", text)
        for name, text in FILES.items():
            self.write(f"data/{name}", text)
        self.sqlite(CRM_ROWS)
        self.duckdb(OTHER_ROWS)

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Put a text in another's place, once."""
        path = self.folder / "catalog" / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def cut(self, name: str) -> None:
        """Take the second half of a file away."""
        path = self.folder / name
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    def sqlite(self, sql: str) -> None:
        """Let the CRM's own program write."""
        with closing(sqlite3.connect(self.data / "crm.sqlite")) as db:
            db.executescript(sql)
            db.commit()

    def duckdb(self, sql: str) -> None:
        """Let the other departments' programs write; files are those of data/."""
        with duckdb.connect() as db:
            db.execute(f"ATTACH '{self.data / 'ledger.duckdb'}' AS ledger")
            db.execute(f"SET file_search_path = '{self.data}'")
            for statement in filter(str.strip, sql.split(";\n")):
                db.execute(statement.replace("TO '", f"TO '{self.data}{os.sep}"))


@dataclass(slots=True)
class Case:
    """One case file."""

    path: Path
    about: str
    words: list[str]
    steps: list[tuple[str, str]]
    expected: str

    def make(self, company: Company) -> None:
        """Make the company wrong."""
        for head, body in self.steps:
            verb, _, name = head.partition(" ")
            match verb:
                case "change":
                    old, _, new = body.partition("\n+ ")
                    company.change(name, old.removeprefix("- "), new.rstrip("\n"))
                case "file":
                    company.write(name, body)
                case "cut":
                    company.cut(name)
                case "remove":
                    (company.folder / name).unlink()
                case "sqlite":
                    company.sqlite(body)
                case "duckdb":
                    company.duckdb(body)
                case _:
                    raise AssertionError(f"{self.path.name}: what is '{head}'?")

    def bless(self, printed: str) -> None:
        """Write what was printed into the case file."""
        steps = "".join(f"=== {head}\n{body}" for head, body in self.steps)
        command = f"$ {shlex.join(self.words)}\n"
        self.path.write_text(f"{self.about}\n{command}{steps}=== expected\n{printed}", encoding="utf-8")


def read_case(path: Path) -> Case:
    """Read a case file."""
    head, *sections = path.read_text(encoding="utf-8").split("\n=== ")
    about, _, command = head.rpartition("\n$ ")
    steps: list[tuple[str, str]] = []
    for section in sections:
        name, _, body = section.partition("\n")
        steps.append((name.strip(), body.rstrip("\n") + "\n" if body else ""))
    expected = next((body for name, body in steps if name == "expected"), "")
    return Case(path, about, shlex.split(command), [step for step in steps if step[0] != "expected"], expected)
