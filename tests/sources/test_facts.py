"""What sources say of their columns, when it is read, and how long it is believed."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.errors import SourceError, UsageError
from cdi_federate.execute.duck import DuckEngine
from cdi_federate.sources.facts import FactsCache, gather
from cdi_federate.stages.facts import TableFacts
from tests.execute.plans import mapping, source_of

DDL = """
CREATE TABLE t (
    id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE UNIQUE, name VARCHAR(40) NOT NULL, code CHAR(3) COLLATE RTRIM,
    city TEXT, amount DECIMAL(12,2) UNIQUE, active BOOLEAN, born DATE, note, score REAL, raw BLOB, ext CHARINT,
    UNIQUE (name, city)
);
CREATE INDEX by_city ON t (city, name);
CREATE INDEX by_active ON t (active) WHERE active;
CREATE INDEX by_lower ON t (lower(name));
CREATE VIEW v AS SELECT id, mail AS m, city || '!' AS loud, amount FROM t;
CREATE TABLE w (a TEXT PRIMARY KEY, b INT) WITHOUT ROWID;
"""


def sqlite_facts(engine: DuckEngine, base: Path, relation: str, ddl: str = DDL) -> TableFacts:
    with sqlite3.connect(base / "t.db") as db:
        db.executescript(ddl)
    db.close()
    m = mapping("src", relation)
    return source_of("sqlite", base, [m], path="t.db").facts(m, engine.probe())


def test_sqlite_columns(engine: DuckEngine, tmp_path: Path) -> None:
    facts = sqlite_facts(engine, tmp_path, "main.T")
    shown = {c.name: (c.type, c.nullable, c.collation, c.binary, c.clean, c.indexed) for c in facts.columns.values()}
    assert shown == {
        "id": ("BIGINT", False, "", True, True, True),
        "mail": ("VARCHAR", True, "NOCASE", False, False, True),
        "name": ("VARCHAR", True, "BINARY", True, False, True),  # NOT NULL, but a BLOB in it reads as NULL
        "code": ("VARCHAR", True, "RTRIM", False, False, False),
        "city": ("VARCHAR", True, "BINARY", True, False, True),
        "amount": ("DECIMAL(12,2)", True, "", True, False, True),
        "active": ("BOOLEAN", True, "", True, False, False),  # its index is over some rows only
        "born": ("VARCHAR", True, "BINARY", True, False, False),
        "note": ("VARCHAR", True, "BINARY", True, False, False),
        "score": ("DOUBLE", True, "", True, False, False),
        "raw": ("BLOB", True, "", True, False, False),
        "ext": ("BIGINT", True, "", True, False, False),
    }
    # amount is not among them: 1.001 and 1.002 are two for SQLite and one as DECIMAL(12,2).
    assert sorted(facts.unique) == [("id",), ("mail",), ("name", "city")]


def test_sqlite_views_and_selects(engine: DuckEngine, tmp_path: Path) -> None:
    facts = sqlite_facts(engine, tmp_path, "v")
    assert [(c.name, c.type, c.collation, c.indexed) for c in facts.columns.values()] == [
        ("id", "BIGINT", "", False), ("m", "VARCHAR", "NOCASE", False),
        ("loud", "VARCHAR", "BINARY", False), ("amount", "DECIMAL(12,2)", "", False),
    ]  # fmt: skip
    assert facts.unique == ()
    m = mapping("src", "SELECT mail AS x, 1 AS one FROM t WHERE id > 1;")
    facts = source_of("sqlite", tmp_path, [m], path="t.db").facts(m, engine.probe())
    assert [(c.name, c.type, c.binary) for c in facts.columns.values()] == [
        ("x", "VARCHAR", False), ("one", "VARCHAR", True),
    ]  # fmt: skip


def test_sqlite_in_utf16_has_another_order(engine: DuckEngine, tmp_path: Path) -> None:
    facts = sqlite_facts(
        engine, tmp_path, "t", "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (s TEXT, n TEXT COLLATE NOCASE);"
    )
    assert [(c.collation, c.binary) for c in facts.columns.values()] == [("UTF-16", True), ("UTF-16", False)]


class Counting:
    """A source that counts how often it is asked, and can wait for its neighbours."""

    def __init__(self, inner: Any, barrier: threading.Barrier | None = None) -> None:
        self.inner, self.asked, self.barrier = inner, 0, barrier

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def facts(self, *given: Any) -> TableFacts:
        self.asked += 1
        if self.barrier:
            self.barrier.wait(10)
        return self.inner.facts(*given)  # type: ignore[no-any-return]


def parquet(base: Path, name: str, barrier: threading.Barrier | None = None) -> tuple[Any, Any]:
    pq.write_table(pa.table({"a": [1]}), base / f"{name}.parquet")
    m = mapping(name, f"{name}.parquet")
    return Counting(source_of("parquet", base, [m], name=name, path="."), barrier), m


def test_facts_are_read_once_until_the_file_changes(engine: DuckEngine, tmp_path: Path) -> None:
    source, m = parquet(tmp_path, "one")
    cache = FactsCache()
    for _ in range(3):
        assert gather([m, m], {"one": source}, engine.probe(), cache)["one.m"].columns["a"].type == "BIGINT"
    assert source.asked == 1
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "one.parquet")
    assert gather([m], {"one": source}, engine.probe(), cache)["one.m"].columns["a"].type == "VARCHAR"
    assert source.asked == 2


def test_facts_of_several_sources_are_read_at_the_same_time(engine: DuckEngine, tmp_path: Path) -> None:
    barrier = threading.Barrier(3)
    made = {name: parquet(tmp_path, name, barrier) for name in ("a", "b", "c")}
    found = gather([m for _, m in made.values()], {n: s for n, (s, _) in made.items()}, engine.probe(), FactsCache())
    assert sorted(found) == ["a.m", "b.m", "c.m"]


def test_every_error_can_be_collected(engine: DuckEngine, tmp_path: Path) -> None:
    good, m = parquet(tmp_path, "good")
    bad = [mapping("bad", name, name=name) for name in ("x.parquet", "y.parquet")]
    sources = {"good": good, "bad": source_of("parquet", tmp_path, bad, name="bad", path=".")}
    errors: dict[str, SourceError] = {}
    assert list(gather([m, *bad], sources, engine.probe(), FactsCache(), errors=errors)) == ["good.m"]
    assert list(errors) == ["bad.x.parquet", "bad.y.parquet"]
    with pytest.raises(SourceError, match=r"no file .*x\.parquet"):
        gather([m, *bad], sources, engine.probe(), FactsCache())


def test_health(engine: DuckEngine, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "t.duckdb")).close()
    (tmp_path / "bad.duckdb").write_bytes(b"no database" * 999)
    good = source_of("duckdb", tmp_path, [], path="t.duckdb").health(engine.probe())
    assert (good.reachable, good.version, good.error) == (True, "DuckDB file", None)
    bad = source_of("duckdb", tmp_path, [], path="bad.duckdb").health(engine.probe())
    assert not bad.reachable
    assert str(bad.error).startswith("source 'src' (Sales, sales@example.com): ")
    assert "is not a database of this kind" in str(bad.error)


def test_data_that_is_no_table_is_refused(tmp_path: Path) -> None:
    source = source_of("arrow", tmp_path, [])
    for data in (7, "text", [{"a": 1}, {"a": "secret"}], {"a": [1, "secret"]}):
        with pytest.raises(UsageError) as caught:
            source.register("t", data)
        assert "secret" not in str(caught.value)
