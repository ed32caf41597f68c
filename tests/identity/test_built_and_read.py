"""From records to a crosswalk to merged rows: what a build links, the next query merges; a new record is not lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdi_federate import connect
from tests.identity.company import Company


def asked(company: Company, sql: str, **how: Any) -> list[tuple[Any, ...]]:
    with connect(company.folder) as federation:
        return sorted(federation.run(federation.prepare(sql, **how)).fetchall(), key=repr)


def test_what_a_build_links_the_next_query_merges(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x", "111", "Smith", "1990-01-01"), ("2", "b@x", "222", "Jones"))
    company.put("shop", ("9", "a@x", None, "Smithers"), ("8", "z@x", "222", "JONES"))
    company.put("desk", ("d", None, "111", "smith"))
    sql = "SELECT customer_id, email, phone, _sources FROM customer"
    before = asked(company, sql)
    assert len(before) == 5 and all(len(sources) == 1 for *_, sources in before)
    company.build()
    after = asked(company, sql)
    assert [row[1:] for row in sorted(after, key=lambda row: row[1])] == [
        ("a@x", "111", ["crm", "desk", "shop"]),
        ("b@x", "222", ["crm", "shop"]),
    ]
    assert {row[0] for row in after} <= {row[0] for row in before}, "a customer keeps an id that one of its records had"


def test_ids_and_conditions_find_the_records_of_a_built_customer(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x", "111", "Smith", "1990-01-01"), ("2", "b@x", "222", "Jones"))
    company.put("shop", ("9", "a@x", None, "Smithers", None, "N-9"))
    alone = {email: id_ for id_, email in asked(company, "SELECT customer_id, email FROM customer_record")}
    company.build()
    company.put("desk", ("new", "new@x", "333", "Neumann"))
    for eager in (True, False):
        assert asked(company, "SELECT email FROM customer WHERE national_id = 'N-9'", eager=eager) == [("a@x",)]
        ((id_, name),) = asked(company, "SELECT customer_id, last_name FROM customer WHERE email = 'a@x'", eager=eager)
        assert name == "Smith"
        by_id = f"SELECT _sources FROM customer WHERE customer_id = '{id_}'"
        assert asked(company, by_id, eager=eager) == [(["crm", "shop"],)]
        ((new,),) = asked(company, "SELECT customer_id FROM customer WHERE email = 'new@x'", eager=eager)
        by_id = f"SELECT last_name FROM customer WHERE customer_id = '{new}'"
        assert asked(company, by_id, eager=eager) == [("Neumann",)], "nobody has linked it yet"
        gone = (set(alone.values()) - {row[0] for row in asked(company, "SELECT customer_id FROM customer")}).pop()
        assert asked(company, f"SELECT 1 FROM customer WHERE customer_id = '{gone}'", eager=eager) == []
