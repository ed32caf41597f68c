"""Who answers the questions: cdi-federate, and those that it is measured against. Each runs in a process of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Protocol

import duckdb
import pyarrow as pa

import cdi_federate as cdi
from benchmarks.cdi.byhand import files, views
from benchmarks.cdi.chdb_rival import Chdb
from benchmarks.cdi.places import CATALOG, Places
from benchmarks.cdi.questions import Question, entries
from cdi_federate.execute.duck import extensions

THREADS = 4
"""As many as the federation's engine takes on a small machine: fragments run on DuckDB's own threads."""


class Contender(Protocol):
    """One who answers. `ready` returns what is timed: a call that runs the question whole and returns its table.

    `learns` says whether earlier questions make later ones faster.
    """

    learns: bool

    def __init__(self, places: Places, ports: dict[str, int]) -> None: ...

    def ready(self, question: Question) -> Callable[[], pa.Table]:
        """Do once what is not timed: planning, reading of texts."""
        ...


class Ours:
    """The product: prepared once, run as often as asked."""

    learns = True

    def __init__(self, places: Places, ports: dict[str, int]) -> None:
        os.environ["CDI_BENCH_CRM"] = places.libpq(ports["postgres"])
        os.environ["CDI_BENCH_BILLING"] = places.mysql_url(ports["mysql"])
        os.environ["CDI_BENCH_FILES"] = str(places.files)
        self.federation = cdi.connect(CATALOG)

    def ready(self, question: Question) -> Callable[[], pa.Table]:
        prepared = self.federation.prepare(question.text)
        return lambda: self.federation.run(prepared).arrow()


class Attach:
    """DuckDB as it is: views over ATTACHed databases and files, its own settings."""

    learns = False

    def __init__(self, places: Places, ports: dict[str, int]) -> None:
        self.connection = _duckdb(places, ports)
        names = {table: f"crm.public.{table}" for table in ("accounts", "deals")}
        names |= {table: f"billing.{table}" for table in ("clients", "invoices")}
        names |= {table: f"support.{table}" for table in ("contacts", "tickets")}
        self.connection.execute(views(names | files(places)))

    def ready(self, question: Question) -> Callable[[], pa.Table]:
        return lambda: self.connection.execute(question.text).to_arrow_table()


class Expert:
    """A good engineer with all knowledge of the sources: SQL of their own for each question, in the same DuckDB.

    A question may take two steps: what `keys` gives is put as literals where the next text says {keys}, and without any
    key the text under `none` is run.
    """

    learns = False

    def __init__(self, places: Places, ports: dict[str, int]) -> None:
        # DuckDB has MariaDB compress what it sends unless told otherwise: three times slower where the network is fast.
        self.connection = _duckdb(places, ports, more=" compression=disabled")
        self.connection.execute(f"SET threads = {THREADS}")
        for table, text in files(places).items():
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {text}")
        self.texts: dict[str, dict[str, str]] = {}
        for name, step, text in entries("expert.sql"):
            self.texts.setdefault(name, {})[step or "answer"] = text
        self.connection.execute(self.texts.pop("setup")["answer"])
        # Round trips that are of no use to somebody who only reads, from servers that are known to be there.
        self.connection.execute("SET mysql_enable_transactions = false")

    def ready(self, question: Question) -> Callable[[], pa.Table]:
        steps = self.texts[question.name]

        def answer() -> pa.Table:
            holes: dict[str, str] = {}
            for step, text in steps.items():
                filled = re.sub(r"\{(\w+)\}", lambda hole: holes[hole[1]], text)
                if step == "answer":
                    return self.connection.execute(filled).to_arrow_table()
                if step == "none":
                    if not all(holes.values()):
                        return self.connection.execute(filled).to_arrow_table()
                    continue
                keys = [row[0] for row in self.connection.execute(filled).fetchall()]
                holes[step] = ", ".join(
                    "'" + k.replace("'", "''") + "'" if isinstance(k, str) else str(k) for k in keys
                )
            raise AssertionError(f"expert.sql has no answer to {question.name}")

        return answer


def _literal(key: object) -> str:
    return "'" + key.replace("'", "''") + "'" if isinstance(key, str) else str(key)


def _duckdb(places: Places, ports: dict[str, int], more: str = "") -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with the four databases attached as `crm`, `billing`, `support` and `loyalty`."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    for extension, extra in (("postgres_scanner", "postgres"), ("mysql_scanner", "mysql"), ("sqlite_scanner", "")):
        connection.execute(f"LOAD '{extensions.required(extension, source='', extra=extra)}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH '{places.libpq(ports['postgres'])}' AS crm (TYPE postgres, READ_ONLY)")
    connection.execute(f"ATTACH '{places.mysql_words(ports['mysql'])}{more}' AS billing (TYPE mysql, READ_ONLY)")
    connection.execute(f"ATTACH '{places.files}/support.sqlite' AS support (TYPE sqlite, READ_ONLY)")
    connection.execute(f"ATTACH '{places.files}/loyalty.duckdb' AS loyalty (READ_ONLY)")
    return connection


BY_NAME: dict[str, type[Contender]] = {
    "ours": Ours,
    "attach": Attach,
    "chdb": Chdb,
    "expert": Expert,
}
"""The contenders in the order in which they are told."""
