"""Every way to rows leaves its lines, before the rows; where they cannot be written there are no rows."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.audit import Log, files, log, verify
from cdi_federate.errors import AuditError, CdiError, ExecutionError, SourceError
from tests.audit.audited import ANCHOR, LOG, catalog, events, lines
from tests.identity.company import Company

ROWS = "SELECT id, mail FROM thing WHERE mail = 'a' AND ms IS NULL OR id > 2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return catalog(tmp_path)


@pytest.fixture
def federation(folder: Path) -> Iterator[cdi.Federation]:
    with cdi.connect(folder, as_="analyst", purpose="service") as opened:
        yield opened


def test_a_query_leaves_three_lines_that_hold_no_value(federation: cdi.Federation, folder: Path) -> None:
    assert len(federation.sql(ROWS)) == 3
    intent, released, closed = lines(folder)
    assert (intent["user"], intent["role"], intent["purpose"], intent["kind"]) == (
        federation._subject.user, "analyst", "service", "select",
    )  # fmt: skip
    assert intent["statement"] == "SELECT id, mail FROM thing WHERE mail = ? AND ms IS NULL OR id > ?"
    assert intent["entities"] == ["thing"]
    assert intent["columns"] == {"thing.id": [], "thing.mail": ["pii.email"], "thing.ms": []}
    assert intent["sources"] == ["crm", "desk"]
    assert [source for source, _ in intent["fragments"]] == ["crm"]
    assert released["event"] == "released" and released["query"] == closed["query"] == intent["query"]
    assert (closed["outcome"], closed["rows"]) == ("complete", 3)
    assert closed["sources"].keys() == {"crm", "desk"} and closed["sources"]["crm"]["rows"] == 1
    assert verify(folder / LOG, folder / ANCHOR).is_whole


def test_a_plan_that_is_shown_leaves_one_line(federation: cdi.Federation, folder: Path) -> None:
    federation.sql(f"EXPLAIN {ROWS}").arrow()
    (line,) = lines(folder)
    assert (line["event"], line["kind"], line["entities"]) == ("looked", "explain", ["thing"])


def test_fragments_that_differ_in_values_have_one_fingerprint(federation: cdi.Federation, folder: Path) -> None:
    for sql in (
        "SELECT id FROM thing WHERE mail = 'a'",
        "SELECT id FROM thing WHERE mail = 'zz'",
        "SELECT ms FROM thing",
    ):
        federation.sql(sql).arrow()
    first, second, other = (line["fragments"] for line in lines(folder) if line["event"] == "intent")
    assert first == second != other


def test_intent_is_on_the_disk_before_anything_runs(
    federation: cdi.Federation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    forced: list[list[str]] = []
    engine = federation._setting.engine
    run = engine.run
    monkeypatch.setattr(files, "sync", lambda handle: forced.append(events(folder)))
    monkeypatch.setattr(log, "sync", files.sync)
    monkeypatch.setattr(engine, "run", lambda *args, **kwargs: (seen.append(events(folder)), run(*args, **kwargs))[1])
    result = federation.sql(ROWS)
    assert events(folder) == []  # it was only planned
    batches = iter(result.reader())
    next(batches)
    assert seen == [["intent"]] and forced[-1] == ["intent"]
    assert events(folder) == ["intent", "released"]
    assert list(batches) == []
    assert forced[-1] == ["intent", "released", "closed"]


def _streamed(federation: cdi.Federation) -> None:
    for _ in federation.sql(ROWS).reader():
        pass


WAYS: dict[str, Callable[[cdi.Federation], object]] = {
    "fetchall": lambda federation: federation.sql(ROWS).fetchall(),
    "reader": _streamed,
    "len": lambda federation: len(federation.sql(ROWS)),
    "pandas": lambda federation: federation.sql(ROWS).df(),
    "capsule": lambda federation: federation.sql(ROWS).__arrow_c_stream__(),
    "html": lambda federation: federation.sql(ROWS)._repr_html_(),
    "show": lambda federation: federation.sql(ROWS).show(),
    "run": lambda federation: federation.run(federation.prepare(ROWS)).arrow(),
    "analyze": lambda federation: federation.sql(f"EXPLAIN ANALYZE {ROWS}").arrow(),
    "explain": lambda federation: federation.sql(ROWS).explain(analyze=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_rows_is_written_down(
    way: str, federation: cdi.Federation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WAYS[way](federation)
    assert events(folder) == ["intent", "released", "closed"]

    def full(log: Log, entry: dict[str, Any], **how: bool) -> None:
        raise AuditError("the audit log cannot be written")

    monkeypatch.setattr(Log, "append", full)
    with pytest.raises(AuditError):
        WAYS[way](federation)


@pytest.mark.parametrize("missing", ["intent", "released", "closed"])
def test_no_row_is_given_whose_line_cannot_be_written(
    missing: str, federation: cdi.Federation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Log.append

    def failing(log: Log, entry: dict[str, Any], **how: bool) -> Any:
        if entry["event"] == missing:
            raise AuditError("the audit log cannot be written")
        return append(log, entry, **how)

    monkeypatch.setattr(Log, "append", failing)
    result = federation.sql(ROWS)
    for _ in range(2):
        with pytest.raises(AuditError):
            result.arrow()
    monkeypatch.undo()
    assert len(federation.sql(ROWS)) == 3  # what was held is free again


def test_a_log_that_cannot_be_made_refuses(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "{path: there/audit}")
    (folder / "there").write_text("a file")
    with cdi.connect(folder) as federation, pytest.raises(AuditError, match="cannot be written"):
        federation.sql(ROWS).arrow()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_a_full_disk_refuses(folder: Path) -> None:
    (folder / ".cdi/audit").mkdir(parents=True)
    (folder / LOG).symlink_to("/dev/full")
    with cdi.connect(folder) as federation, pytest.raises(AuditError, match="cannot be written"):
        federation.sql(ROWS).arrow()


# --- outcomes ---------------------------------------------------------------------------------------------------------


def test_a_query_that_fails_says_its_code_only(federation: cdi.Federation, folder: Path) -> None:
    with pytest.raises(ExecutionError):
        federation.sql("SELECT CAST(mail AS INTEGER) FROM thing WHERE id = 1").arrow()
    closed = lines(folder)[-1]
    assert (closed["outcome"], closed["code"], closed["rows"]) == ("failed", "execution", 0)


def test_a_source_that_fails_is_told(federation: cdi.Federation, folder: Path) -> None:
    federation.sql(ROWS).arrow()
    with closing(sqlite3.connect(folder / "crm.sqlite")) as db:
        db.execute("DROP TABLE t")
    with pytest.raises(SourceError):
        federation.sql(ROWS).arrow()
    assert len({line["query"] for line in lines(folder)}) in (1, 2)  # it may be seen while it is planned


def test_a_source_that_was_left_out_is_told(federation: cdi.Federation, folder: Path) -> None:
    (folder / "t.csv").unlink()
    result = federation.sql("SELECT id FROM thing", on_failure="partial")
    assert len(result) == 3
    closed = lines(folder)[-1]
    assert (closed["outcome"], closed["lacks"]) == ("complete", ["desk"])


def test_a_reader_that_leaves_and_one_that_stops_are_told(federation: cdi.Federation, folder: Path) -> None:
    many = "SELECT a.id FROM thing a, range(400000)"
    reader = federation.sql(many).reader()
    first = reader.read_next_batch().num_rows
    del reader
    assert (lines(folder)[-1]["outcome"], lines(folder)[-1]["rows"]) == ("left", first)
    result = federation.sql(many)
    reader = result.reader()
    reader.read_next_batch()
    result.cancel()
    with pytest.raises(CdiError):
        for _ in reader:
            pass
    assert lines(folder)[-1]["outcome"] == "stopped"


REFUSED = [
    ("SELECT nothing FROM thing", "unknown_name", "SELECT ? FROM thing"),
    ("SELECT * FROM thing WHERE mail = \"anna@example.com\"", "unknown_name", 'SELECT * FROM thing WHERE mail = "?"'),
    ("SELECT * FROM thing WHERE mail = Anna", "unknown_name", "SELECT * FROM thing WHERE mail = ?"),
    ("SELECT * FROM read_csv('/etc/passwd')", "refused", "SELECT * FROM read_csv(?)"),
    ("SELECT 'Anna' 'x FROM thing", "syntax", "?"),
    ("DELETE FROM thing WHERE mail = 'anna@example.com'", "syntax", "DELETE FROM thing WHERE mail = ?"),
    ("SELECT sum(mail) FROM thing", "binding", "SELECT sum(mail) FROM thing"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "code", "told"), REFUSED)
def test_what_is_refused_is_written_down(
    sql: str, code: str, told: str, federation: cdi.Federation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ask in (federation.sql, federation.prepare):
        with pytest.raises(CdiError):
            ask(sql)
    for line in lines(folder):
        assert (line["event"], line["code"], line["statement"]) == ("refused", code, told)
        assert (line["user"], line["role"]) == (federation._subject.user, "analyst")
    assert len(lines(folder)) == 2
    monkeypatch.setattr(os, "fdatasync", lambda handle: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(AuditError, match="Input/output error"):
        federation.sql(sql)


def test_no_value_of_any_kind_is_in_the_log(federation: cdi.Federation, folder: Path) -> None:
    federation.sql("SELECT id FROM thing WHERE mail = $who /* canary-1 */ -- canary-2", who="canary-3").arrow()
    federation.sql("SELECT id FROM thing WHERE mail IN ('canary-4', $$canary-5$$, e'canary-6') AND id < 77123").arrow()
    federation.sql("SELECT id AS \"canary-7\" FROM thing WHERE mail LIKE 'canary-8%'").arrow()
    federation.sql("SELECT id FROM thing WHERE mail = 'canary-9'", dialect="postgres").arrow()
    for sql in (
        "SELECT canary-10 FROM thing",
        "'canary-11'",
        "SELECT CAST('canary-12' AS INT)",
        "EXPLAIN SELECT 'canary-13",
    ):
        with pytest.raises(CdiError):
            federation.sql(sql).arrow()
    federation.sql("EXPLAIN ANALYZE SELECT 'canary-14' FROM thing").arrow()
    text = (folder / LOG).read_text()
    assert not re.findall(r"canary-\d+|77123", text)
    assert "$who" in text and '"parameters":["who"]' in text


# --- when there is a log ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audit", "policies", "expected"),
    [("", False, False), ("audit: false\n", False, False), ("audit: true\n", False, True), ("", True, True),
     ("audit: false\n", True, False), ("audit: {on: false}\n", False, False), ("audit: {}\n", False, True)],
)  # fmt: skip
def test_a_catalog_with_policies_or_that_says_so_is_audited(
    audit: str, policies: bool, expected: bool, tmp_path: Path
) -> None:
    everybody = "roles: {all: {entities: {allow: '*'}}}\nusers: {'*': {roles: all}}\n"
    further = {"policies/p.yaml": everybody} if policies else {}
    catalog(tmp_path, **further)
    (tmp_path / "catalog.yaml").write_text(f"name: small\n{audit}")
    with cdi.connect(tmp_path) as federation:
        assert (federation.catalog.audit is not None) is expected


def test_log_and_anchor_stand_where_the_catalog_says(tmp_path: Path) -> None:
    folder = catalog(tmp_path / "catalog", f"{{path: ../logs, anchor: {tmp_path}/elsewhere/anchor}}")
    with cdi.connect(folder) as federation:
        federation.sql(ROWS).arrow()
        federation.register("more", [{"a": 1}])
        federation.sql("SELECT * FROM more").arrow()
    assert not (folder / ".cdi/audit").exists()
    verdict = verify(tmp_path / "logs/log.jsonl", tmp_path / "elsewhere/anchor")
    assert verdict.is_whole and verdict.lines == 6


def test_an_anchor_inside_the_log_s_folder_is_a_mistake(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "{path: logs, anchor: logs/anchor}")
    with pytest.raises(CdiError, match="outside"):
        cdi.connect(folder)


def test_the_system_s_log_is_told_each_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import syslog

    told: list[str] = []
    monkeypatch.setattr(syslog, "syslog", lambda priority, text: told.append(text))
    with cdi.connect(catalog(tmp_path, "{anchor: syslog}")) as federation:
        federation.sql(ROWS).arrow()
    verdict = verify(tmp_path / LOG, tmp_path / ANCHOR)
    assert told[-1] == f"cdi audit 3:{verdict.head.hash}" and len(told) == 3


def test_columns_are_those_that_a_table_has(tmp_path: Path) -> None:
    """By what records are merged is read too, and is no column of the customers."""
    Company(tmp_path, head="audit: true\n").put("crm", ("1", "a@x"))
    with cdi.connect(tmp_path) as federation:
        assert federation.sql("SELECT email FROM customer").fetchall() == [("a@x",)]
    assert lines(tmp_path)[0]["columns"] == {"customer.customer_id": [], "customer.email": []}


def test_builds_of_crosswalks_and_all_of_one_customer_are_written_down(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    head = tmp_path / "catalog.yaml"
    head.write_text(head.read_text() + "audit: true\n")
    company.build()
    assert {line["kind"] for line in lines(tmp_path) if line["event"] == "intent"} == {"link"}
    before = len(lines(tmp_path))
    with cdi.connect(tmp_path) as federation:
        federation.customer(email="a@x")
    assert [line["kind"] for line in lines(tmp_path)[before:] if line["event"] == "intent"] == ["select"] * 2
    assert "a@x" not in (tmp_path / LOG).read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no user of a process in this way")
def test_the_user_is_the_system_s_whatever_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.setenv("LOGNAME", "somebody_else")
    with cdi.connect(folder) as federation:
        federation.sql(ROWS).arrow()
    assert lines(folder)[0]["user"] == pwd.getpwuid(os.getuid()).pw_name
