"""Running: many queries on one engine, stopping, deadlines, streaming, the clock's zone, the types that come out."""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.errors import Interrupted, InvariantError, MissingExtraError, UsageError
from cdi_federate.execute.duck import DuckEngine, extensions, session
from cdi_federate.stages.events import Event
from tests.execute.plans import mapping, rows_of, run, source_of

ENDLESS = "SELECT count(*) AS n FROM range(100000000000) AS t(i) WHERE hash(i) = 1"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for n in range(8):
        pq.write_table(pa.table({"k": list(range(1000)), "who": [n] * 1000}), folder / f"t{n}.parquet")
    with sqlite3.connect(folder / "t.db") as db:
        for n in range(8):
            db.execute(f"CREATE TABLE t{n} (k INTEGER, who INTEGER)")
            db.executemany(f"INSERT INTO t{n} VALUES (?, ?)", [(k, n) for k in range(1000)])
    db.close()
    return folder


def one(base: Path, n: int) -> tuple[Any, Any]:
    every = [mapping("files", f"t{k}.parquet", name=f"t{k}") for k in range(8)]
    return source_of("parquet", base, every, name="files", path="."), every[n]


def remote(base: Path, n: int) -> tuple[Any, Any]:
    m = mapping("lite", f"t{n}", name=f"t{n}")
    return source_of("sqlite", base, [m], name="lite", path="t.db"), m


def test_eight_threads_on_one_engine_get_their_own_answers(engine: DuckEngine, base: Path) -> None:
    def ask(number: int) -> None:
        n = number % 8
        tables = {"a": one(base, n), "b": remote(base, n)}
        sql = "SELECT a.who AS x, b.who AS y, count(*) AS n FROM a JOIN b USING (k) GROUP BY ALL"
        answer = run(engine, sql, tables, [("x", "BIGINT"), ("y", "BIGINT"), ("n", "BIGINT")])
        assert rows_of(answer) == [(n, n, 1000)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(64)))


def test_cancelling_stops_at_once_and_the_engine_goes_on(engine: DuckEngine, base: Path) -> None:
    events: list[Event] = []
    answer = run(engine, ENDLESS, {"r": one(base, 0)}, [("n", "BIGINT")], listener=events.append)
    threading.Timer(0.3, answer.cancel).start()
    began = time.monotonic()
    with pytest.raises(Interrupted, match="cancelled"):
        rows_of(answer)
    assert time.monotonic() - began < 2
    assert [event.kind for event in events] == ["cancel", "failure"]
    answer.cancel()
    answer.close()
    assert len(rows_of(run(engine, "SELECT * FROM r", {"r": one(base, 0)}))) == 1000


def test_the_deadline_stops_a_query(engine: DuckEngine, base: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Interrupted, match=r"deadline of 0\.4 s"):
        rows_of(run(engine, ENDLESS, {"r": one(base, 0)}, [("n", "BIGINT")], deadline=0.4))
    assert 0.3 < time.monotonic() - began < 2


def test_a_slow_reader_is_not_a_slow_query(engine: DuckEngine, base: Path) -> None:
    sql = "SELECT i FROM range(2000000) AS t(i)"
    answer = run(engine, sql, {"r": one(base, 0)}, [("i", "BIGINT")], deadline=2.0)
    count = 0
    for number, batch in enumerate(answer):
        count += batch.num_rows
        if number < 3:
            time.sleep(0.8)
    assert count == 2_000_000


def test_ctrl_c_stops_a_query(tmp_path: Path) -> None:
    pq.write_table(pa.table({"k": [1]}), tmp_path / "t.parquet")
    script = f"""
import os, signal, threading, time
from pathlib import Path
from cdi_federate.errors import Interrupted
from tests.execute.test_run import ENDLESS, DuckEngine, mapping, rows_of, run, source_of
m = mapping("files", "t.parquet")
source = source_of("parquet", Path({str(tmp_path)!r}), [m], name="files", path=".")
engine = DuckEngine()
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
try:
    rows_of(run(engine, ENDLESS, {{"r": (source, m)}}, [("n", "BIGINT")]))
except Interrupted as error:
    print("interrupted", error.exit_code, time.monotonic() - began < 3)
engine.close()
"""
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted 130 True\n", "", 0)


def test_rows_stream_and_memory_stays_bounded(engine: DuckEngine, base: Path) -> None:
    sql = "SELECT i, hash(i) AS h FROM range(20000000) AS t(i)"
    began = time.monotonic()
    answer = run(engine, sql, {"r": one(base, 0)}, [("i", "BIGINT"), ("h", "UBIGINT")])
    count, greatest = 0, 0
    for batch in answer:
        if not count:
            first = time.monotonic() - began
        count += batch.num_rows
        greatest = max(greatest, batch.nbytes)
    assert count == 20_000_000
    assert greatest < 2_000_000
    assert first < 1
    # 320 MB went by; what was held at a time is a few batches.
    assert pa.total_allocated_bytes() < 50_000_000


def test_an_answer_nobody_reads_to_its_end_stops(engine: DuckEngine, base: Path) -> None:
    answer = run(engine, "SELECT i FROM range(1000000000) AS t(i)", {"r": one(base, 0)}, [("i", "BIGINT")])
    assert next(iter(answer)).num_rows > 0
    del answer
    gc.collect()
    for _ in range(50):
        if not any(thread.name == "cdi-query" for thread in threading.enumerate()):
            break
        time.sleep(0.1)
    assert not any(thread.name == "cdi-query" for thread in threading.enumerate())


def test_other_columns_than_planned_are_an_error_of_ours(engine: DuckEngine, base: Path) -> None:
    for columns in ([("n", "INTEGER")], [("n", "BIGINT"), ("m", "BIGINT")]):
        with pytest.raises(InvariantError, match="other columns"):
            rows_of(run(engine, "SELECT count(*) AS n FROM r", {"r": one(base, 0)}, columns))


def test_columns_have_the_names_the_query_was_bound_to(engine: DuckEngine, base: Path) -> None:
    answer = run(engine, "SELECT count(*) FROM r", {"r": one(base, 0)}, [("how many", "BIGINT")])
    assert answer.schema.names == ["how many"]
    assert [batch.schema.names for batch in answer] == [["how many"]]


def test_what_arrow_would_change_travels_as_text(engine: DuckEngine, base: Path) -> None:
    statement = f"SELECT {2**128 - 1}::UHUGEINT AS u, '0101'::BIT AS b, '10:00:00+02'::TIMETZ AS t FROM r ORDER BY u"
    columns = [("u", "UHUGEINT"), ("b", "BIT"), ("t", "TIME WITH TIME ZONE")]
    assert rows_of(run(engine, statement, {"r": one(base, 0)}, columns))[0] == (str(2**128 - 1), "0101", "10:00:00+02")


def test_the_session_is_in_utc_and_sorts_nulls_last(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    made = DuckEngine()
    sql = (
        "SELECT CAST(TIMESTAMPTZ '2024-01-01 12:00:00+00' AS VARCHAR) AS t, "
        "(SELECT list(x ORDER BY x) FROM (VALUES (NULL), (1)) AS v(x))::VARCHAR AS l"
    )
    try:
        answer = run(made, sql, {"r": one(base, 0)}, [("t", "VARCHAR"), ("l", "VARCHAR")])
        assert rows_of(answer) == [("2024-01-01 12:00:00+00", "[1, NULL]")]
    finally:
        made.close()
        monkeypatch.undo()
        time.tzset()


def test_events_of_a_query(engine: DuckEngine, base: Path) -> None:
    events: list[Event] = []
    answer = run(
        engine, "SELECT count(*) AS n FROM r", {"r": remote(base, 3)}, [("n", "BIGINT")], listener=events.append
    )
    assert rows_of(answer) == [(1000,)]
    assert [event.kind for event in events] == ["fragment_start", "fragment_end", "end"]
    start, came, end = events
    assert (start.query, start.detail["source"]) == ("q", "lite")
    assert 'FROM "t3"' in start.detail["text"]
    assert {key: type(value) for key, value in came.detail.items()} == {
        "fragment": str, "source": str, "rows": int, "bytes": int, "seconds": float, "driver": bool,
    }  # fmt: skip
    assert came.detail["rows"] == 1000
    assert end.detail["rows"] == 1


def test_a_registered_table_replaces_the_one_before(engine: DuckEngine, base: Path) -> None:
    m = mapping("mem", "t")
    source = source_of("arrow", base, [m], name="mem")
    for value in (1, 2):
        source.register("t", {"x": [value]})
        assert rows_of(run(engine, "SELECT x FROM r", {"r": (source, m)})) == [(value,)]


def test_a_replaced_file_is_read_anew(engine: DuckEngine, tmp_path: Path) -> None:
    import duckdb

    m = mapping("duck", "t")
    source = source_of("duckdb", tmp_path, [m], name="duck", path="t.duckdb")
    for value in (1, 2):
        with duckdb.connect(str(tmp_path / f"new{value}.duckdb")) as db:
            db.execute(f"CREATE TABLE t AS SELECT {value} AS x")
        (tmp_path / f"new{value}.duckdb").replace(tmp_path / "t.duckdb")
        assert rows_of(run(engine, "SELECT x FROM r", {"r": (source, m)})) == [(value,)]


def test_a_duckdb_file_is_let_go_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.setattr(session, "IDLE_SECONDS", 0.3)
    path = str(tmp_path / "t.duckdb")
    duckdb.connect(path).execute("CREATE TABLE t AS SELECT 1 AS x").close()
    m = mapping("duck", "t")
    source = source_of("duckdb", tmp_path, [m], name="duck", path="t.duckdb")
    made = DuckEngine()
    for value in (1, 2):
        assert rows_of(run(made, "SELECT x FROM r", {"r": (source, m)})) == [(value,)]
        with pytest.raises(duckdb.Error):
            duckdb.connect(path)
        for _ in range(50):
            time.sleep(0.1)
            with contextlib.suppress(duckdb.Error), duckdb.connect(path) as writer:
                writer.execute("UPDATE t SET x = 2")
                break
    assert duckdb.connect(path, read_only=True).execute("SELECT x FROM t").fetchall() == [(2,)]
    made.close()


def test_more_than_the_memory_spills_encrypted_and_is_swept(base: Path) -> None:
    made = DuckEngine(memory_limit="120MB", threads=2)
    spilled: set[str] = set()
    sql = "SELECT count(*) AS n FROM (SELECT DISTINCT i, 'canary-' || i::VARCHAR AS s FROM range(6000000) AS t(i))"
    answer = run(made, sql, {"r": one(base, 0)}, [("n", "BIGINT")])
    while answer._thread.is_alive():
        for path in made._spill.glob("*"):
            with contextlib.suppress(OSError):
                spilled.add(path.name)
                assert b"canary-1" not in path.read_bytes()[:20_000_000]
        time.sleep(0.05)
    assert rows_of(answer) == [(6_000_000,)]
    assert spilled
    folder = made._spill
    made.close()
    assert not folder.exists()
    orphan = folder.parent / "99999999-left"
    orphan.mkdir()
    DuckEngine().close()
    assert not orphan.exists()


def test_a_missing_extension_names_the_extra(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "binary", lambda extension: None)
    made = DuckEngine()
    m = mapping("book", "t.xlsx")
    (base / "t.xlsx").write_bytes(b"")
    try:
        with pytest.raises(MissingExtraError) as caught:
            rows_of(run(made, "SELECT * FROM r", {"r": (source_of("excel", base, [m], name="book", path="."), m)}))
    finally:
        made.close()
    assert str(caught.value) == (
        "source 'book' (Sales, sales@example.com) of entity 'thing': DuckDB's extension 'excel' is not installed\n"
        "pip install 'cdi-federate[excel]'"
    )


def test_a_query_that_is_stopped_before_it_begins_ends(engine: DuckEngine, base: Path) -> None:
    for _ in range(20):
        answer = run(engine, ENDLESS, {"r": one(base, 0)}, [("n", "BIGINT")])
        answer.cancel()
        answer.join(20)
        with pytest.raises(Interrupted):
            rows_of(answer)
    assert not any(thread.name == "cdi-query" for thread in threading.enumerate())


@pytest.mark.parametrize("given", ["4 apples", "-1GB", "4GB; SET threads = 1"])
def test_a_memory_limit_is_a_size(given: str) -> None:
    with pytest.raises(UsageError, match="no size of memory"):
        DuckEngine(memory_limit=given)


def test_an_instance_that_broke_is_not_used_again(engine: DuckEngine, base: Path) -> None:
    (base / "s.csv").write_text("a\n1\n")
    m = mapping("s", "s.csv")
    leaf = {"r": (source_of("csv", base, [m], name="s", path="."), m)}
    assert rows_of(run(engine, "SELECT a FROM r", leaf)) == [("1",)]
    before = list(engine._sessions._kept.values())
    broken = engine._sessions.lease(before[-1].parts.values())
    broken.spoil()
    broken.close()
    assert rows_of(run(engine, "SELECT a FROM r", leaf)) == [("1",)]
    assert before[-1] is not list(engine._sessions._kept.values())[-1]
