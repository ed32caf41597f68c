"""What somebody may not do leaves a line before it is told, and only auditors read the lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdi_federate import connect
from cdi_federate.audit import asked, verify
from cdi_federate.errors import AuditError, RefusedError, RoleError, UsageError
from cdi_federate.stages.subject import Subject
from tests.audit.audited import ANCHOR, LOG, lines
from tests.policy import office
from tests.policy.test_policy_files import cdi

AUDITOR = "  auditor: {entities: {allow: []}, auditor: true}\n  closed: {entities: {allow: [orders]}}\n"
CANARY = "canary4711"


def company(folder: Path, *, roles: str = "", catalog: str = "") -> Path:
    """Write the company with an auditor, and a role that nobody may take; `roles` are those of the user instead."""

    def change(files: dict[str, str]) -> None:
        files["catalog.yaml"] += catalog
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("rules:\n", f"{AUDITOR}rules:\n")
        known = files["policies/users.yaml"]
        new = f"roles: [{roles}]" if roles else "roles: [auditor, steward"
        old = known[known.index("roles: [") : known.index("]") + 1] if roles else "roles: [steward"
        files["policies/users.yaml"] = known.replace(old, new)

    return office.write(folder, change)


def denied(folder: Path) -> list[tuple[str, str, str, str]]:
    """Return role, purpose, kind and code of each denial in the log, which must be whole."""
    assert verify(folder / LOG, folder / ANCHOR).is_whole
    return [(e.role, e.purpose, e.kind, e.code) for e in asked(folder / LOG) if e.outcome == "refused"]


@pytest.mark.parametrize(
    ("role", "purpose", "line"),
    [
        ("closed", "", ("closed", "", "role", "role")),
        (CANARY, "", ("?", "", "role", "role")),
        ("campaign", "", ("campaign", "", "role", "role")),
        ("campaign", CANARY, ("campaign", "?", "role", "role")),
    ],
)
def test_a_role_that_was_not_granted_leaves_a_line(
    tmp_path: Path, role: str, purpose: str, line: tuple[str, ...]
) -> None:
    folder = company(tmp_path)
    for sandbox in (False, True):
        with pytest.raises(RoleError):
            connect(folder, as_=role, purpose=purpose, sandbox=sandbox)
    assert cdi(folder, "query", "--as", role, "--purpose", purpose, "SELECT 1").exit_code == 2
    assert denied(folder) == [line] * 3
    assert CANARY not in (folder / LOG).read_text()
    assert {each["user"] for each in lines(folder)} == {office.USER}


def test_whom_no_policy_names_leaves_a_line_and_a_forgotten_role_does_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="in which role") as error:
        connect(company(tmp_path / "several"))
    assert not isinstance(error.value, RoleError) and not lines(tmp_path / "several")

    def change(files: dict[str, str]) -> None:
        files["policies/users.yaml"] = "users: {somebody_else: {roles: [steward]}}\n"

    with pytest.raises(RoleError, match="names"):
        connect(office.write(tmp_path / "none", change))
    assert denied(tmp_path / "none") == [("", "", "role", "role")]


def test_the_subjects_of_a_server_leave_one_too(tmp_path: Path) -> None:
    folder = company(tmp_path)
    with connect(folder, as_="steward") as federation:
        with pytest.raises(RoleError):
            federation.as_subject(Subject("ann", CANARY))
        with pytest.raises(RoleError):
            federation.sql("SELECT order_id FROM orders", subject=Subject("ann", "campaign"))
        with pytest.raises(RoleError, match="attribute"):
            federation.sql("SELECT full_name FROM customer", subject=Subject("ann", "branch"))
    assert denied(folder) == [("?", "", "role", "role"), ("campaign", "", "", "role"), ("branch", "", "", "role")]
    assert {each["user"] for each in lines(folder)} == {"ann"}
    assert lines(folder)[1]["statement"] == "SELECT order_id FROM orders"


def test_a_right_that_a_role_has_not_leaves_a_line(tmp_path: Path) -> None:
    folder = company(tmp_path)
    with connect(folder, as_="analyst") as federation, pytest.raises(RefusedError, match="steward: true"):
        federation.doctor()
    for words in (["identity", "build"], ["identity", "show", "crm:1"], ["validate", "--connect"], ["audit", "show"]):
        assert cdi(folder, *words, "--as", "analyst").exit_code == 2, words
    assert denied(folder) == [
        ("analyst", "", tried, "refused")
        for tried in ("reach every source", "link records", "see who is linked to whom",
                      "hold the catalog against its sources", "see who asked what")
    ]  # fmt: skip


def test_a_denial_that_cannot_be_written_down_is_no_entry_either(tmp_path: Path) -> None:
    folder = company(tmp_path)
    for words in (["query", "SELECT 1"], ["audit", "show"]):
        assert cdi(folder, *words, "--as", "closed").exit_code == 2
    text = (folder / LOG).read_text()
    (folder / LOG).write_text(text.replace('"closed"', '"opened"', 1))
    (folder / ANCHOR).unlink()
    with pytest.raises(AuditError):
        connect(folder, as_="closed")


@pytest.mark.parametrize("verb", ["show", "stats"])
def test_only_auditors_read_the_log(tmp_path: Path, verb: str) -> None:
    folder = company(tmp_path, catalog='audit: {path: "${CDI_NO_SUCH:-kept}"}\n')
    assert cdi(folder, "query", "--as", "closed", "SELECT 1").exit_code == 2
    assert cdi(folder, "query", "--as", "steward", "SELECT 1").exit_code == 0
    for role in ("steward", "analyst"):
        refused = cdi(folder, "audit", verb, "--as", role)
        assert refused.exit_code == 2 and "auditor: true" in refused.stderr and not refused.stdout
    assert "in which role" in cdi(folder, "audit", verb).stderr, "not even with a role among several"
    assert cdi(folder, "audit", verb, "--as", "closed").exit_code == 2
    shown = cdi(folder, "audit", verb, "--as", "auditor", "--format", "ndjson")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    if verb == "show":
        assert [(row["outcome"], row["role"], row["kind"]) for row in rows] == [
            ("refused", "closed", "role"), ("complete", "steward", "select"),
            ("refused", "steward", "see who asked what"), ("refused", "analyst", "see who asked what"),
            ("refused", "closed", "role"),
        ]  # fmt: skip
    else:
        found = {row["name"]: row["queries"] for row in rows if row["what"] == "denied"}
        assert found[f"{office.USER}/closed: role"] == 2 and found[f"{office.USER}/steward: refused"] == 1
    assert cdi(folder, "audit", "verify").exit_code == 0, "it shows nothing of what was asked"


def test_looks_at_a_crosswalk_name_the_role_that_was_taken(tmp_path: Path) -> None:
    folder = company(tmp_path, roles="steward")
    assert cdi(folder, "identity", "build").exit_code == 0
    assert cdi(folder, "identity", "show", "crm.accounts:1").exit_code == 0
    assert cdi(folder, "identity", "show", "crm.accounts:1", "--as", "analyst").exit_code == 2
    shown = [each for each in asked(folder / LOG) if each.kind == "identity show"]
    assert [(each.user, each.role, each.outcome) for each in shown] == [(office.USER, "steward", "looked")]
    assert denied(folder) == [("analyst", "", "role", "role")]
