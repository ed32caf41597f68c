"""Values planted in every personal column of every department are in no file that builds, queries or failures leave."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import cdi_federate
from cdi_federate.cli.app import app
from examples.demo_company import World
from examples.demo_company import build as company
from tests.demo.conftest import ROOT

SIZE = 300
CANARY = re.compile(
    r"canary|7355\d{4}|1907-?03-?\d\d|\d\d[./]03[./]1907|203\.0\.113\.\d|~C~9",
    re.IGNORECASE,
)
"""What every planted value has in it: names, addresses, streets, devices, texts; phones and tax ids; birth dates;
network addresses, which are all of one block anyway; the last digits of cards."""

LARGEST = 10**16
"""Numbers from here on are hashes, whose digits may be any: a phone number has 15 of them at most (E.164), and no
planted number has more."""

PLAIN = {"gender"}
"""Personal fields of few words that everybody has: nothing can be planted there."""


class Planted(World):
    """The demo company, whose people have planted values instead of their own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        planted = {person.number: _planted(person) for person in self.people}
        self.people = list(planted.values())
        self.accounts = {
            department: [
                replace(
                    account,
                    person=planted[account.person.number],
                    email=account.email and planted[account.person.number].email,
                    phone=account.phone and planted[account.person.number].phone,
                    birth=account.birth and planted[account.person.number].birth,
                )
                for account in known
            ]
            for department, known in self.accounts.items()
        }

    @cached_property
    def orders(self):
        return [replace(o, email=o.account.email if o.account else "canaryguest@mail.example") for o in super().orders]

    @cached_property
    def invoices(self):
        return [replace(invoice, card=invoice.card and "~C~9") for invoice in super().invoices]

    @cached_property
    def tickets(self):
        return [replace(ticket, subject=f"Canarysubject {ticket.number}") for ticket in super().tickets]

    @cached_property
    def events(self):
        return [replace(event, device=f"canarydevice{event.number}") for event in super().events]

    @cached_property
    def companies(self):
        return [replace(company, number=72_894 + company.number) for company in super().companies]  # × 1009: a tax id


def _planted(person):
    number = person.number
    return replace(
        person,
        first=f"Canaryfirst{number}",
        last=f"O'Canarylast{number}",
        street=f"Canarystreet {number}",
        postcode=f"Canary{number}",
        city=f"Canarycity{number}",
        region=f"Canaryregion{number}",
        email=f"canary{number}@mail.example",
        second_email=f"canary{number}@work.example" if person.second_email else "",
        phone=(*person.phone[:2], f"7355{number:04}"),
        birth=person.birth.replace(year=1907, month=3, day=person.birth.day % 28 + 1),
    )


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with the catalog and the planted data; temporary files, and what a user's home gets, are in it too."""
    shutil.copytree(ROOT / "catalog", tmp_path / "catalog", ignore=shutil.ignore_patterns(".cdi"))
    with (tmp_path / "catalog" / "catalog.yaml").open("a") as file:
        file.write("\naudit: true\n")
    monkeypatch.setattr(sys.modules["examples.demo_company.build"], "World", Planted)
    company(tmp_path / "demo-data", SIZE)
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("CDI_DEMO_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cdi(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_nothing_planted_is_left_anywhere(clone):
    data = clone / "demo-data"
    assert unplanted() == {}
    assert cdi("identity", "build").exit_code == 0
    shown = cdi("customer", "--email", "canary7@mail.example")
    assert shown.exit_code == 0 and "Canaryfirst7" in shown.stdout, "the data hold what is planted"
    for sql in (
        "SELECT * FROM customer WHERE phone LIKE '%7355%' OR last_name = 'O''Canarylast9'",
        "SELECT * FROM customer_record ORDER BY email",
        "SELECT device_id, ip FROM interaction WHERE device_id LIKE 'canarydevice%' OR ip = '203.0.113.7'",
        "SELECT p.card_last4, o.tax_id, s.subject FROM payment p, organization o, service_case s "
        "WHERE p.card_last4 = '~C~9' AND o.tax_id IS NOT NULL AND s.subject LIKE 'Canarysubject%' LIMIT 10",
        "SELECT c.full_name, o.amount, a.street1 FROM customer c JOIN orders o USING (customer_id) "
        "JOIN address a USING (customer_id) WHERE c.email = 'canary9@mail.example'",
    ):
        assert CANARY.search(cdi("query", sql, "--format", "csv").stdout), sql
        assert cdi("explain", "--analyze", sql).exit_code == 0
    assert cdi("validate", "--connect", "--test").exit_code == 0
    with duckdb.connect(str(data / "billing.duckdb")) as billing:  # a small build
        billing.execute(
            "INSERT INTO clients BY NAME SELECT 99991 AS client_no, 'Canarylast, Canaryfirst' AS name, "
            "'canary7@mail.example' AS mail, '??' AS country, DATE '1907-03-09' AS birth_date"
        )
    assert "1 new" in cdi("identity", "build").stderr
    said = [
        cdi("query", "SELECT CAST(full_name AS INTEGER) FROM customer"),
        cdi("query", "SELECT emial FROM customer"),
        cdi("customer", "--phone", "canary"),
        cdi("identity", "why", "crm:canary", "shop:1"),
    ]
    (data / "loyalty" / "members.ndjson").write_text('{"member": "L-1", "name": {"given": "Canaryfirst"\n')
    said += [cdi("query", "SELECT * FROM customer"), cdi("identity", "build"), cdi("customer", "c0")]
    assert all(failed.exit_code > 0 for failed in said)
    assert not [failed.stderr for failed in said if re.search("canary(first|last|city|street)", failed.stderr, re.I)]
    left = [path for path in clone.rglob("*") if path.is_file() and data not in path.parents]
    assert len([path for path in left if ".cdi" in path.parts]) > 10
    logs = [path for path in left if path.name == "log.jsonl"]
    assert logs and "device_id" in logs[0].read_text(), "it is logged who asked what"
    assert {str(path): found for path in left if (found := planted(path))} == {}


def unplanted() -> dict[str, str]:
    """Return the personal fields of which a department gives a value that is not planted, each with one."""
    found = {}
    with cdi_federate.connect("catalog") as federation:
        catalog = federation.catalog
        for entity in catalog.entities.values():
            table = "customer_record" if entity.name == "customer" else entity.name
            for name, field in entity.fields.items():
                tags = {*field.tags, *entity.tags}
                if name in PLAIN or not any(tag.startswith("pii.") or tag == "fin.card" for tag in tags):
                    continue
                text = f"CAST({name} AS VARCHAR)"
                values = federation.sql(f"SELECT DISTINCT {text} FROM {table} WHERE {text} <> ''")
                rows = [value for (value,) in values.fetchall()]
                assert rows, f"no department knows {entity.name}.{name}"
                found |= {f"{entity.name}.{name}": value for value in rows if not CANARY.search(value)}
    return found


def test_what_would_be_left_is_found(tmp_path):
    """The search sees through Parquet's compression, and through the bytes of a text."""
    duckdb.sql("SELECT ['canary' || i::VARCHAR] AS x FROM range(1000) AS t(i)").write_parquet(
        str(tmp_path / "a.parquet"), compression="zstd"
    )
    (tmp_path / "b.txt").write_bytes(b"\0canary-1\0")
    assert planted(tmp_path / "a.parquet") and planted(tmp_path / "b.txt")


def planted(path: Path) -> str:
    """Return the first planted value in a file, in its bytes or in any cell of a Parquet file."""
    found = CANARY.search(path.read_bytes().decode("latin-1"))
    if not found and path.suffix == ".parquet":
        with duckdb.connect() as base:
            rows = base.execute("FROM read_parquet($file)", {"file": str(path)}).fetchall()
            cells = (str(cell) for row in rows for cell in row if not isinstance(cell, int) or cell < LARGEST)
            found = next((hit for cell in cells if (hit := CANARY.search(cell))), None)
    return found[0] if found else ""
