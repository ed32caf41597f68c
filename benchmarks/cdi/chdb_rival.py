"""chdb, ClickHouse in process: views over its table functions for the same six sources.

It reads no DuckDB files and is given the loyalty table as Parquet. The questions are put into its words by sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import sqlglot

from benchmarks.cdi.byhand import views
from benchmarks.cdi.places import Places
from benchmarks.cdi.questions import Question

SETTINGS = {
    "join_use_nulls": 1,
    "format_csv_delimiter": "';'",
    "session_timezone": "'UTC'",
    "allow_experimental_correlated_subqueries": 1,
    "output_format_arrow_string_as_string": 1,
}


class Chdb:
    """A session of chdb over the sources; its answers come as Arrow."""

    learns = False

    def __init__(self, places: Places, ports: dict[str, int]) -> None:
        from chdb.session import Session

        session: Any = Session  # its parameters have no types
        self.session = session()
        for name, value in SETTINGS.items():
            self.session.query(f"SET {name} = {value}")
        for statement in views(_functions(places, ports), "clickhouse.sql").split(";\n"):
            if statement.strip():
                self.session.query(statement)

    def ready(self, question: Question) -> Callable[[], pa.Table]:
        """Put the question into ClickHouse's words."""
        text = sqlglot.transpile(question.text, read="duckdb", write="clickhouse")[0]

        def answer() -> pa.Table:
            found = self.session.query(text, "ArrowStream").bytes()
            return pa.ipc.open_stream(found).read_all() if found else pa.table({})

        return answer


def _functions(places: Places, ports: dict[str, int]) -> dict[str, str]:
    folder = places.files
    touches = (
        "contact Int64, mail Nullable(String), country Nullable(String), campaign String, touched String, opened Int64"
    )
    return {
        **{
            table: f"postgresql('127.0.0.1:{ports['postgres']}', '{places.postgres.database}', '{table}', "
            f"'{places.postgres.user}', '{places.postgres.password}')"
            for table in ("accounts", "deals")
        },
        **{
            table: f"mysql('127.0.0.1:{ports['mysql']}', '{places.mysql.database}', '{table}', "
            f"'{places.mysql.user}', '{places.mysql.password}')"
            for table in ("clients", "invoices")
        },
        **{table: f"sqlite('{folder}/support.sqlite', '{table}')" for table in ("contacts", "tickets")},
        "shoppers": f"file('{folder}/shop/shoppers.parquet', 'Parquet')",
        "orders": f"file('{folder}/shop/orders/*/*.parquet', 'Parquet')",
        "members": f"file('{folder}/loyalty.parquet', 'Parquet')",
        "touches": f"file('{folder}/campaigns/touches.csv', 'CSVWithNames', '{touches}')",
    }
