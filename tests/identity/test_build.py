"""Builds over small departments: what is linked, what the guards keep apart, what becomes of ids over time."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdi_federate import connect
from cdi_federate.errors import CdiError, UsageError
from cdi_federate.hub.ids import lone_id
from cdi_federate.identity import build
from cdi_federate.identity.store import Decision, Named
from tests.identity.company import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.put(
        "crm", ("1", "a@x", "111", "Smith", "1990-01-01"), ("2", "b@x", "222", "Jones"), ("3", None, "111", "SMITH")
    )
    made.put("shop", ("9", "a@x", None, "Smith"), ("8", "b@x", None, None, "1980-02-02"), ("7", "zz", "", " "))
    made.put("desk", ("x", "a@x", "5", "Smith", "1991-01-01"))
    return made


def named(text: str) -> Named:
    source, _, key = text.partition(":")
    return Named(f"{source}.people", key)


def decide(company: Company, kind: str, left: str, right: str) -> None:
    company.store.decide(Decision(kind, named(left), named(right), reason="a test"))  # type: ignore[arg-type]


def both_ways(company: Company) -> None:
    """What the last build left must be what a build of everything leaves."""
    before = _left(company)
    company.build(full=True)
    assert _left(company) == before


def _left(company: Company) -> tuple[object, ...]:
    """Return all that a build leaves: records with their ids and rules, those that are gone, and the figures."""
    counts = {name: count for name, count in company.crosswalk().counts.items() if name != "recent"}
    rows = company.records("mapping, key, master_id, rule_id, score, valid_to IS NULL", "true")
    return rows, company.quarantine(), company.aliases(), counts


def test_rules_link_and_guards_forbid(company: Company) -> None:
    built = company.build()
    assert company.together() == [["crm:1", "crm:3", "shop:9"], ["crm:2", "shop:8"]]
    assert (built.kind, built.records, built.customers, built.linked) == ("full", 7, 4, 5)
    assert company.ids()["shop:7"] == lone_id("customer", "shop.people", "7")
    rules = dict(company.records("mapping || ':' || key, rule_id"))
    assert rules["crm.people:3"] == "phone_name"
    assert rules["shop.people:9"] == "email"
    assert rules["shop.people:7"] is None


def test_null_and_blank_link_nobody(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "", "", ""), ("2", None, "111", None), ("3", " ", "111", " "))
    company.put("shop", ("1", "", "", ""), ("2", None, "111", None))
    company.build()
    assert company.together() == []


def test_blocked_values_link_nobody(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "000-0"), ("2", "noreply@shop"), ("3", "not-noreply@shop"))
    company.put("shop", ("1", "000-0"), ("2", "noreply@shop"), ("3", "not-noreply@shop"))
    company.build()
    assert company.together() == [["crm:3", "shop:3"]]


def test_a_value_of_too_many_goes_to_quarantine(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", *((str(n), None, "900", "Smith") for n in range(5)), ("a", "a@x", "900", "Smith"))
    company.put("shop", ("a", "a@x"))
    built = company.build()
    assert company.together() == [["crm:a", "shop:a"]]
    assert built.quarantined == 1
    ((rule, reason, records, members),) = company.quarantine()
    assert (rule, reason, records) == ("phone_name", "max_records_per_value", 6)
    assert members == sorted(f"crm.people:{n}" for n in (*range(5), "a"))


def test_without_the_guards_the_same_phone_makes_one_customer_of_all(tmp_path: Path) -> None:
    shared = [(str(n), f"{n}@x", "900", f"N{n % 40}") for n in range(200)]
    guarded = Company(tmp_path / "guarded")
    bare = Company(tmp_path / "bare", rules="\n  rules: [{id: phone, on: phone, max_records_per_value: 1000}]\n"
                   "  max_cluster: 1000\n")  # fmt: skip
    for company in (guarded, bare):
        company.put("crm", *shared)
        company.build()
    assert max(map(len, bare.customers())) == 200
    assert max(map(len, guarded.customers())) == 1
    assert [row[1:3] for row in guarded.quarantine()] == [("max_records_per_value", 200)]


def test_a_group_that_is_too_large_loses_its_weakest_links(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", *((str(n), f"{n}@x", "1" if n < 3 else "2", "S") for n in range(6)), ("b", "0@x", "2", "S"))
    company.put("shop", *((str(n), f"{n}@x") for n in range(6)))
    company.build()
    assert company.together() == sorted(
        [["crm:0", "crm:b", "shop:0"], *([f"crm:{n}", f"shop:{n}"] for n in range(1, 6))]
    )
    ((rule, reason, records, _),) = company.quarantine()
    assert (rule, reason, records) == ("phone_name", "max_cluster", 13)
    both_ways(company)


def test_a_group_too_large_by_its_strongest_rule_is_nobody(tmp_path: Path) -> None:
    rules = """
  rules:
    - {id: phone, on: phone, max_records_per_value: 9}
  max_cluster: 5
"""
    company = Company(tmp_path, rules=rules)
    company.put("crm", *((str(n), None, "1") for n in range(6)), ("x", None, "2"))
    company.put("shop", ("x", None, "2"))
    company.build()
    assert company.together() == [["crm:x", "shop:x"]]
    assert [row[:3] for row in company.quarantine()] == [("phone", "max_cluster", 6)]


def test_unique_and_one_per_source(tmp_path: Path) -> None:
    rules = "\n  rules: [{id: email, on: email}]\n  unique: national_id\n  one_per_source: [crm, shop.people]\n"
    company = Company(tmp_path, rules=rules)
    company.put("crm", ("1", "a@x"), ("2", "a@x"), ("3", "b@x", None, None, None, "N1"))
    company.put("desk", ("1", "a@x"), ("2", "a@x"), ("3", "b@x", None, None, None, "N2"), ("4", "b@x"))
    company.build()
    assert company.together() == [["crm:1", "desk:1", "desk:2"], ["crm:3", "desk:4"]]


def test_sql_over_fields_is_compared(tmp_path: Path) -> None:
    rules = '\n  rules: [{id: name, on: ["lower(trim(last_name))", "year(birth_date)"]}]\n'
    company = Company(tmp_path, rules=rules)
    company.put("crm", ("1", None, None, " Smith", "1990-05-01"), ("2", None, None, "Smith", "1991-05-01"))
    company.put("shop", ("1", None, None, "SMITH", "1990-01-31"))
    company.build()
    assert company.together() == [["crm:1", "shop:1"]]


def test_nothing_new_builds_nothing(company: Company) -> None:
    first = company.build()
    again = company.build()
    assert (again.kind, again.run_id) == ("unchanged", first.run_id)
    assert (again.records, again.customers) == (first.records, first.customers)


def test_an_added_record_joins_and_ids_stay(company: Company) -> None:
    company.build()
    before = company.ids()
    company.put("desk", ("y", "zz"), ("z", None, "222", "jones"))
    built = company.build()
    assert (built.kind, built.new, built.changed, built.gone) == ("incremental", 2, 0, 0)
    after = company.ids()
    assert {record: after[record] for record in before} == before
    assert company.together() == [
        ["crm:1", "crm:3", "shop:9"], ["crm:2", "desk:z", "shop:8"], ["desk:y", "shop:7"]]  # fmt: skip
    both_ways(company)


def test_a_merge_keeps_the_oldest_id_and_leaves_an_alias(company: Company) -> None:
    company.build()
    company.put("desk", ("n", "new@x", "77", "Fresh"))
    company.build()
    before = company.ids()
    company.put("desk", ("n", "zz", "77", "Fresh"))  # now shop:7's e-mail, whose id is a build older
    built = company.build()
    after = company.ids()
    assert after["desk:n"] == after["shop:7"] == before["shop:7"]
    assert company.aliases() == {before["desk:n"]: before["shop:7"]}
    assert (built.joined, built.changed) == (1, 1)
    both_ways(company)


def test_a_split_leaves_the_id_with_the_largest_part(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.put("shop", ("1", "a@x"), ("2", "a@x"))
    company.build()
    before = company.ids()
    assert len(set(before.values())) == 1
    company.put("crm", ("1", "other@x"))
    built = company.build()
    after = company.ids()
    assert after["shop:1"] == after["shop:2"] == before["shop:1"]
    assert after["crm:1"] != before["crm:1"]
    assert built.split == 1
    both_ways(company)


def test_a_merge_undone_gives_the_old_id_back(company: Company) -> None:
    company.build()
    before = company.ids()
    company.put("shop", ("7", "b@x"))
    company.build()
    assert len(company.aliases()) == 1
    company.put("shop", ("7", "zz"))
    company.build()
    assert company.ids() == before
    assert company.aliases() == {}


def test_a_vanished_record_keeps_its_row(company: Company) -> None:
    company.build()
    before = company.ids()
    company.drop("shop", "9")
    built = company.build()
    assert built.gone == 1
    assert "shop:9" not in company.ids()
    ((master,),) = company.records("master_id", "mapping = 'shop.people' AND key = '9' AND valid_to IS NOT NULL")
    assert master == before["shop:9"]
    assert company.build().kind == "unchanged"
    company.put("shop", ("9", "a@x", None, "Smith"))
    company.build()
    assert company.ids() == before
    both_ways(company)


def test_a_value_that_becomes_too_common_parts_those_it_linked(company: Company) -> None:
    company.build()
    company.put("desk", *((f"c{n}", "a@x") for n in range(3)))
    company.build()
    assert ["crm:1", "crm:3"] in company.together()  # the phone still holds these two together
    assert [row[:3] for row in company.quarantine()] == [("email", "max_records_per_value", 6)]
    both_ways(company)
    company.drop("desk", "c0", "c1", "c2")
    company.build()
    assert ["crm:1", "crm:3", "shop:9"] in company.together()
    assert company.quarantine() == []
    both_ways(company)


def test_a_person_decides(company: Company) -> None:
    company.build()
    decide(company, "must", "desk:x", "shop:7")
    decide(company, "cannot", "crm:2", "shop:8")
    built = company.build()
    assert built.kind == "incremental"
    assert company.together() == [["crm:1", "crm:3", "shop:9"], ["desk:x", "shop:7"]]
    assert dict(company.records("key, rule_id"))["7"] == "pin"
    both_ways(company)
    decide(company, "open", "shop:7", "desk:x")
    company.build()
    assert company.together() == [["crm:1", "crm:3", "shop:9"]]
    both_ways(company)


def test_a_split_parts_a_group_where_it_hangs_together_otherwise(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x", "1", "S"))
    company.put("shop", ("1", "a@x", "1", "S"))
    company.put("desk", ("1", "a@x"))
    decide(company, "cannot", "crm:1", "shop:1")
    company.build()
    assert company.together() == [["crm:1", "desk:1"]]  # of two links as strong, the one whose keys come first
    both_ways(company)


def test_a_pin_is_stronger_than_every_guard(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", *((str(n), None, None, None, f"199{n}-01-01") for n in range(7)))
    for n in range(6):
        decide(company, "must", f"crm:{n}", f"crm:{n + 1}")
    company.build()
    assert len(company.customers()) == 1


def test_a_dry_run_writes_nothing(company: Company) -> None:
    built = company.build(dry=True)
    assert (built.dry, built.customers) == (True, 4)
    assert company.store.current() is None
    assert not (company.store.root / "generations").exists()
    company.build()
    company.put("desk", ("y", "zz"))
    before = company.ids()
    assert company.build(dry=True).new == 1
    assert company.ids() == before


def test_rows_without_a_key_and_keys_given_twice_are_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.rows["crm"] = {"a": (None, "a@x"), "b": ("1", "a@x"), "c": ("1", "b@x")}
    company.save("crm")
    company.put("shop", ("1", "a@x"))
    built = company.build()
    assert built.findings.without_key == {"crm.people": 1}
    assert built.findings.repeated == {"crm.people": 1}
    assert built.records == 2


def test_other_rules_link_everything_anew(company: Company) -> None:
    company.build()
    before = company.ids()
    company.rules = "\n  rules: [{id: email, on: email}]\n"
    company.write_catalog()
    built = company.build()
    assert built.kind == "full"
    assert company.together() == [["crm:1", "desk:x", "shop:9"], ["crm:2", "shop:8"]]
    after = company.ids()
    assert after["crm:1"] == before["crm:1"]


def test_another_mapping_is_read_anew(company: Company) -> None:
    company.build()
    file = company.folder / "sources" / "desk.yaml"
    file.write_text(file.read_text().replace("birth_date: birth_date", "birth_date: {const: null}"), encoding="utf-8")
    built = company.build()
    assert (built.kind, built.changed) == ("incremental", 1)
    assert ["crm:1", "crm:3", "desk:x", "shop:9"] in company.together()
    both_ways(company)


def test_a_department_that_leaves_takes_its_records_along(company: Company) -> None:
    company.build()
    before = company.ids()
    (company.folder / "sources" / "desk.yaml").unlink()
    company.build()
    assert company.ids() == {record: master for record, master in before.items() if not record.startswith("desk")}


def test_entities_that_cannot_be_built(company: Company) -> None:
    with connect(company.folder) as federation, pytest.raises(UsageError, match="no entity 'custmer'"):
        build(federation, "custmer")
    company.rules = " {}\n"
    company.write_catalog()
    company.build()
    assert company.together() == []
    text = (company.folder / "entities" / "customer.yaml").read_text()
    (company.folder / "entities" / "customer.yaml").write_text(text.replace("identity: {}\n", ""), encoding="utf-8")
    with pytest.raises(CdiError, match="nothing says which records"):
        company.build()
