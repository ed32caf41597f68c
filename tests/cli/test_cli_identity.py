"""`cdi identity`: what a person sees of builds, links and decisions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cdi
from tests.identity.company import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.put(
        "crm", ("1", "a@x", "111", "Smith", "1990-01-01"), ("2", "b@x", "222", "Jones"), ("3", None, "111", "SMITH")
    )
    made.put("shop", ("9", "a@x", None, "Smith"), ("8", "b@x", None, None, "1980-02-02"), ("7", "zz", "", ""))
    made.put("desk", ("x", "a@x", "5", "Smith", "1991-01-01"), *((f"s{n}", f"{n}", "777", "Z") for n in range(6)))
    return made


def test_a_build_says_what_it_did(cdi: Cdi, company: Company) -> None:
    where = ("-C", str(company.folder))
    dry = cdi("identity", "build", "--dry-run", *where)
    assert "13 records would be linked anew: 13 new, 0 changed, 0 gone" in dry.stderr
    assert "1 value or group of these would go to quarantine\n" in dry.stderr
    assert "`cdi identity build` makes one" in cdi("identity", "status", *where).stderr
    done = cdi("identity", "build", *where)
    assert "1 value or group of these in quarantine" in done.stderr
    assert "13 records of 10 customers, in " in done.stderr
    assert cdi("identity", "build", *where).stderr == "nothing changed: 13 records, 10 customers\n"
    status = cdi("identity", "status", "--format", "json", *where).stdout
    facts = {fact["what"]: fact["value"] for fact in json.loads(status)}
    assert (facts["customers"], facts["linked records"], facts["crm.people records"]) == ("10", "5", "3")


def test_why_and_why_not(cdi: Cdi, company: Company) -> None:
    where = ("-C", str(company.folder))
    cdi("identity", "build", *where)
    why = cdi("identity", "why", "crm:3", "shop:9", "--format", "json", *where)
    steps = json.loads(why.stdout)
    assert [(step["left"], step["right"], step["rule_id"], step["agree"]) for step in steps] == [
        ("crm.people:3", "crm.people:1", "phone_name", ["phone", "lower(last_name)"]),
        ("crm.people:1", "shop.people:9", "email", ["email"]),
    ]
    apart = cdi("identity", "why", "crm:1", "crm:2", *where)
    assert apart.exit_code == 1
    assert "`cdi identity why-not crm:1 crm:2` says why not" in apart.stderr

    def reasons(left: str, right: str) -> list[str]:
        said = cdi("identity", "why-not", left, right, "--format", "json", *where)
        return [row["reason"] for row in json.loads(said.stdout)]

    assert reasons("crm:1", "crm:2") == ["rule 'email': email differs", "rule 'phone_name': phone differs"]
    assert reasons("crm:1", "desk:x")[-1] == "'email' would link them, but birth_date differs (conflict)"
    assert reasons("desk:s1", "desk:s2")[-1] == (
        "rule 'phone_name': phone agree, but 6 records have the value, more than 4 (max_records_per_value)"
    )
    assert reasons("crm:3", "shop:8")[0] == "rule 'email': crm.people:3 has no value of email, or a blocked one"
    assert "does not know 'crm.people:99'" in reasons("crm:99", "crm:1")[0]
    assert "are one customer" in cdi("identity", "why-not", "crm:3", "shop:9", *where).stderr


def test_decisions_hold_from_the_next_build_on(cdi: Cdi, company: Company) -> None:
    where = ("-C", str(company.folder))
    cdi("identity", "build", *where)
    assert cdi("identity", "split", "crm:2", "shop:8", "--reason", "father and son", *where).exit_code == 0
    assert cdi("identity", "pin", "crm.people:2", "desk.people:x", *where).exit_code == 0
    refused = cdi("identity", "pin", "desk:x", "shop:8", *where)
    assert refused.exit_code == 2
    assert "are split, and pins hold them together: crm.people:2 with desk.people:x" in refused.stderr
    assert "1 split" in cdi("identity", "build", *where).stderr
    said = cdi("identity", "why-not", "crm:2", "shop:8", "--format", "json", *where).stdout
    assert "father and son" in json.loads(said)[0]["reason"]
    assert len(json.loads(said)) == 2
    shown = json.loads(cdi("identity", "show", "crm:2", "--format", "json", *where).stdout)
    assert [(row["mapping"], row["key"], row["rule_id"]) for row in shown] == [
        ("crm.people", "2", "pin"), ("desk.people", "x", "pin")]  # fmt: skip
    cdi("identity", "split", "crm:2", "shop:8", "--undo", *where)
    cdi("identity", "pin", "crm:2", "desk:x", "--undo", *where)
    cdi("identity", "build", *where)
    assert ["crm:2", "shop:8"] in company.together()


def test_everything_can_be_written(cdi: Cdi, company: Company, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    where = ("-C", str(company.folder))
    cdi("identity", "build", *where)
    cdi("identity", "export", "-o", str(tmp_path / "x.parquet"), *where)
    table = pq.read_table(tmp_path / "x.parquet")
    assert (table.num_rows, table.column_names[0]) == (13, "master_id")
    listed = cdi("identity", "quarantine", "--format", "json", *where)
    assert [(row["rule_id"], row["records"]) for row in json.loads(listed.stdout)] == [("phone_name", 6)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nobody"), "no customer has the id 'nobody'"),
        (("why", "crm1", "crm:2"), "'crm1' names no record"),
        (("why", "cmr.people:1", "crm:2"), "did you mean 'crm.people'?"),
        (("pin", "crm:1", "crm:1"), "are the same record"),
        (("build", "--entity", "custmer"), "did you mean 'customer'?"),
    ],
)
def test_mistakes_are_told(cdi: Cdi, company: Company, arguments: tuple[str, ...], said: str) -> None:
    company.build()
    done = cdi("identity", *arguments, "-C", str(company.folder))
    assert done.exit_code == 2
    assert said in done.stderr
