"""The best placement of each query as an expert writes it by hand (`placements.sql`), and how many rows it fetches."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from tests.servers import Server

_HEAD = re.compile(r"^-- (\d+) (\w+) (\w+):\n", re.MULTILINE)
_HOLE = re.compile(r"\{(\w+)\.(\w+)\}")


@dataclass(frozen=True)
class Fragment:
    """What one source is sent for one query; `here` is no source but this process, which reads files."""

    query: int
    source: str
    name: str
    sql: str


@dataclass(frozen=True)
class Places:
    """Where the tables are."""

    folder: Path
    postgres: Server
    mysql: Server


def read() -> list[Fragment]:
    """Return the fragments, in their order."""
    parts = _HEAD.split(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))[1:]
    fours = zip(*[iter(parts)] * 4, strict=True)
    return [Fragment(int(query), source, name, sql.strip()) for query, source, name, sql in fours]


def fetched(query: int, places: Places) -> tuple[dict[str, int], float]:
    """Return how many rows each fragment of a query fetches from a database, and the seconds that all took."""
    began = time.perf_counter()
    counted: dict[str, int] = {}
    with closing(duckdb.connect()) as here:
        for table, reader in (("parts", "parquet"), ("nations", "csv"), ("regions", "csv")):
            here.execute(f"CREATE VIEW {table} AS FROM read_{reader}('{places.folder}/{table}.{reader}')")
        for fragment in (each for each in read() if each.query == query):
            columns, rows = _run(_filled(fragment.sql, here), fragment.source, places, here)
            if fragment.source != "here":
                counted[f"{fragment.source}.{fragment.name}"] = len(rows)
            _hold(here, fragment.name, columns, rows)
    return counted, time.perf_counter() - began


def _filled(sql: str, here: duckdb.DuckDBPyConnection) -> str:
    def keys(hole: re.Match[str]) -> str:
        found = here.execute(f"SELECT DISTINCT {hole[2]} FROM got_{hole[1]} ORDER BY 1").fetchall()
        return ", ".join(str(int(key)) for (key,) in found) or "NULL"

    return _HOLE.sub(keys, sql)


def _run(
    sql: str, source: str, places: Places, here: duckdb.DuckDBPyConnection
) -> tuple[list[str], list[tuple[Any, ...]]]:
    match source:
        case "sales":
            with places.postgres.postgres() as connection, connection.cursor() as cursor:
                return _all(cursor, sql)
        case "logistics":
            with places.mysql.mysql() as connection, connection.cursor() as cursor:
                return _all(cursor, sql)
        case "procurement":
            with closing(sqlite3.connect(places.folder / "procurement.sqlite")) as file:
                return _all(file.cursor(), sql)
        case "here":
            return _all(here, sql)
    raise ValueError(source)


def _all(cursor: Any, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor.execute(sql.encode() if isinstance(cursor, psycopg.Cursor) else sql)
    return [column[0] for column in cursor.description], list(cursor.fetchall())


def _hold(here: duckdb.DuckDBPyConnection, name: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Keep the numbers of a fragment's rows as a table, of which later fragments take keys."""
    numbers = {
        column: [int(row[at]) for row in rows]
        for at, column in enumerate(columns)
        if column.isidentifier() and all(isinstance(row[at], int | Decimal) for row in rows)
    }
    picked = ", ".join(f"unnest($each_{at}::BIGINT[]) AS {column}" for at, column in enumerate(numbers))
    given = {f"each_{at}": values for at, values in enumerate(numbers.values())}
    here.execute(f"CREATE TABLE got_{name} AS SELECT {picked or '1'}", given)
