"""A million records of five departments become customers: cdi-federate against Splink alone, and small builds.

    python -m benchmarks.identity [--records 1000000] [--runs 3] [--data FOLDER]

Both link by the same three rules over the same files. Splink reads them into its DuckDB, finds the pairs
(`deterministic_link`) and clusters them; it has no guards, keeps no ids and writes nothing. Each run is a process of
its own, the two in turn; medians are compared. Then records are added: to one department, and to all, without and with
a column that says when a row was changed. The bars: at most twice Splink's time, at most 4 GB, and less than 5 % of the
full build for a thousand records added. Beside other work on the machine, shares of processor time are steadier than
those of the clock; both are told.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import identity_world as world

RULES = (("email",), ("phone", "last_name"), ("first_name", "last_name", "birth_date"))
ADDED = 1_000


def main() -> int:
    """Run the benchmark; returns 1 where a bar is broken."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "identity")
    options.add_argument("--each", action="store_true", help="add records to each department by itself")
    options.add_argument("--child", choices=["ours", "full", "splink"], help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        print(json.dumps(CHILDREN[given.child](given.data)))
        return 0
    folder = world.write(given.data, given.records, updated=False)
    ours, theirs = [], []
    for _ in range(given.runs):
        ours.append(child("full", folder))
        theirs.append(child("splink", folder))
    full, splink = median(ours), median(theirs)
    peak = max(run["megabytes"] for run in ours)
    mine, other = ours[0], theirs[0]
    print(f"{mine['records']:,} records, {mine['customers']:,} customers; Splink: {other['customers']:,} clusters")
    print(f"full build   {full:6.1f} s   Splink {splink:6.1f} s   ratio {full / splink:.2f} (bar 2)")
    full_work, splink_work = median(ours, "work"), median(theirs, "work")
    print(f"processor    {full_work:6.1f} s   Splink {splink_work:6.1f} s   ratio {full_work / splink_work:.2f}")
    print(f"peak memory  {peak:6,} MB  Splink {max(run['megabytes'] for run in theirs):6,} MB  (bar 4,000)")
    failed = full > 2 * splink or peak > 4_000
    for updated in (False, True):
        folder = world.write(given.data, given.records, updated=updated)
        whole = child("full", folder)
        every = (*((name,) for name in (world.DEPARTMENTS if given.each else world.DEPARTMENTS[:1])), world.DEPARTMENTS)
        for turn, names in enumerate(every):
            for at, name in enumerate(names):
                world.add(
                    folder, name, ADDED // len(names), start=80_000_000 + 1_000_000 * at + 100_000 * turn, day=turn
                )
            small = child("ours", folder)
            share, work = small["seconds"] / whole["seconds"], small["work"] / whole["work"]
            column = "with" if updated else "without"
            where = f"one department ({world.KINDS[names[0]]})" if len(names) == 1 else "all departments"
            told = f"{small['seconds']:.2f} s, {share:.1%}; of processor time {work:.1%}"
            print(f"{ADDED:,} records added to {where}, {column} a watermark: {told}")
            failed = failed or (share >= 0.05 and names == ("crm",))
    return int(failed)


def child(what: str, folder: Path) -> dict[str, float]:
    """Run a part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.identity", "--child", what, "--data", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def median(runs: list[dict[str, float]], figure: str = "seconds") -> float:
    """Return the median of a figure of the runs."""
    return statistics.median(run[figure] for run in runs)


def build(folder: Path, *, full: bool) -> dict[str, float]:
    """Build the crosswalk as the command line does: without libraries that DuckDB would load and nobody needs."""
    from cdi_federate.cli import WithoutFrames

    sys.meta_path.insert(0, WithoutFrames())
    import cdi_federate as cdi
    from cdi_federate.identity import build as built

    began, work = time.perf_counter(), time.process_time()
    with cdi.connect(folder) as federation:
        done = built(federation, "customer", full=full)
    seconds, work = time.perf_counter() - began, time.process_time() - work
    return {
        "seconds": seconds,
        "work": work,
        "records": done.records,
        "customers": done.customers,
        "megabytes": peak(),
    }


def splink(folder: Path) -> dict[str, float]:
    """Link the same files by the same rules with Splink."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    began, work = time.perf_counter(), time.process_time()
    connection = duckdb.connect()
    columns = ", ".join(world.COLUMNS)
    parts = []
    for name in world.DEPARTMENTS:
        path, kind = folder / "data" / f"{name}.{world.KINDS[name]}", world.KINDS[name]
        table = f"sqlite_scan('{path}', '{name}')" if kind == "sqlite" else f"'{path}'"
        table = f"read_csv('{path}', all_varchar = true)" if kind == "csv" else table
        texts = "REPLACE (CAST(birth_date AS DATE) AS birth_date)"
        parts.append(f"SELECT '{name}-' || no AS unique_id, {columns} FROM (SELECT * {texts} FROM {table})")
    import duckdb_extension_sqlite_scanner as extension

    binary = next(Path(extension.__file__).parent.rglob("*.duckdb_extension"))
    connection.close()
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.execute(f"LOAD '{binary}'")
    connection.execute(f"CREATE TABLE people AS {' UNION ALL '.join(parts)}")
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=[],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in RULES],
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(connection).register("people", dataset_display_name="records"), settings)
    pairs = linker.inference.deterministic_link()
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs)
    count = f"SELECT count(*), count(DISTINCT cluster_id) FROM {found.physical_name}"
    records, customers = connection.execute(count).fetchall()[0]
    seconds, work = time.perf_counter() - began, time.process_time() - work
    return {"seconds": seconds, "work": work, "records": records, "customers": customers, "megabytes": peak()}


def peak() -> int:
    """Return the most memory that this process held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


CHILDREN: dict[str, Callable[[Path], dict[str, float]]] = {
    "ours": lambda folder: build(folder, full=False),
    "full": lambda folder: build(folder, full=True),
    "splink": splink,
}

if __name__ == "__main__":
    sys.exit(main())
