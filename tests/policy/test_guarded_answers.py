"""What each role gets for a question: rows that its filters leave, masks in place, nothing of what is denied."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from cdi_federate.cli.shell.complete import candidates
from cdi_federate.errors import CdiError, RefusedError, UnknownNameError, UsageError
from cdi_federate.identity import build
from cdi_federate.identity.decide import decide
from cdi_federate.query.foreign import DIALECTS
from cdi_federate.stages.subject import Subject
from tests.policy import office

NAMES = "SELECT full_name FROM customer ORDER BY 1"
ALL = ["Anna", "Bert", "Dan", "Eve", "canary Claire", "canary Ida"]

ROWS = [
    ("steward", "", NAMES, ALL),
    ("support_de", "", NAMES, ["Anna", "Bert", "Eve"]),
    ("support_de", "", "SELECT full_name FROM customer WHERE country <> 'DE'", []),
    ("support_de", "", "SELECT full_name FROM customer_record ORDER BY 1", ["Anna", "Bert", "Eve"]),
    ("support_de", "", "SELECT order_id FROM orders ORDER BY 1", [10, 11]),
    # A payment speaks of an order, an order of a customer: what hides the customer hides all of them.
    ("support_de", "", "SELECT payment_id FROM payment", [1]),
    ("support_de", "", "SELECT count(*) FROM orders LEFT JOIN customer USING (customer_id) WHERE country IS NULL", [0]),
    ("branch", "", NAMES, ["Anna", "Dan"]),
    ("branch", "", "SELECT sum(amount) FROM orders", [Decimal("50.00")]),
    # Bert took his word back, Dan's ended, Eve gave hers for the telephone.
    ("campaign", "marketing", NAMES, ["Anna"]),
    ("campaign", "marketing", "SELECT order_id FROM orders", [10]),
    ("campaign", "service", NAMES, ALL),
    ("no_desk", "", NAMES, ["Anna", "Bert", "Dan", "canary Claire"]),
    ("no_desk", "", "SELECT DISTINCT unnest(_sources) FROM customer", ["crm"]),
    ("no_desk", "", "SELECT count(*) FROM consent", [0]),
    ("no_desk", "", "TABLE consent", []),
    ("support_de", "", "SELECT count(*) FROM (TABLE payment)", [1]),
    ("steward", "", "SELECT count(*) FROM (TABLE payment)", [2]),
    ("nobody", "", "SELECT order_id FROM orders ORDER BY 1 LIMIT 2", [10, 11]),
    ("doctor", "", "SELECT health FROM customer WHERE health LIKE 'no%'", ["none"]),
]
"""(role, purpose, question, the first column of the answer)."""


@pytest.mark.parametrize(("role", "purpose", "sql", "expected"), ROWS)
def test_the_rows_of_a_role(ask, role, purpose, sql, expected) -> None:
    assert [row[0] for row in ask(role, sql, purpose)] == expected


def test_masks_stand_where_the_column_stood(ask) -> None:
    (row,) = ask("analyst", "SELECT email, phone, birth_date FROM customer WHERE country = 'DE' AND phone LIKE '%4567'")
    assert len(row[0]) == 64 and row[1:] == ("***4567", date(1980, 1, 1))
    assert ask("analyst", "SELECT count(*) FROM customer WHERE email = 'anna@x.de' OR phone = '0301234567'") == [(0,)]
    assert (
        ask("analyst", "SELECT count(*) FROM customer GROUP BY birth_date HAVING birth_date = DATE '1980-05-01'") == []
    )
    assert ask("analyst", "SELECT note FROM orders ORDER BY note LIMIT 1") == [("ca...",)]
    assert ask("analyst", "SELECT max(note) FROM orders") == [("ok...",)]


def test_hashes_join_and_are_no_hashes_without_the_key(ask) -> None:
    import hashlib

    sql = "SELECT count(*) FROM customer c JOIN consent k ON c.email = k.email"
    assert ask("analyst", sql) == ask("steward", sql) == [(5,)]
    ((hashed,),) = ask("analyst", "SELECT email FROM customer WHERE phone LIKE '%4567'")
    assert hashed != hashlib.sha256(b"anna@x.de").hexdigest()


def test_null_stays_null_under_a_mask(ask) -> None:
    assert ask("analyst", "SELECT phone, birth_date FROM customer WHERE country = 'US'") == [(None, None)]


MASKED = [
    ("partial", "full_name", ["***", "***", "A***", "B***", "c***", "c***"]),  # three letters would be most of a name
    ("last4", "phone", [None, "***2223", "***4321", "***4567", "***y 12", "***y 99"]),
    ("domain", "email", ["x.de", "x.de", "x.de", "x.fr", "x.it", "x.us"]),
    ("year", "birth_date", [None, None, None, date(1970, 1, 1), date(1980, 1, 1), date(1990, 1, 1)]),
    ('"null"', "full_name", [None] * 6),
    ("constant:it's", "full_name", ["it's"] * 6),
    ("constant:1900-01-01", "birth_date", [date(1900, 1, 1)] * 6),
    ('"upper(left(value, 1))"', "full_name", ["A", "B", "C", "C", "D", "E"]),
]


@pytest.mark.parametrize(("using", "column", "expected"), MASKED, ids=[using for using, _, _ in MASKED])
def test_each_mask_shows_what_it_says_and_nothing_compares_with_the_value(
    tmp_path, ask, using: str, column: str, expected
) -> None:
    def change(files: dict[str, str]) -> None:
        roles, rules = files["policies/roles.yaml"].split("rules:\n")
        rule = f"  - {{to: [counter], match: {{field: {column}}}, action: mask, using: {using}}}\n"
        files["policies/roles.yaml"] = f"{roles.replace(', min_group: 2', '')}rules:\n{rule}{rules}"

    with office.opened(office.write(tmp_path, change), "counter") as federation:
        said = federation.sql(f"SELECT {column} FROM customer ORDER BY 1 NULLS FIRST").fetchall()
        assert [value for (value,) in said] == expected
        ((value,),) = ask("steward", f"SELECT {column} FROM customer WHERE full_name = 'Anna'")
        found = federation.sql(f"SELECT count(*) FROM customer WHERE {column} = $value", value=value)
        assert found.fetchall() == [(0,)]
        groups = federation.sql(f"SELECT {column} FROM customer GROUP BY {column}").fetchall()
        assert {group for (group,) in groups} == set(expected)


UNKNOWN = [
    ("analyst", "SELECT full_name FROM customer", "full_name"),
    ("analyst", "SELECT c.full_name FROM customer c", "full_name"),
    ("analyst", "SELECT fullname FROM customer", "full_name"),
    ("analyst", "SELECT full_name__source FROM customer", "full_name"),
    ("analyst", "SELECT email__source FROM customer", "email__source"),  # where a masked value is from
    ("analyst", "SELECT count(*) FROM payment", "payment"),
    ("analyst", "SELECT count(*) FROM payments", "payment"),
    ("analyst", "SELECT 1 FROM customer ORDER BY full_name", "full_name"),
    ("analyst", "SELECT * EXCLUDE (full_name) FROM customer", "full_name"),
    ("analyst", "SELECT * FROM (SELECT * FROM customer) WHERE full_name = 'Anna'", "full_name"),
    ("steward", "SELECT health FROM customer", "health"),
    ("steward", "SELECT healt FROM customer_record", "health"),
    ("nobody", "SELECT 1 FROM customer", "customer"),
    ("nobody", "SELECT 1 FROM identifier", "identifier"),
    ("doctor", "SELECT 1 FROM customer_record", "customer_record"),
]
"""(role, question, the word that the error must not suggest)."""


@pytest.mark.parametrize(("role", "sql", "word"), UNKNOWN)
def test_what_is_denied_does_not_exist(ask, role, sql, word) -> None:
    with pytest.raises(UnknownNameError) as error:
        ask(role, sql)
    assert word not in error.value.candidates
    assert word not in error.value.help.replace(",", " ").replace(".", " ").split()


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name != "duckdb"])
def test_another_dialect_is_another_spelling_and_no_way_around(asked_as, dialect: str) -> None:
    answered = 0
    for role, purpose, sql, expected in ROWS:
        with suppress(CdiError):  # not every dialect has the words
            rows = asked_as(role, purpose).sql(sql, dialect=dialect).fetchall()
            assert sorted(row[0] for row in rows) == sorted(expected)
            answered += 1
    assert answered > len(ROWS) / 2
    for role, sql, word in UNKNOWN:
        with pytest.raises(CdiError) as error:
            asked_as(role).sql(sql, dialect=dialect)
        assert isinstance(error.value, UnknownNameError | RefusedError)
        assert word not in error.value.candidates


def test_what_is_denied_is_nowhere_to_be_found(asked_as) -> None:
    fed = asked_as("analyst")
    shown = f"{fed.tables()}{fed.describe('customer')}{fed.search('name')}{fed.search('pii')}{fed.lineage('customer')}"
    assert "full_name" not in shown and "payment" not in shown and "health" not in shown
    assert "email" in shown
    columns = fed.sql("SELECT column_name FROM information_schema.columns").fetchall()
    assert not {"full_name", "health", "card", "full_name__source"} & {name for (name,) in columns}
    assert not {"full_name", "health"} & {column.name for column in fed.sql("SELECT * FROM customer").columns}
    for typed in ("full", "pay", "hea"):  # the shell's Tab
        offered = candidates(fed.catalog, f"SELECT {typed}", f"SELECT {typed} FROM customer, ")
        assert not {"full_name", "payment", "health"} & {each.text for each in offered}
    assert "accounts" not in shown and "nm" not in {column for row in fed.lineage("customer") for column in row.columns}


def test_a_customer_is_made_of_the_sources_that_a_role_knows(tmp_path) -> None:
    """Anna's telephone is known to the denied department alone, and so is Eve."""
    accounts = [(1, "Anna", "anna@x.de", None, "D", None, 1, None), *office.ACCOUNTS[1:]]
    callers = f"{office.CALLERS}c3,anna@x.de,999,DE,Anne\n"
    folder = office.write(tmp_path, rows={"accounts": accounts, "callers": callers})
    with office.opened(folder, "steward") as steward:
        build(steward, "customer")
        anna = "SELECT customer_id, full_name, phone, phone__source, _sources FROM customer WHERE email = 'anna@x.de'"
        ((known, *rest),) = steward.sql(anna).fetchall()
    assert rest == ["Anna", "999", "desk", ["crm", "desk"]]
    with office.opened(folder, "no_desk") as no_desk:
        assert no_desk.sql(anna).fetchall() == [(known, "Anna", None, None, ["crm"])]
        assert no_desk.sql("SELECT full_name FROM customer WHERE phone IN ('999', '0401112223')").fetchall() == []
        assert no_desk.sql("SELECT source, count(*) FROM identifier GROUP BY 1").fetchall() == [("crm", 4)]
        assert no_desk.sql("SELECT count(DISTINCT customer_id) FROM customer_record").fetchall() == [(4,)]


def test_an_id_of_old_tells_nothing_of_a_customer_who_is_hidden(tmp_path) -> None:
    """Claire and Dan turn out to be one customer: who may see neither is not told which id is in force."""
    with office.opened(office.write(tmp_path), "steward") as steward:
        build(steward, "customer")
        ids = {steward.customer(email=mail).id for mail in ("canary@x.fr", "dan@x.us")}
        decide(steward.catalog, "customer", "must", "crm:3", "crm:4")
        build(steward, "customer")
        (known,) = {steward.customer(each).id for each in ids}
    (old,) = ids - {known}
    with office.opened(tmp_path, "support_de") as federation, pytest.raises(UsageError) as error:
        federation.customer(old)
    assert old in str(error.value) and known not in str(error.value)


def test_a_plan_is_told_in_virtual_words(asked_as) -> None:
    for said in (
        asked_as("support_de").prepare("SELECT full_name FROM customer WHERE country = 'DE'").explain(),
        asked_as("support_de").sql("EXPLAIN SELECT full_name FROM customer").fetchall()[0][1],
        asked_as("support_de").sql("EXPLAIN ANALYZE SELECT full_name FROM customer").fetchall()[0][1],
    ):
        assert "full_name" in said and "crm" in said
        assert not any(word in said for word in ("accounts", "nm", "callers", "rows", "SELECT", "OFFSET", "= 'DE'"))
    assert "accounts" in asked_as("steward").prepare("SELECT full_name FROM customer").explain()


def test_where_an_answer_is_from_says_nothing_of_what_guards_read(asked_as) -> None:
    """A campaign may read orders; whose they are, and who agreed, is looked up in tables that it may not."""
    result = asked_as("campaign", "marketing").sql("SELECT order_id FROM orders")
    for _ in range(2):  # before and after it ran
        assert result.lineage() == {"orders": ("crm",)} and [each.name for each in result.sources] == ["crm"]
        assert result.fetchall() == [(10,)]
    merged = asked_as("support_de").sql("SELECT full_name FROM customer WHERE full_name = 'nobody'")
    assert merged.fetchall() == [] and merged.lineage() == {"customer": ("crm", "desk")}
    assert asked_as("steward").sql("SELECT order_id FROM orders").lineage() == {"orders": ("crm.orders",)}


def test_roles_are_granted_not_wished_for(folder) -> None:
    with pytest.raises(UsageError, match="may not take the role 'admin'"):
        office.opened(folder, "admin")
    with pytest.raises(UsageError, match="it is not said in which role"):
        office.opened(folder, "")
    with pytest.raises(UsageError, match="must say what for"):
        office.opened(folder, "campaign")
    with pytest.raises(UsageError, match="may not ask for 'markting'"):
        office.opened(folder, "campaign", "markting")


def test_a_server_gives_the_subject_that_it_verified(asked_as) -> None:
    fed = asked_as("nobody")
    sql = "SELECT full_name FROM customer ORDER BY 1"
    alice = Subject("alice", "branch", "", {"lands": ("FR",), "most": "8"})
    assert fed.sql(sql, subject=alice).fetchall() == [("canary Claire",)]
    assert fed.as_subject(Subject("bob", "support_de")).sql(sql).fetchall() == [("Anna",), ("Bert",), ("Eve",)]
    assert fed.sql(sql, subject=Subject("alice", "branch", "", {"lands": ("US",), "most": "99"})).fetchall() == [
        ("Dan",)
    ]
    with pytest.raises(UsageError, match="reads the attribute 'most'"):
        fed.sql(sql, subject=Subject("alice", "branch", "", {"lands": ("US",)}))
    with pytest.raises(UsageError, match="has no role"):
        fed.sql(sql, subject=Subject("alice", "king"))


def test_an_attribute_is_a_value_whatever_it_says(asked_as) -> None:
    mallory = Subject("mallory", "branch", "", {"lands": ("DE') OR TRUE --",), "most": "1000"})
    assert asked_as("nobody").sql("SELECT count(*) FROM customer", subject=mallory).fetchall() == [(0,)]
