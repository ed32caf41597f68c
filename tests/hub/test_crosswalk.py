"""What readers see of a crosswalk: one generation, whole, with what small builds changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.hub import Crosswalk, layout

NOW = "2026-11-01 00:00:00+00"


def table(columns: Any, rows: list[tuple[Any, ...]]) -> str:
    values = ", ".join("(" + ", ".join("NULL" if v is None else repr(v) for v in row) + ")" for row in rows)
    picked = ", ".join(f"CAST(c{at} AS {type_}) AS {name}" for at, (name, type_) in enumerate(columns.items()))
    if not rows:
        return "SELECT " + ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in columns.items()) + " LIMIT 0"
    return f"SELECT {picked} FROM (VALUES {values}) AS v({', '.join(f'c{at}' for at in range(len(columns)))})"


def record(master: str, mapping: str, key: str, run: str) -> tuple[Any, ...]:
    return (master, mapping.split(".")[0], mapping, key, None, None, master, NOW, None, run)


def write(base: Path, run: str, large: list[Any], recent: list[Any], edges: Any = (), fresh: Any = ()) -> None:
    root = layout.folder(base, "customer")
    where = root / layout.GENERATIONS / run
    where.mkdir(parents=True)
    for name, rows in ((layout.XREF, large), (layout.XREF_BY_ID, large), (layout.XREF_RECENT, recent)):
        duckdb.execute(f"COPY ({table(layout.XREF_COLUMNS, rows)}) TO '{where / name}'")
    for name, rows in ((layout.EDGES, edges), (layout.EDGES_RECENT, fresh)):
        duckdb.execute(f"COPY ({table(layout.EDGE_COLUMNS, list(rows))}) TO '{where / name}'")
    said = {
        "format": layout.FORMAT,
        "run_id": run,
        "created": NOW,
        "counts": {"records": len(large)},
        "state": {"x": 1},
    }
    (root / layout.CURRENT).write_text(json.dumps(said))


def read(sql: str) -> list[tuple[Any, ...]]:
    return sorted(duckdb.sql(sql).fetchall())


def test_without_a_build_there_is_none(tmp_path: Path) -> None:
    assert Crosswalk.current(tmp_path, "customer") is None


@pytest.mark.parametrize(
    "said", ["", "{", "[]", "null", '{"format": 1}', '{"format": 999, "run_id": "r", "counts": {}}']
)
def test_what_is_no_crosswalk_of_ours_is_none(tmp_path: Path, said: str) -> None:
    write(tmp_path, "r1", [record("c1", "crm.a", "1", "r1")], [])
    (layout.folder(tmp_path, "customer") / layout.CURRENT).write_text(said)
    assert Crosswalk.current(tmp_path, "customer") is None


def test_a_reader_keeps_its_generation(tmp_path: Path) -> None:
    write(tmp_path, "r1", [record("c1", "crm.a", "1", "r1")], [])
    first = Crosswalk.current(tmp_path, "Customer")
    write(tmp_path, "r2", [record("c2", "crm.a", "1", "r2")], [])
    second = Crosswalk.current(tmp_path, "customer")
    assert first is not None
    assert second is not None
    assert (first.version, second.version) == ("customer@r1", "customer@r2")
    assert first.counts == {"records": 1}
    assert [row[0] for row in read(first.by_key_sql())] == ["c1"]
    assert [row[0] for row in read(second.by_key_sql())] == ["c2"]


def test_recent_rows_hold_instead_of_large_ones(tmp_path: Path) -> None:
    large = [record("c1", "crm.a", "1", "r1"), record("c2", "crm.a", "2", "r1"), record("c3", "shop.a", "2", "r1")]
    recent = [record("c9", "crm.a", "2", "r2"), record("c9", "crm.a", "4", "r2")]
    write(tmp_path, "r2", large, recent)
    found = Crosswalk.current(tmp_path, "customer")
    assert found is not None
    wanted = sorted([("c1", "crm.a", "1"), ("c9", "crm.a", "2"), ("c3", "shop.a", "2"), ("c9", "crm.a", "4")])
    for sql in (found.by_key_sql(), found.by_id_sql()):
        assert read(f"SELECT master_id, mapping, key FROM ({sql})") == wanted
    assert duckdb.sql(found.by_key_sql()).columns == list(layout.XREF_COLUMNS)


def test_links_of_recent_records_are_void(tmp_path: Path) -> None:
    def edge(left: str, right: str) -> tuple[Any, ...]:
        return ("crm.a", left, "crm.a", right, "email", ["email"], 1.0, "r1")

    write(tmp_path, "r1", [], [record("c1", "crm.a", "2", "r1")], [edge("1", "2"), edge("2", "3"), edge("3", "4")],
          [edge("2", "5")])  # fmt: skip
    found = Crosswalk.current(tmp_path, "customer")
    assert found is not None
    assert read(f"SELECT key_l, key_r FROM ({found.edges_sql()})") == [("2", "5"), ("3", "4")]
