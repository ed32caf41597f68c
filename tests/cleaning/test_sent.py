"""What a source is sent of a condition on a cleaned field: pieces of an address, or all of it by a claim."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import cdi_federate as cdi

PEOPLE = [("1", "Jane <JANE@X.org>", "+4930123456"), ("2", "jim@x.org", "+442079460018"), ("3", "n/a", None),
          ("4", "jane@x.org", "+4930123456")]  # fmt: skip
SOURCE = """
source: crm
kind: sqlite
connection: {path: crm.sqlite}
provides:
  customer:
    from: people
    key: id
    fields: {id: id, email: norm_email(em), phone: "norm_phone(tel, 'DE')"}
    claims: {canonical: {tel: [norm_phone]}, trust: true}
"""


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[cdi.Federation]:
    files = {
        "catalog.yaml": "name: sent\n",
        "entities/customer.yaml": "entity: customer\nkey: id\nfields: {id: varchar, email: varchar, phone: varchar}\n",
        "sources/crm.yaml": SOURCE.lstrip(),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with sqlite3.connect(tmp_path / "crm.sqlite") as db:
        db.execute("CREATE TABLE people (id TEXT, em TEXT, tel TEXT)")
        db.executemany("INSERT INTO people VALUES (?, ?, ?)", PEOPLE)
    db.close()
    with cdi.connect(str(tmp_path)) as opened:
        yield opened


def test_pieces_of_an_address(federation: cdi.Federation) -> None:
    result = federation.sql("SELECT id FROM customer WHERE email = 'jane@x.org' ORDER BY id")
    assert "instr(lower(\"em\"), 'jane@x.org')" in str(result.explain()).lower()
    assert result.fetchall() == [("1",), ("4",)]


def test_a_clean_number(federation: cdi.Federation) -> None:
    result = federation.sql("SELECT id FROM customer WHERE phone = '+4930123456' ORDER BY id")
    assert "\"tel\" = '+4930123456'" in str(result.explain())
    assert result.fetchall() == [("1",), ("4",)]
    assert federation.sql("SELECT id FROM customer WHERE phone IS NULL").fetchall() == [("3",)]


def test_the_claim_is_counted(federation: cdi.Federation, tmp_path: Path) -> None:
    assert federation.validate() == ()
    with sqlite3.connect(tmp_path / "crm.sqlite") as db:
        db.execute("UPDATE people SET tel = '030 123456' WHERE id = '1'")
        db.execute("UPDATE people SET tel = 'none' WHERE id = '2'")
    db.close()
    (problem,) = federation.validate()
    assert problem.message == (
        "the claim 'canonical: tel: norm_phone' does not hold: 2 of 4 rows are not as norm_phone makes them"
    )


def test_a_claim_of_what_no_field_does_is_warned_of(federation: cdi.Federation, tmp_path: Path) -> None:
    path = tmp_path / "sources" / "crm.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("tel: [norm_phone]", "tel: [digits]"), encoding="utf-8")
    with cdi.connect(str(tmp_path)) as again:
        (warning,) = again.catalog.warnings
    assert "no field of this mapping is digits(tel)" in warning
