"""`cdi audit show | verify | stats`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdi_federate import connect, load_ipython_extension
from cdi_federate.audit import asked as asked_of
from cdi_federate.cli.shell.loop import one
from cdi_federate.hub.ids import lone_id
from cdi_federate.identity.store import Store
from tests.audit.audited import LOG, catalog
from tests.cli.conftest import Cdi, cdi  # noqa: F401 - a fixture
from tests.identity.company import Company


@pytest.fixture
def asked(tmp_path: Path, cdi: Cdi) -> Path:  # noqa: F811
    folder = catalog(tmp_path / "catalog")
    assert cdi("query", "SELECT id, mail FROM thing WHERE mail = 'a'").exit_code == 0
    assert cdi("--as", "analyst", "query", "SELECT count(*) FROM thing").exit_code == 0
    assert cdi("query", "--as", "analyst", "SELECT * FROM read_text('/etc/passwd')").exit_code == 2
    return folder


def test_show_has_a_row_a_query(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    rows = [json.loads(line) for line in cdi("audit", "show", "--format", "ndjson").stdout.splitlines()]
    assert [(row["outcome"], row["role"], row["rows"]) for row in rows] == [
        ("complete", "", 2), ("complete", "analyst", 1), ("refused", "analyst", 0),
    ]  # fmt: skip
    assert rows[0]["columns"] == ["thing.id", "thing.mail [pii.email]"]
    assert rows[0]["sources"] == ["crm", "desk"] and rows[0]["released"]


@pytest.mark.parametrize(
    ("options", "count"),
    [("--last 1", 1), ("--column pii.email", 1), ("--entity THING", 2), ("--outcome refused", 1), ("--user nobody", 0),
     ("--since 2999-01-01", 0), ("--since 2020-01-01", 3)],
)  # fmt: skip
def test_show_takes_a_choice(options: str, count: int, asked: Path, cdi: Cdi) -> None:  # noqa: F811
    assert len(cdi("audit", "show", "--format", "ndjson", *options.split()).stdout.splitlines()) == count


def test_who_reads_the_log_is_in_it(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    cdi("audit", "show", "--last", "2", "--format", "ndjson")
    cdi("audit", "stats")
    *_, show, stats = asked_of(asked / LOG)
    assert (show.kind, show.outcome, show.rows, show.entities) == ("audit show", "looked", 2, ())
    assert (stats.kind, stats.outcome) == ("audit stats", "looked") and stats.user == show.user != ""
    assert cdi("audit", "verify").stdout.startswith("9 lines, whole")


def test_a_log_that_cannot_be_written_is_not_shown(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    log = asked / LOG
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    for verb in ("show", "stats"):
        found = cdi("audit", verb)
        assert found.exit_code == 3 and "the audit log is not whole" in found.stderr and not found.stdout


def test_decisions_are_in_the_log_before_they_are_in_force(tmp_path: Path, cdi: Cdi) -> None:  # noqa: F811
    company = Company(tmp_path, head="audit: true\n")
    company.put("crm", ("secret@x", "a@x"), ("2", "b@x"))
    where = ("-C", str(company.folder))
    log = company.folder / LOG
    for words in (["pin"], ["pin", "--undo"], ["split"]):
        found = cdi("identity", *words, "crm:secret@x", "crm:2", "--reason", "she called", *where)
        assert found.exit_code == 0, found.stderr
    ids = [lone_id("customer", "crm.people", key) for key in ("secret@x", "2")]
    told = [(each.kind, each.outcome, each.entities, each.statement) for each in asked_of(log)]
    assert told == [
        (f"identity {act}", "decided", ("customer",), " ".join(ids)) for act in ("pin", "pin --undo", "split")
    ]
    assert "secret@x" not in log.read_text() and "called" not in log.read_text()

    before = Store(company.folder, "customer").decisions()
    log.write_text("")
    refused = cdi("identity", "pin", "crm:secret@x", "crm:2", *where)
    assert refused.exit_code == 3 and "the audit log is not whole" in refused.stderr
    assert Store(company.folder, "customer").decisions() == before


def test_stats_count_sources_fields_users_and_what_was_denied(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    rows = [json.loads(line) for line in cdi("audit", "stats", "--format", "ndjson").stdout.splitlines()]
    found = {(row["what"], row["name"].rpartition("/")[2]): row["queries"] for row in rows}
    assert found["source", "crm"] == found["source", "desk"] == 2
    assert found["field", "thing.mail"] == 1
    assert found["outcome", "complete"] == 2
    assert found["denied", "analyst: refused"] == 1
    crm = next(row for row in rows if row["name"] == "crm")
    assert crm["rows"] > 0 and crm["bytes"] > 0 and crm["seconds"] > 0


def test_stats_tell_who_narrows_an_answer_down(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    for most in (1, 2, 3):
        assert cdi("query", "--as", "analyst", f"SELECT count(*) FROM thing WHERE ms < {most}").exit_code == 0
    rows = [json.loads(line) for line in cdi("audit", "stats", "--format", "ndjson").stdout.splitlines()]
    ((name, queries),) = [(row["name"], row["queries"]) for row in rows if row["what"] == "repeated"]
    assert name.endswith("/analyst: SELECT count(*) FROM thing WHERE ms < ?") and queries == 3
    assert next(row["name"] for row in rows if row["what"] == "field") == "thing.ms"  # the most used comes first


def test_verify_says_the_head_and_compares_one(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    first = cdi("audit", "verify")
    assert first.exit_code == 0 and first.stdout.startswith("7 lines, whole; the last is 7:")
    head = first.stdout.split()[-1]
    assert cdi("audit", "verify", "--head", head).exit_code == 0
    assert cdi("audit", "verify", "--head", f"9:{'a' * 64}").exit_code == 1
    assert cdi("audit", "verify", "--head", "x").exit_code == 2


def test_verify_fails_and_queries_are_refused_after_a_change(asked: Path, cdi: Cdi) -> None:  # noqa: F811
    log = asked / LOG
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    found = cdi("audit", "verify")
    assert found.exit_code == 1 and "its end was cut off" in found.stderr
    refused = cdi("query", "SELECT 1")
    assert refused.exit_code == 3 and "the audit log is not whole" in refused.stderr and not refused.stdout


def test_a_catalog_without_a_log_says_how_to_have_one(tmp_path: Path, cdi: Cdi) -> None:  # noqa: F811
    catalog(tmp_path / "catalog", "false")
    for verb in ("show", "verify", "stats"):
        found = cdi("audit", verb)
        assert found.exit_code == 2 and "`audit: true`" in found.stderr


def test_the_shell_the_notebook_and_analyze_are_audited(tmp_path: Path, cdi: Cdi) -> None:  # noqa: F811
    folder = catalog(tmp_path / "catalog")
    assert cdi("explain", "--analyze", "SELECT * FROM thing").exit_code == 0
    with connect(folder) as federation:
        one(federation, "SELECT id FROM thing")
        one(federation, "SELECT nothing FROM thing")
    shell = InteractiveShell()
    load_ipython_extension(shell)
    shell.run_line_magic("cdi", f"-C {folder} SELECT mail FROM thing")._repr_html_()
    assert [(each.kind, each.outcome) for each in asked_of(folder / LOG)] == [
        ("select", "complete"), ("select", "complete"), ("", "refused"), ("select", "complete"),
    ]  # fmt: skip


def test_looking_at_a_crosswalk_is_written_down(tmp_path: Path, cdi: Cdi) -> None:  # noqa: F811
    folder = tmp_path / "catalog"
    folder.mkdir()
    company = Company(folder, head="audit: true\n")
    company.put("crm", ("1", "a@x"))
    company.put("shop", ("7", "a@x"))
    company.build()
    for words in (["show", "crm:1"], ["why", "crm:1", "shop:7"], ["quarantine"], ["export", "--format", "csv"]):
        assert cdi("identity", *words).exit_code == 0
    rows = [
        json.loads(line)
        for line in cdi("audit", "show", "--outcome", "looked", "--format", "ndjson").stdout.splitlines()
    ]
    assert [(row["kind"], row["rows"]) for row in rows] == [
        ("identity show", 2), ("identity why", 1), ("identity quarantine", 0), ("identity export", 2),
    ]  # fmt: skip
