"""One customer by e-mail over six sources at a million customers, against the bare look-ups that it takes.

    python -m benchmarks.lookups [--customers 1000000] [--runs 30] [--data FOLDER]

Six departments: Postgres, MariaDB, two SQLite files with indexes, Parquet and CSV; each knows a third of the people,
and the crosswalk is built by e-mail and phone. Asked is for all fields of the merged row, each time of another
customer. The rival does by hand, over open connections, what cannot be spared: at each database one look-up of the
e-mail and one of the customer's keys by their indexes, of each file one scan. It has no crosswalk, merges nothing, and
is told the keys.

Bars: at most two fragments a source, and twice the sum of the rival's times. Told is also how long the same customer
takes again, whose plan is kept. The servers are those of CDI-Bench.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

import cdi_federate as cdi
from benchmarks import lookups_world as world
from benchmarks.cdi.places import Places
from cdi_federate.federation import Federation
from cdi_federate.identity import build

ASKED = f"SELECT customer_id, {', '.join(world.FIELDS)} FROM customer WHERE email = "

Bare = Callable[[str, list[int]], object]
"""Looks one e-mail up, and these keys."""


def main() -> int:
    """Run the benchmark; returns 1 where a bar is broken."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=30)
    options.add_argument("--data", type=Path, default=Path(__file__).parent / "data" / "lookups")
    given = options.parse_args()
    places = Places.of("lookups")
    made = world.write(given.data, int(given.customers / 0.9), places)
    with ExitStack() as held, cdi.connect(made) as federation:
        built = build(federation, "customer")
        print(f"{built.records:,} records, {built.customers:,} customers")
        bare = {name: held.enter_context(one) for name, one in rivals(made, places)}
        return measured(federation, bare, given.runs)


def measured(federation: Federation, bare: dict[str, Bare], runs: int) -> int:
    """Ask for a customer, with a new plan and with the kept one, and do the bare look-ups, in turn; print medians."""
    mails = [mail for (mail,) in federation.sql(
        f"SELECT email FROM (SELECT DISTINCT email FROM customer_record WHERE email IS NOT NULL) "
        f"ORDER BY hash(email) LIMIT {runs + 3}").fetchall()]  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in ("new", "new, processor", "kept", *bare)}
    most: Counter[str] = Counter()
    for nth, mail in enumerate(mails):
        asked = f"{ASKED}'{mail}'"
        work = time.process_time()
        took, result = timed(lambda asked=asked: federation.sql(asked))
        spent = [took, time.process_time() - work]
        again, _ = timed(lambda asked=asked: federation.sql(asked))
        keys = keys_of(federation, mail)
        each = [clocked(one, mail, keys.get(name, [])) for name, one in bare.items()]
        if nth >= 3:  # what is warm on one side is warm on the other
            for name, value in zip(times, [*spent, again, *each], strict=True):
                times[name].append(value)
            sent = Counter(name.split("_")[1] for name in (result.ran.fragments if result.ran else ()))
            most = Counter({name: max(most[name], sent[name]) for name in {*most, *sent}})
    median = {name: 1000 * statistics.median(values) for name, values in times.items()}
    total = sum(median[name] for name in bare)
    print(f"a customer, new plan {median['new']:.1f} ms (processor {median['new, processor']:.1f} ms), "
          f"plan kept {median['kept']:.1f} ms; bare look-ups {total:.1f} ms")  # fmt: skip
    print(f"ratio {median['new'] / total:.2f}, plan kept {median['kept'] / total:.2f} (bar 2)")
    print("bare: " + ", ".join(f"{name} {median[name]:.1f} ms" for name in bare))
    print("fragments at most: " + ", ".join(f"{name} {count}" for name, count in sorted(most.items())) + " (bar 2)")
    return int(median["new"] > 2 * total or max(most.values()) > 2)


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long an answer takes until its last row is here, and the answer."""
    began = time.perf_counter()
    result = ask()
    result.fetchall()
    return time.perf_counter() - began, result


def clocked(look: Bare, mail: str, keys: list[int]) -> float:
    """Return how long a bare look-up takes."""
    began = time.perf_counter()
    look(mail, keys)
    return time.perf_counter() - began


def keys_of(federation: Federation, mail: str) -> dict[str, list[int]]:
    """Return the keys of a customer's records by department."""
    found: dict[str, list[int]] = {}
    rows = federation.sql(
        "SELECT _source, _record_key FROM customer_record WHERE customer_id IN "
        "(SELECT customer_id FROM customer WHERE email = $mail)", mail=mail).fetchall()  # fmt: skip
    for name, key in rows:
        found.setdefault(name, []).append(int(key))
    return found


def is_file(name: str) -> bool:
    """Return whether a department's records are a file that is read in place."""
    return world.KINDS[name] in ("parquet", "csv")


# --- the rival ---


def rivals(folder: Path, places: Places) -> Iterator[tuple[str, Any]]:
    """Yield for each department what looks a customer up there, as a context."""
    for name, kind in world.KINDS.items():
        yield name, _Rival(folder, places, name, kind)


class _Rival:
    def __init__(self, folder: Path, places: Places, name: str, kind: str) -> None:
        self._folder, self._places, self._name, self._kind = folder, places, name, kind

    def __enter__(self) -> Bare:
        columns, path = ", ".join(world.COLUMNS), self._folder / "data" / f"{self._name}.{self._kind}"
        if is_file(self._name):
            types = ", ".join(f"'{column}': '{type_}'" for column, type_ in world.TYPES.items())
            table = (
                f"'{path}'" if self._kind == "parquet" else f"read_csv('{path}', header = true, columns = {{{types}}})"
            )
            self._open: Any = duckdb.connect()
            return lambda mail, keys: self._open.execute(
                f"SELECT {columns} FROM {table} WHERE email = $1", [mail]
            ).fetchall()
        mark = "?" if self._kind == "sqlite" else "%s"
        self._open = {
            "postgres": lambda: self._places.open_postgres(world.DATABASE),
            "mysql": lambda: self._places.open_mysql(world.DATABASE),
            "sqlite": lambda: sqlite3.connect(path),
        }[self._kind]()
        cursor = self._open.cursor()

        def look(mail: str, keys: list[int]) -> None:
            cursor.execute(f"SELECT no FROM {self._name} WHERE email = {mark}", (mail,))
            cursor.fetchall()
            wanted = ", ".join(map(str, keys or [-1]))
            cursor.execute(f"SELECT {columns} FROM {self._name} WHERE no IN ({wanted})")
            cursor.fetchall()

        return look

    def __exit__(self, *error: object) -> None:
        self._open.close()


if __name__ == "__main__":
    sys.exit(main())
