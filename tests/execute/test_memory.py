"""Answers and tables larger than memory: they stream through the command line, or spill, encrypted, and are swept."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.execute.duck import DuckEngine
from cdi_federate.federation import Federation
from tests import peaks

CANARY = "c4nary"
GIGABYTE = 1 << 30


def write(folder: Path, rows: int) -> None:
    """A catalog over two SQLite databases of one table each: about 195 bytes a row."""
    for name in ("entities", "sources"):
        (folder / name).mkdir(parents=True)
    (folder / "catalog.yaml").write_text("name: large\n")
    for entity, source in (("a", "one"), ("b", "two")):
        fields = "{id: integer, note: varchar}"
        (folder / "entities" / f"{entity}.yaml").write_text(f"entity: {entity}\nkey: id\nfields: {fields}\n")
        provides = f"{{{entity}: {{from: t, key: id, fields: {{id: id, note: note}}}}}}"
        text = f"source: {source}\nkind: sqlite\nconnection: {{path: {source}.db}}\nprovides: {provides}\n"
        (folder / "sources" / f"{source}.yaml").write_text(text)
        with sqlite3.connect(folder / f"{source}.db") as database:
            database.execute("PRAGMA synchronous = off")
            database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT NOT NULL)")
            notes = ((n, f"{CANARY}-{n}-" + f"{n * 2654435761 % 2**64:x}" * 12) for n in range(rows))
            database.executemany("INSERT INTO t VALUES (?, ?)", notes)
        database.close()


def peak_of(folder: Path, sql: str, target: Path) -> int:
    """Write an answer to a file by a `cdi` of its own; returns the most memory it held, in bytes."""
    return peaks.peak_of("-C", str(folder), "query", sql, "-o", str(target), "--deadline", "3000")


def test_a_large_answer_streams_through_the_command_line(tmp_path: Path) -> None:
    write(tmp_path / "c", 1000)
    out = tmp_path / "out.parquet"
    peak = peak_of(tmp_path / "c", "SELECT note, n FROM a, unnest(range(4000)) AS t(n)", out)
    assert pq.read_metadata(out).num_rows == 4_000_000
    assert peak < 0.6 * GIGABYTE


@pytest.mark.bars
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT note, n FROM a, unnest(range(60000)) AS t(n)",
        "SELECT a.note, b.note AS other, n FROM a JOIN b USING (id), unnest(range(40000)) AS t(n)",
    ],
)
def test_the_largest_answer_streams_within_a_gigabyte(tmp_path: Path, sql: str) -> None:
    write(tmp_path / "c", 1000)
    out = tmp_path / "out.parquet"
    peak = peak_of(tmp_path / "c", sql, out)
    print(f"{pq.read_metadata(out).num_rows:,} rows, peak {peak / GIGABYTE:.2f} GiB")
    assert peak < GIGABYTE


GROUPED = (
    "SELECT count(*), sum(n) FROM (SELECT note, count(*) AS n FROM "
    "(SELECT note FROM a UNION ALL SELECT note FROM b) GROUP BY note)"
)
JOINED = "SELECT count(*) FROM a JOIN b USING (id) WHERE a.note = b.note"


def spilling(folder: Path, rows: int, memory: str, sql: str) -> list[tuple[object, ...]]:
    """Answer with little memory, and look at what was spilled meanwhile."""
    write(folder, rows)
    federation = Federation(load(folder, env={}))
    federation._setting.engine.close()
    engine = DuckEngine(memory_limit=memory, threads=4)
    federation._setting = replace(federation._setting, engine=engine)
    spill, stop = engine._spill, threading.Event()
    seen: dict[str, bool] = {}

    def look() -> None:
        while not stop.wait(0.1):
            for path in spill.glob("*"):
                try:
                    with path.open("rb") as file:
                        plain = CANARY.encode() in file.read(4_000_000)
                except OSError:
                    continue
                seen[path.name] = seen.get(path.name, False) or plain

    looking = threading.Thread(target=look)
    looking.start()
    try:
        found = federation.sql(sql, deadline=3000).fetchall()
    finally:
        stop.set()
        looking.join()
        federation.close()
    assert seen and not any(seen.values()) and not spill.exists()
    return found


def test_fragments_of_several_sources_spill(tmp_path: Path) -> None:
    assert spilling(tmp_path / "c", 500_000, "64MB", GROUPED) == [(500_000, 1_000_000)]


@pytest.mark.bars
@pytest.mark.parametrize(("sql", "found"), [(GROUPED, (5_200_000, 10_400_000)), (JOINED, (5_200_000,))])
def test_ten_times_the_memory_finishes(tmp_path: Path, sql: str, found: tuple[int, ...]) -> None:
    began = time.monotonic()
    assert spilling(tmp_path / "c", 5_200_000, "200MB", sql) == [found]
    print(f"{time.monotonic() - began:.0f} s with the writing of the data")
    assert sum(path.stat().st_size for path in (tmp_path / "c").glob("*.db")) > 2_000_000_000
