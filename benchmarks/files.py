"""Over files only: cdi-federate against hand-written DuckDB SQL, ten analytical queries over 10 M rows.

    python -m benchmarks.files [--rows 10000000] [--runs 9] [--data FOLDER]

Orders of three departments (partitioned Parquet, a DuckDB file, CSV) answer one virtual table `orders`. The rival is
what a careful engineer writes by hand over the same files with the same meaning, in the same DuckDB with the same
settings. Both answers are compared before anything is timed; then the two run in turn, plans warm, and the medians and
their ratio are printed. The bar is 1.05 for queries of 300 ms and more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

import cdi_federate as cdi
from benchmarks import files_world as world

BAR, LEAST_SECONDS = 1.05, 0.3


def main() -> int:
    """Run the benchmark; returns 1 if an answer differs or a query is over the bar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "files")
    given = options.parse_args()
    catalog = world.write(given.data, given.rows)
    rival = duckdb.connect(config={"threads": world.THREADS})
    rival.execute("SET TimeZone = 'UTC'")
    rival.execute(f"ATTACH '{given.data / 'legacy.duckdb'}' AS legacy (READ_ONLY)")
    failed = False
    print(f"{given.rows:,} rows, median of {given.runs} interleaved runs\n")
    print(f"{'query':<28}{'by hand':>10}{'cdi':>10}{'ratio':>8}")
    with cdi.connect(catalog) as federation:
        for name, query in world.QUERIES.items():
            by_hand = f"WITH orders AS ({world.by_hand(given.data)}) {query}"
            prepared = federation.prepare(query)

            def ours(prepared: cdi.Prepared = prepared) -> pa.Table:
                return federation.run(prepared).arrow()

            def theirs(text: str = by_hand) -> pa.Table:
                return rival.execute(text).to_arrow_table()

            if not world.same(ours(), theirs()):
                print(f"{name:<28}the answers differ")
                failed = True
                continue
            hand, mine = measured(theirs, ours, given.runs)
            over = hand >= LEAST_SECONDS and mine / hand > BAR
            failed = failed or over
            print(f"{name:<28}{hand * 1e3:>8.0f}ms{mine * 1e3:>8.0f}ms{mine / hand:>8.3f}{'  over' if over else ''}")
    return 1 if failed else 0


def measured(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the median seconds of two calls that run in turn, after one run of each that is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for at, call in enumerate((first, second) if run % 2 else (second, first)):
            began = time.perf_counter()
            call()
            if run:
                times[at if run % 2 else 1 - at].append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


if __name__ == "__main__":
    sys.exit(main())
