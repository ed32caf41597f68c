"""CDI-Bench: 40 questions over six sources of one company, against DuckDB's ATTACH, chdb and SQL by hand.

    python -m benchmarks.cdi [--size s|m] [--latency 0,5,20] [--runs 9] [--only NAME …] [--write] [--drop]

It needs a Postgres and a MariaDB or MySQL, named by CDI_BENCH_POSTGRES (libpq) and CDI_BENCH_MYSQL
(mysql://user:password@host:port) or on their usual local ports, and makes a database cdi_bench_<size> on each. With
--write, docs/benchmark.md and its plot are written from the figures; --from-results writes them without measuring.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.cdi import machine, page, plot, reference, world
from benchmarks.cdi.measure import CONTENDERS, Measured, Plan, measure
from benchmarks.cdi.places import CUSTOMERS, DATA, Places
from benchmarks.cdi.questions import questions
from benchmarks.cdi.report import Results

DOCS = Path(__file__).parent.parent.parent / "docs"


def main() -> int:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", choices=CUSTOMERS, default="s")
    options.add_argument("--latency", default="0,5,20", help="milliseconds a round trip takes longer")
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--only", nargs="+", default=[], metavar="NAME")
    options.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    options.add_argument("--write", action="store_true", help="write docs/benchmark.md and docs/benchmark.svg")
    options.add_argument("--from-results", action="store_true", help="report what was measured last")
    options.add_argument("--drop", action="store_true", help="remove the databases and files of the size, and end")
    given = options.parse_args()
    places = Places.of(given.size)
    if given.drop:
        world.drop(places)
        return 0
    kept = DATA / f"results_{given.size}.json"
    if given.from_results:
        read = json.loads(kept.read_text())
        results = Results(read["about"], [Measured(**each) for each in read["measured"]])
    else:
        print(f"making the world of size {given.size}, unless it is there …", file=sys.stderr)
        world.make(places)
        reference.make(places)
        asked = [question for question in questions() if not given.only or question.name in given.only]
        plan = Plan(given.contenders, [float(each) for each in given.latency.split(",")], given.runs)
        about = {"size": given.size, "customers": CUSTOMERS[given.size], "runs": plan.runs, "patience": plan.patience}
        about |= machine.about(places)
        measured: list[Measured] = []
        for measured in measure(places, asked, plan):
            if not given.only:  # kept after each question: what was measured stands, however the run ends
                kept.write_text(json.dumps({"about": about, "measured": [asdict(each) for each in measured]}, indent=1))
        results = Results(about, measured)
    print(page.text(results))
    if given.write:
        (DOCS / "benchmark.md").write_text(page.page(results), encoding="utf-8")
        (DOCS / "benchmark.svg").write_text(plot.svg(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
