"""What `cdi policy check` holds against the columns and against each other, and what it says is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdi_federate.errors import CatalogError
from tests.policy import office
from tests.policy.test_policy_files import cdi

SUITS_NOT = [
    ("\"country = 'DE'\"", "nosuch(country)", "the condition on rows of 'customer': ", "nosuch"),
    ("\"country = 'DE'\"", "balance", "'customer' is of type DECIMAL(12,2), and a condition", "balance > 0"),
    ("\"country = 'DE'\"", '"birth_date > 5"', "'customer' is none: ", "Cannot compare values of type DATE and"),
    ("\"consent('marketing', 'email')\"", "country + 1 > 2", "'customer' is none: ", "No function matches"),
    ("using: last4", 'using: "value + 1"', "the mask does not suit 'customer.phone', which is VARCHAR", ""),
    ("using: last4", "using: year", "the mask does not suit 'customer.phone', which is VARCHAR", ""),
]


@pytest.mark.parametrize(("old", "new", "said", "more"), SUITS_NOT, ids=[new for _, new, _, _ in SUITS_NOT])
def test_what_suits_no_column_is_told_at_its_place(tmp_path: Path, old: str, new: str, said: str, more: str) -> None:
    def change(files: dict[str, str]) -> None:
        assert files["policies/roles.yaml"].count(old) == 1
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace(old, new)

    lines = (office.write(tmp_path, change) / "policies" / "roles.yaml").read_text().splitlines()
    checked = cdi(tmp_path, "policy", "check")
    text = new.removeprefix("using: ").strip('"')
    line = next(at for at, each in enumerate(lines, 1) if text in each)
    place = f"policies/roles.yaml:{line}:{lines[line - 1].index(text) + 1}: "
    assert checked.exit_code == 2 and said in checked.stderr and more in checked.stderr
    assert place in checked.stderr, checked.stderr
    assert f"    {lines[line - 1]}\n    {' ' * lines[line - 1].index(text)}{'^' * len(text)}\n" in checked.stderr
    entities = {each.split(":")[0] for each in checked.stderr.splitlines() if ".yaml:" in each}
    assert {Path(each).name for each in entities} == {"roles.yaml"}


@pytest.mark.parametrize("using", ["nosuch(value)", "left(value, DATE '2020-01-01')"])
def test_a_mask_that_suits_no_column_is_told_at_its_place_by_a_query_too(tmp_path: Path, using: str) -> None:
    def change(files: dict[str, str]) -> None:
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("using: last4", f'using: "{using}"')

    with office.opened(office.write(tmp_path, change), "analyst") as federation:
        with pytest.raises(CatalogError) as caught:
            federation.sql("SELECT full_name FROM customer_record")
        (problem,) = caught.value.problems
        roles = (tmp_path / "policies" / "roles.yaml").read_text().splitlines()
        assert problem.place.file.endswith("roles.yaml") and using in roles[problem.place.line - 1]


def test_a_channel_that_no_field_tells_is_a_mistake(tmp_path: Path) -> None:
    """Else whoever agreed over the telephone would be written to."""

    def change(files: dict[str, str]) -> None:
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("channel: channel, ", "")

    said = cdi(office.write(tmp_path, change), "policy", "check")
    assert said.exit_code == 2 and "which field tells the channel, so 'email' would be any" in said.stderr


def test_a_rule_for_a_purpose_that_nobody_names_is_told(tmp_path: Path) -> None:
    """Else a slip in it would let a campaign have everybody."""

    def change(files: dict[str, str]) -> None:
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace(
            "{purpose: marketing,", "{purpose: markting,"
        )

    said = cdi(office.write(tmp_path, change), "policy", "check").stderr
    assert "warning: no role names the purpose 'markting' of a rule, did you mean 'marketing'?" in said


def test_a_table_whose_rows_pass_for_people_is_told(tmp_path: Path) -> None:
    """Consents know a customer by e-mail alone, so that two of one person would be a group of two."""
    said = cdi(office.write(tmp_path), "policy", "check").stderr
    assert "warning: each row of 'consent' passes for a person in the groups of 'counter'" in said
    assert "each row of 'orders'" not in said and "each row of 'payment'" not in said


def test_what_two_files_say_is_said_once(tmp_path: Path) -> None:
    """Which of them held would be a matter of their names."""

    def change(files: dict[str, str]) -> None:
        files["policies/zz.yaml"] = (
            f"secret: another\nusers: {{{office.USER}: {{roles: [steward]}}}}\nroles: {{doctor: {{}}}}\n"
        )

    said = cdi(office.write(tmp_path, change), "policy", "check").stderr
    assert f"zz.yaml:2:9: users.{office.USER}: what the user '{office.USER}' may take is said already, at " in said
    assert "zz.yaml:1:1: secret: there is another secret at " in said and "another role 'doctor'" in said


def test_equal_conditions_are_told_each_at_its_place(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        wrong = "  {}: {{entities: {{allow: [customer]}}, rows: {{customer: balance}}}}\n"
        files["policies/more.yaml"] = "roles:\n" + "".join(map(wrong.format, ("one", "two")))

    checked = cdi(office.write(tmp_path, change), "policy", "check")
    assert [each.split(".yaml:")[1].split(": ")[0] for each in checked.stderr.splitlines() if ".yaml:" in each] == [
        "2:57", "3:57",
    ]  # fmt: skip


KEYS = """\
provides:
  house: {name: houses, from: SELECT 1 AS a, key: [a, a], fields: {a: a, b: a}}
  visit: {name: visits, from: SELECT 1 AS a, key: a, fields: {visit_id: a, house: {ref: more.houses, column: [a, a]}}}
"""


def test_what_policies_leave_open_is_told(tmp_path: Path) -> None:
    """A filter passes on by a key of one field; of what it cannot keep to visible rows the checks warn."""

    def change(files: dict[str, str]) -> None:
        files["entities/house.yaml"] = "entity: house\nkey: [a, b]\nfields: {a: integer, b: integer}\n"
        files["entities/visit.yaml"] = "entity: visit\nkey: visit_id\nfields: {visit_id: integer, house: varchar}\n"
        files["sources/more.yaml"] = f"source: more\nkind: sqlite\nconnection: {{path: crm.sqlite}}\n{KEYS}"
        files["policies/more.yaml"] = "roles:\n  one: {entities: {allow: [visit]}, rows: {house: a = 1}}\n  none: {}\n"

    office.write(tmp_path, change)
    for words in (["policy", "check"], ["validate"]):
        said = cdi(tmp_path, *words)
        assert said.exit_code == 0, said.stderr
        assert "warning: 'house' has a key of several fields, so what hides rows of it from 'one'" in said.stderr
        assert "warning: the role 'none' may read nothing" in said.stderr


def test_validate_holds_policies_against_their_columns_too(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files["policies/more.yaml"] = "roles:\n  one: {entities: {allow: [customer]}, rows: {customer: balance}}\n"

    said = cdi(office.write(tmp_path, change), "validate")
    assert said.exit_code == 1 and "policies/more.yaml:2:" in said.stderr and "1 check failed" in said.stderr


def test_what_suits_its_columns_passes(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("using: year", "using: partial", 1)

    checked = cdi(office.write(tmp_path, change), "policy", "check")
    assert checked.exit_code == 0, checked.stderr
