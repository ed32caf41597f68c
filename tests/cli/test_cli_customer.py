"""`cdi customer` and `Federation.customer`: one customer, from what the catalog says alone."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from cdi_federate import connect
from cdi_federate.errors import CatalogError, SourceError, UsageError
from cdi_federate.identity import build
from tests.cli import customer_world as world
from tests.cli.conftest import Cdi


@pytest.fixture
def company(tmp_path: Path) -> Path:
    folder = world.write(tmp_path / "company")
    with connect(folder) as fed:
        build(fed, "customer")
    return folder


@pytest.fixture
def ann(company: Path) -> str:
    with connect(company) as fed:
        [(found,)] = fed.sql("SELECT customer_id FROM customer WHERE email = 'ann@x.example'").fetchall()
    return str(found)


def shown(cdi: Cdi, folder: Path, *words: str) -> dict[str, Any]:
    done = cdi("customer", *words, "--format", "json", "-C", str(folder))
    assert done.exit_code == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_whole_of_a_customer(cdi: Cdi, company: Path, ann: str) -> None:
    """Ann is in the CRM once and in the shop twice; her orders, bills, consents and gifts hang on all three keys."""
    found = shown(cdi, company, ann)
    assert (found["id"], found["table"], found["sources"]) == (ann, "customer", ["crm", "shop"])
    assert found["profile"] == [
        {"field": "email", "value": "ann@x.example", "source": "crm", "as_of": "2024-01-01 00:00:00"},
        {"field": "mobile", "value": "111", "source": "crm", "as_of": "2024-01-01 00:00:00"},
        {"field": "last_name", "value": "Smyth", "source": "shop", "as_of": "2025-05-05 00:00:00"},
        {"field": "born", "value": "1980-12-31", "source": "crm", "as_of": "2024-01-01 00:00:00"},
        {"field": "city", "value": "Kiel", "source": "crm", "as_of": "2024-01-01 00:00:00"},
    ]
    assert [(each["at"], each["table"], each["source"]) for each in found["timeline"]] == [
        ("2025-01-01 08:00:00", "orders", "shop"),
        ("2024-12-24 00:00:00", "gift by giver", "shop"),
        ("2024-03-20", "payment", "bank"),
        ("2024-03-01 10:00:00", "orders", "crm"),
        ("2023-06-01 23:59:59", "orders", "shop"),
        (None, "orders", "crm"),
        (None, "payment", "bank"),
    ]
    assert found["timeline"][4]["values"] == {
        "order_id": 12, "email": None, "ordered_at": "2023-06-01 23:59:59", "amount": 6.25}  # fmt: skip
    assert found["timeline"][0]["department"] == "The shop"
    assert sorted(row["purpose"] for row in found["lists"]["consent"]) == ["marketing", "profiling"]
    assert set(found["lists"]) == {"consent"}
    assert (found["left_out"], found["missing"]) == (0, [])


def test_python_has_the_same(company: Path, ann: str) -> None:
    with connect(company) as fed:
        found = fed.customer(ann, since=date(2024, 3, 1), limit=2)
        assert [value.value for value in found.profile][3] == date(1980, 12, 31)
        assert [(each.at, each.table) for each in found.timeline] == [
            (datetime(2025, 1, 1, 8), "orders"), (datetime(2024, 12, 24), "gift by giver")]  # fmt: skip
        assert found.left_out == 2
        assert found.lists["consent"][0].keys() == {"purpose", "given", "_department", "_source"}
        assert (found.id, found.sources) == (fed.customer(email="ann@x.example").id, ("crm", "shop"))


@pytest.mark.parametrize(
    "words",
    [
        ("--email", " ANN@x.example"),
        ("--email", "ann.smyth@work.example"),  # a record's that does not survive
        ("--phone", "999"),
        ("--by", "born=1980-12-31"),
        ("--by", "last_name=Smith", "--by", "mobile=999"),  # of two records of one customer
    ],
)
def test_found_by_what_a_record_has(cdi: Cdi, company: Path, ann: str, words: tuple[str, ...]) -> None:
    assert shown(cdi, company, *words)["id"] == ann


def test_for_people(cdi: Cdi, company: Path, ann: str, tmp_path: Path) -> None:
    done = cdi("customer", ann, "--limit", "3", "-C", str(company))
    lines = done.stdout.splitlines()
    assert lines[0] == f"customer {ann}, known to crm, shop"
    assert "│ last_name │ Smyth         │ shop   │ 2025-05-05 00:00:00 │" in lines
    assert "timeline, newest first (… 4 more: --limit)" in lines
    assert any(line.startswith("│ 2025-01-01 08:00:00 │ orders        │ The shop   │ order_id 11, ") for line in lines)
    assert "marketing" in done.stdout
    assert "ann@x.example" not in done.stdout.split("timeline")[1], "the profile says it already"
    cdi("customer", ann, "-o", str(tmp_path / "ann.json"), "--format", "json", "-C", str(company))
    assert json.loads((tmp_path / "ann.json").read_text())["id"] == ann


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "no customer has the id 'nobody'"),
        (("--email", "nobody@x.example"), "no customer has that email"),
        (("--phone", "222"), "2 customers have that phone\nName one: c"),
        (("--by", "emial=x"), "'customer' has no field 'emial'\ndid you mean 'email'?\nCustomers are found by email, "),
        (
            ("--by", "city=Kiel"),
            "'city' does not tell customers apart\nCustomers are found by email, mobile, last_name, ",
        ),
        (("--by", "email"), "--by is written FIELD=VALUE"),
        (("--since", "yesterday", "x"), "'yesterday' is no day"),
        (("--entity", "custmer", "x"), "there is no table 'custmer'\ndid you mean 'customer'?"),
        (("--entity", "gift", "x"), "'gift' has no key of one field"),
        ((), "which customer?"),
    ],
)
def test_mistakes_are_told(cdi: Cdi, company: Path, words: tuple[str, ...], said: str) -> None:
    done = cdi("customer", *words, "-C", str(company))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_an_id_of_old_leads_to_the_one_in_force(cdi: Cdi, company: Path) -> None:
    """Bo and Cid turn out to be one: the id that is given up still finds them."""
    with connect(company) as fed:
        ids = {fed.customer(email=f"{name}@x.example").id for name in ("bo", "cid")}
    cdi("identity", "pin", "crm:2", "crm:3", "-C", company)
    cdi("identity", "build", "-C", company)
    with connect(company) as fed:
        found = {fed.customer(id).id for id in ids}
        assert len(ids) == 2 and len(found) == 1 and found < ids
        assert fed.customer(phone="222").id in found


def test_without_a_crosswalk_every_record_is_a_customer(tmp_path: Path) -> None:
    folder = world.write(tmp_path / "company")
    with connect(folder) as fed:
        found = fed.customer(phone="999")
        assert [(each.table, each.values["order_id"]) for each in found.timeline] == [("orders", 11), ("payment", 12)]
        with pytest.raises(UsageError, match=r"2 customers have that email\n(.|\n)*`cdi identity build` links them"):
            fed.customer(email="ann@x.example")


def test_of_records_that_are_not_merged(cdi: Cdi, tmp_path: Path) -> None:
    folder = world.write(tmp_path / "company", customer=world.PLAIN)
    refused = cdi("customer", "1", "-C", str(folder))
    assert refused.exit_code == 2
    assert "no table of this catalog is merged" in refused.stderr
    found = shown(cdi, folder, "--entity", "customer", "--email", "ann.smyth@work.example")
    assert found["id"] == "shop.people:8"
    [email] = found["profile"]
    assert (email["value"], email["source"], email["as_of"]) == (
        "ann.smyth@work.example",
        "shop",
        "2023-03-03 00:00:00",
    )
    assert [each["table"] for each in found["timeline"]] == ["orders", "payment"]


def test_a_department_that_fails(cdi: Cdi, company: Path, ann: str) -> None:
    """Whose rows may be left out is left out and named; the merged profile is another matter."""
    (company / "bank.sqlite").unlink()
    where = ("-C", str(company))
    assert cdi("customer", ann, *where).exit_code == 3
    partial = cdi("customer", ann, "--on-failure", "partial", "--format", "json", *where)
    assert partial.exit_code == 4
    assert "partial answer: payment without source 'bank' (The bank)" in partial.stderr
    found = json.loads(partial.stdout)
    assert [each["tables"] for each in found["missing"]] == [["payment"]]
    assert "payment" not in {each["table"] for each in found["timeline"]}
    assert len(found["timeline"]) == 5
    (company / "shop.sqlite").unlink()
    refused = cdi("customer", ann, "--on-failure", "partial", *where)
    assert refused.exit_code == 3
    assert "--allow-wrong" in refused.stderr
    wrong = cdi("customer", ann, "--on-failure", "partial", "--allow-wrong", "--format", "json", *where)
    assert wrong.exit_code == 4
    found = json.loads(wrong.stdout)
    assert {value["source"] for value in found["profile"]} == {"crm"}
    assert {each["source"] for each in found["missing"]} == {"bank", "shop"}
    assert any(each["harm"] for each in found["missing"])


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("ordered", "entities/orders.yaml:3:7: time: 'orders' has no field 'ordered', did you mean 'ordered_at'?"),
        ("amount", "entities/orders.yaml:3:7: time: 'amount' is DECIMAL(12,2), which says no day"),
    ],
)
def test_the_time_of_a_table_is_checked(tmp_path: Path, time: str, said: str) -> None:
    head, rest = world.ENTITIES["orders"].split("\n", 1)
    folder = world.write(tmp_path / "company", orders=f"{head}\n#\ntime: {time}\n{rest}")
    with pytest.raises(CatalogError) as caught:
        connect(folder)
    assert said in str(caught.value)


def test_a_source_that_fails_is_an_error(company: Path, ann: str) -> None:
    (company / "bank.sqlite").unlink()
    with connect(company) as fed, pytest.raises(SourceError, match="bank"):
        fed.customer(ann)
