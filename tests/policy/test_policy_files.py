"""Mistakes in policy files, all at once and at their places; what `cdi policy` says and does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdi_federate.audit import asked as asked_of
from cdi_federate.catalog.load import load
from cdi_federate.cli.app import app
from cdi_federate.errors import CatalogError, RoleError, UsageError
from cdi_federate.policy.model import Policy, User
from cdi_federate.policy.roles import taken
from tests.policy import office

WRONG = """\
roles:
  analyst: {entities: {allow: [custmer, "pay*"], deny: ["x*"]}, sources: {deny: [Finance]}}
  clerk: {rows: {customer: "contry = 'DE'", order: "TRUE", orders: "amount > (SELECT 1)"}}
  boss: {rows: {customer: "country = '${user.land}'"}}
rules:
  - {to: [analist], match: {tag: pii.mail}, action: deny}
  - {match: {tag: pii.email}, action: mask}
  - {match: {tag: pii.email}, action: mask, using: hsh}
  - {match: {tag: pii.email}, action: mask, using: "left(full_name, 1)"}
  - {match: {tag: pii.email}, action: mask, using: hash}
  - {match: {entity: customer, field: emial}, action: deny}
  - {match: {tag: pii.email}}
  - {require: "country = 'DE'"}
  - {on: customer, require: "consent()"}
  - {on: customer, require: "consent('marketing')"}
users:
  ann: {roles: [bos], attributes: {land: 7}}
"""

EXPECTED = [
    (2, "there is no entity 'custmer', did you mean 'customer'?"),
    (2, "there is no entity 'x*'"),
    (2, "there is no source or department 'Finance'"),
    (3, "'customer' has no field 'contry', did you mean 'country'?"),
    (3, "there is no entity 'order', did you mean 'orders'?"),
    (3, "a subquery may not stand in a policy"),
    (4, "the user's attribute stands inside a text"),
    (6, "there is no role 'analist', did you mean 'analyst'?"),
    (6, "no field has the tag 'pii.mail', did you mean 'pii.email'?"),
    (7, "`using` says how values are masked"),
    (8, "'hsh' is no way of masking, did you mean 'hash'?"),
    (9, "a mask reads nothing but `value`"),
    (10, "a mask by hash needs a secret"),
    (11, "'customer' has no field 'emial', did you mean 'email'?"),
    (12, "it is not said what is done with the columns"),
    (13, "it is not said of which entity"),
    (14, "consent takes a purpose and perhaps a channel"),
    (15, "no policy file says where consents stand"),
    (17, "there is no role 'bos', did you mean 'boss'?"),
    (17, "a text, or a list of texts, is wanted"),
]


def test_every_mistake_is_told_at_its_place(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        del files["policies/users.yaml"]
        files["policies/roles.yaml"] = WRONG

    office.write(tmp_path, change)
    with pytest.raises(CatalogError) as error:
        load(tmp_path)
    found = [(problem.place.line, str(problem)) for problem in error.value.problems]
    for line, message in EXPECTED:
        assert any(at == line and message in said for at, said in found), (
            line,
            message,
            [s for a, s in found if a == line],
        )
    assert len(found) == len(EXPECTED), "\n".join(said for _, said in found)
    assert all(
        problem.place.column > 1 and problem.place.file.endswith("roles.yaml") for problem in error.value.problems
    )


TESTS = """
tests:
  - {name: the Germans, role: support_de, sql: "SELECT full_name FROM customer", rows: [[Bert], [Anna], [Eve]]}
  - {role: support_de, sql: "SELECT sum(amount), NULL, TRUE FROM orders", rows: [[30, null, true]]}
  - {role: branch, attributes: {lands: [FR], most: "8"}, sql: "SELECT country FROM customer", rows: [FR]}
  - {role: analyst, sql: SELECT full_name FROM customer, refused: no column 'full_name'}
"""


def cdi(folder: Path, *words: str):
    return CliRunner().invoke(app, ["-C", str(folder), *words])


def test_policies_are_checked_tested_and_shown(tmp_path: Path) -> None:
    office.write(tmp_path, lambda files: files.update({"policies/tests.yaml": TESTS.lstrip()}))
    checked = cdi(tmp_path, "policy", "check")
    assert checked.exit_code == 0 and "policies are valid" in checked.stderr
    tested = cdi(tmp_path, "policy", "test")
    assert (tested.exit_code, tested.stderr) == (0, "4 tests passed\n")
    assert {asked.user for asked in asked_of(tmp_path / ".cdi/audit/log.jsonl")} == {office.USER}
    shown = cdi(tmp_path, "policy", "show", "--as", "support_de").stdout
    assert "customer,country,whole,country = 'DE'" in shown
    assert "orders,amount,whole,customer_id of a row of customer that is seen" in shown
    assert "customer,health,denied" in shown
    assert "payment,*,denied" in cdi(tmp_path, "policy", "show", "--as", "analyst").stdout
    assert "customer,email,hash" in cdi(tmp_path, "policy", "show", "--as", "analyst").stdout
    wrong = cdi(tmp_path, "policy", "show", "--as", "analist")
    assert wrong.exit_code == 2 and "did you mean 'analyst'?" in wrong.stderr


def test_a_test_of_policies_that_fails_says_so(tmp_path: Path) -> None:
    wrong = TESTS.replace("[Eve]", "[Adam]").replace("refused: no column 'full_name'", "rows: [[Anna]]")
    office.write(tmp_path, lambda files: files.update({"policies/tests.yaml": wrong.lstrip()}))
    tested = cdi(tmp_path, "policy", "test")
    assert tested.exit_code == 1
    assert "the Germans: 3 rows came, and not the 3 expected" in tested.stderr
    assert "refused: " in tested.stderr and "2 tests of 4 failed" in tested.stderr


def test_the_command_line_asks_in_a_role(tmp_path: Path) -> None:
    office.write(tmp_path)
    assert cdi(tmp_path, "query", "--as", "support_de", "SELECT count(*) AS n FROM customer").stdout == "n\n3\n"
    refused = cdi(tmp_path, "query", "SELECT 1")
    assert refused.exit_code == 2 and "in which role" in refused.stderr
    assert "full_name" not in cdi(tmp_path, "describe", "--as", "analyst", "customer").stdout
    assert "payment" not in cdi(tmp_path, "tables", "--as", "analyst").stdout
    assert "accounts" not in cdi(tmp_path, "lineage", "--as", "analyst", "customer.email").stdout
    assert "desk" not in cdi(tmp_path, "sources", "--as", "no_desk").stdout
    said = cdi(tmp_path, "query", "-v", "--as", "analyst", "SELECT count(*) FROM orders").stderr
    assert "SELECT" not in said
    assert cdi(tmp_path, "validate").exit_code == 0
    for words in (["validate", "--connect"], ["doctor"], ["identity", "build"], ["identity", "status"]):
        refused = cdi(tmp_path, *words, "--as", "analyst")
        assert refused.exit_code == 2 and "steward: true" in refused.stderr, words


def test_whose_key_is_denied_cannot_be_asked_for_alone(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        denied = "rules:\n  - {to: [support_de], match: {field: customer_id}, action: deny}\n"
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("rules:\n", denied)

    said = cdi(office.write(tmp_path, change), "customer", "--as", "support_de", "--email", "anna@x.de")
    assert said.exit_code == 2 and "customers of 'customer' are told apart is not there" in said.stderr


USERS = {
    "ann": User(("clerk",), {"land": "DE"}),
    "bob": User(("clerk", "boss")),
    "*": User(("guest",), {"land": "XX"}),
}
TAKEN = [
    ("ann", "clerk", ("clerk", {"land": "DE"})),
    ("ann", "guest", ("guest", {"land": "DE"})),  # what everybody may take, with what is known of her
    ("ann", "boss", RoleError),
    ("ann", "", UsageError),  # she has two
    ("cid", "", ("guest", {"land": "XX"})),  # whom no entry names has one, which is taken unasked
    ("cid", "clerk", RoleError),
    ("*", "guest", ("guest", {"land": "XX"})),
]


@pytest.mark.parametrize(("user", "wanted", "expected"), TAKEN)
def test_a_role_is_granted_by_name_or_to_everybody(user: str, wanted: str, expected: Any) -> None:
    policy = Policy(users=USERS, is_empty=False)
    if isinstance(expected, tuple):
        assert taken(policy, user, wanted) == expected
        return
    with pytest.raises(expected) as error:
        taken(policy, user, wanted)
    assert "boss" not in error.value.help, "which roles others have is nobody's business"


def test_a_plan_is_kept_for_one_subject(tmp_path: Path) -> None:
    from cdi_federate.stages.subject import Subject

    sql = "SELECT full_name FROM customer"
    with office.opened(office.write(tmp_path), "steward") as fed:
        german = Subject("a", "branch", "", {"lands": ("DE",), "most": "100"})
        french = Subject("a", "branch", "", {"lands": ("FR",), "most": "100"})
        for _ in range(2):
            assert fed.sql(sql, subject=german).fetchall() == [("Anna",)]
            assert fed.sql(sql, subject=french).fetchall() == [("canary Claire",)]
            assert fed.sql(sql, subject=Subject("b", "support_de")).fetchall() != [("Anna",)]
        assert fed.sql(sql, subject=german).plan_was_kept
