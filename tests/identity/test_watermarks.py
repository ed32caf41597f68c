"""What a small build reads of a server: the condition on the time of change is the source's own to keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.execute.result import Result
from cdi_federate.federation.readings import Readings
from cdi_federate.identity import build
from tests.servers import database

ROWS = 300

ENTITY = """entity: customer
grain: merged
key: customer_id
fields: {customer_id: varchar, email: varchar}
identity:
  rules:
    - {id: email, on: email}
"""


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("postgres", "timestamptz"),
        ("mysql", "timestamp"),
        pytest.param("postgres", "timestamp", marks=pytest.mark.bars),
        pytest.param("postgres", "date", marks=pytest.mark.bars),
        pytest.param("mysql", "datetime(6)", marks=pytest.mark.bars),
    ],
)
def test_only_newer_rows_leave_a_server(tmp_path: Path, kind: str, type_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Result] = []
    rows = Readings.rows

    def watched(self: Readings, *asked: Any, **how: Any) -> Result:
        read.append(rows(self, *asked, **how))
        return read[-1]

    monkeypatch.setattr(Readings, "rows", watched)
    with database(kind) as server:
        server.run(f"CREATE TABLE people (no int PRIMARY KEY, email varchar(30), changed {type_} NULL)")
        day = [f"({n}, '{n % 200}@x', '20{10 + n % 14}-03-01 00:00:00')" for n in range(ROWS)]
        server.run(f"INSERT INTO people VALUES {', '.join(day)}", "INSERT INTO people VALUES (998, 'none@x', NULL)")
        for name in ("entities", "sources"):
            (tmp_path / name).mkdir()
        (tmp_path / "catalog.yaml").write_text("name: company\n")
        (tmp_path / "entities" / "customer.yaml").write_text(ENTITY)
        (tmp_path / "sources" / "crm.yaml").write_text(
            f"source: crm\nkind: {kind}\nconnection: {json.dumps(server.connection())}\nprovides:\n  customer:\n"
            "    name: people\n    from: people\n    key: no\n    updated: changed\n    fields: {email: email}\n"
        )
        with cdi.connect(tmp_path) as fed:
            assert build(fed, "customer").new == ROWS + 1
        server.run("INSERT INTO people VALUES (999, '5@x', '2025-06-01 10:00:00')")
        server.run("UPDATE people SET email = '6@x', changed = '2025-06-01 10:00:00' WHERE no = 7")
        read.clear()
        with cdi.connect(tmp_path) as fed:
            built = build(fed, "customer")
            assert (built.new, built.changed, built.kind) == (1, 1, "incremental")
            sent = [sum(each.rows for each in one.ran.fragments.values()) for one in read if one.ran is not None]
            newest = len([n for n in range(ROWS) if n % 14 == 13])
            assert sent[-1] <= newest + 3, "the newest of before, one without a time, one changed, one new"
            assert len(read) == 2, "a count, and what is newer"
            before = fed.sql("SELECT customer_id, record_key FROM identifier ORDER BY ALL").fetchall()
        with cdi.connect(tmp_path) as fed:
            build(fed, "customer", full=True)
            assert fed.sql("SELECT customer_id, record_key FROM identifier ORDER BY ALL").fetchall() == before
