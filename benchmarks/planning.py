"""How long a query over six branches is planned, all checks of production included, and how fast a process starts.

    python -m benchmarks.planning [--runs 200]

Cold: each statement is new to the process, its constants too. What is kept of the same departments, fields and facts is
there, as after the first query over them. Warm: the same statement again; its plan is kept, its sources are looked at.
The check before execution (`seal`) is counted in both, over the text with its fragments. Bars: cold 25 ms at the median
and 50 ms at the 99th percentile, warm 1 ms at the median; the first answer of a fresh process within 1 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import cdi_federate as cdi
from cdi_federate.execute.duck import seal
from cdi_federate.execute.duck.spell import remote, scan, with_fragments

ROOT = Path(__file__).parent.parent
CATALOG = ROOT / "catalog"

QUERIES = {
    "group": (
        "SELECT country, count(*) AS n, sum(balance) FROM customer_record WHERE country IN ('DE', 'FR') "
        "AND birth_date >= DATE '1980-01-01' + {run} GROUP BY 1 ORDER BY n DESC LIMIT 10"
    ),
    "look-up": "SELECT * FROM customer_record WHERE email = 'anna{run}@example.com'",
    "join": (
        "SELECT c.country, count(DISTINCT o.order_id) FROM customer_record c JOIN orders o ON o.email = c.email "
        "WHERE o.ordered_at >= DATE '2024-01-01' - INTERVAL {run} DAY GROUP BY ALL"
    ),
    "window": (
        "WITH w AS "
        "(SELECT *, row_number() OVER (PARTITION BY email ORDER BY _updated_at DESC) AS r FROM customer_record) "
        "SELECT country, count(*) FROM w WHERE r < {run} AND lifecycle_stage IS NOT NULL GROUP BY ALL"
    ),
    "merged": "SELECT * FROM customer WHERE email = 'anna{run}@example.com'",
}

SIX = ("group", "look-up", "window")
"""The queries over the six branches of the records alone; the join reads those of `orders` too, `merged` merges."""


def main() -> int:
    """Print percentiles in milliseconds; returns 1 if a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=200)
    runs = options.parse_args().runs
    make_data = [sys.executable, "-m", "examples.demo_company", "demo-data"]
    subprocess.run(make_data, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    missed = False
    print(f"{'planning, six branches':<24}{'p50':>8}{'p90':>8}{'p99':>8}{'warm':>8}{'p99':>8}  ms")
    connection = duckdb.connect()
    with cdi.connect(CATALOG) as federation:
        for name, query in QUERIES.items():
            federation.sql(query.format(run=0)).arrow()
            times = sorted(planned(federation, query.format(run=run + 1), connection) for run in range(runs))
            p50, p90, p99 = (times[int(len(times) * part)] * 1e3 for part in (0.5, 0.9, 0.99))
            again = sorted(planned(federation, query.format(run=runs), connection) for _ in range(runs))
            warm, warm99 = (again[int(runs * part)] * 1e3 for part in (0.5, 0.99))
            missed = missed or p50 > 25 or p99 > 50 or (warm > 1 and name in SIX)
            print(f"{name:<24}{p50:>8.1f}{p90:>8.1f}{p99:>8.1f}{warm:>8.2f}{warm99:>8.2f}")
    starts = {
        "cdi --help": ["--help"],
        "cdi query (first answer)": ["-C", str(CATALOG), "query", QUERIES["group"].format(run=0)],
    }
    print(f"\n{'fresh process':<28}{'median':>8}  s")
    for name, arguments in starts.items():
        seconds = statistics.median(started(arguments) for _ in range(7))
        missed = missed or (name != "cdi --help" and seconds > 1.0)
        print(f"{name:<28}{seconds:>8.2f}")
    return 1 if missed else 0


def planned(federation: cdi.Federation, query: str, connection: duckdb.DuckDBPyConnection) -> float:
    """Return the seconds that a statement takes from text to a sealed plan."""
    began = time.perf_counter()
    plan = federation.prepare(query).plan
    seal.check_plan(plan)
    residual = plan.residual
    assert residual.spelling is not None
    sent = {fragment.name: remote("sqlite_query", fragment.source, fragment.text) for fragment in plan.fragments}
    spelling = with_fragments(residual.spelling, residual, sent)
    seal.check_text(connection, spelling, [scan(leaf, sent) for leaf in residual.leaves.values()])
    return time.perf_counter() - began


def started(arguments: list[str]) -> float:
    """Return the seconds of one `cdi` process."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "PYTHONPATH": str(ROOT)}
        # Where Python may not keep what it compiled, every start compiles 160 modules anew: 0.2 s that users have once.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        began = time.perf_counter()
        command = [sys.executable, "-m", "cdi_federate.cli", *arguments]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
