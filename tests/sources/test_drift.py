"""A table that changes while a federation is open, in every kind without a server: the right rows, or an error.

The kinds with a server have the same in `test_postgres_queries.py` and `test_mysql_queries.py`.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError

Rows = list[dict[str, Any]]
BEFORE: Rows = [{"id": 1, "mail": "a", "amount": 10}, {"id": 2, "mail": "b", "amount": 20}]
CHANGES: dict[str, Rows | None] = {
    "reordered": [{"amount": 30, "mail": "c", "id": 3}],
    "added": [{"id": 3, "more": 7, "mail": "c", "amount": 30}],
    "of another type": [{"id": 3, "mail": "c", "amount": "30"}],
    "with a fraction": [{"id": 3, "mail": "c", "amount": 30.25}],
    "numbers for texts": [{"id": 3, "mail": 5, "amount": 30}],
    "renamed": [{"id": 3, "post": "c", "amount": 30}],
    "dropped": [{"id": 3, "amount": 30}],
    "gone": None,
}
QUERY = "SELECT id, mail, amount FROM thing ORDER BY id"


def _parquet(folder: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist(rows), folder / "t.parquet")


def _csv(folder: Path, rows: Rows) -> None:
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _json(folder: Path, rows: Rows) -> None:
    (folder / "t.json").write_text("\n".join(map(json.dumps, rows)))


def _excel(folder: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in ([*rows[0]], *([*row.values()] for row in rows)):
        sheet.append(line)
    book.save(folder / "t.xlsx")


_TYPES = {int: "BIGINT", float: "DOUBLE", str: "TEXT"}


def _database(connect: Callable[[str], Any], name: str) -> Callable[[Path, Rows], None]:
    def write(folder: Path, rows: Rows) -> None:
        columns = ", ".join(f"{key} {_TYPES[type(value)]}" for key, value in rows[0].items())
        with closing(connect(str(folder / name))) as db:
            db.execute("DROP TABLE IF EXISTS t")
            db.execute(f"CREATE TABLE t ({columns})")
            for row in rows:
                db.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(row))})", list(row.values()))
            db.commit()

    return write


def _duckdb(folder: Path, rows: Rows) -> None:
    """Written beside and renamed, the usual way: DuckDB keeps a file that it reads from being written to."""
    (folder / "new").mkdir(exist_ok=True)
    _database(duckdb.connect, "new/t.duckdb")(folder, rows)
    (folder / "new/t.duckdb").rename(folder / "t.duckdb")


KINDS: dict[str, tuple[str, str, Callable[[Path, Rows], None]]] = {
    "parquet": (".", "t.parquet", _parquet),
    "csv": (".", "t.csv", _csv),
    "json": (".", "t.json", _json),
    "excel": (".", "t.xlsx", _excel),
    "sqlite": ("t.sqlite", "t", _database(sqlite3.connect, "t.sqlite")),
    "duckdb": ("t.duckdb", "t", _duckdb),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_right_rows_or_an_error(tmp_path: Path, kind: str, change: str) -> None:
    path, relation, write = KINDS[kind]
    for name, text in {
        "catalog.yaml": "name: small\n",
        "entities/thing.yaml": 'entity: thing\nfields: {id: integer, mail: varchar, amount: "decimal(9,2)"}\n',
        "sources/src.yaml": f"source: src\nkind: {kind}\nconnection: {{path: {path}}}\nprovides:\n  thing:\n"
        f"    from: {relation}\n    fields: {{id: id, mail: mail, amount: amount}}\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    write(tmp_path, BEFORE)
    rows = CHANGES[change]
    with cdi.connect(tmp_path) as federation:
        prepared = federation.prepare(QUERY)
        assert federation.sql(QUERY).fetchall() == [(1, "a", Decimal(10)), (2, "b", Decimal(20))]
        if rows is None:
            (tmp_path / (path if path != "." else relation)).unlink()
        else:
            write(tmp_path, rows)
        if rows is not None and set(BEFORE[0]) <= set(rows[0]):
            text = float if kind == "excel" else str  # a workbook has no whole numbers
            texts = [row["mail"] if isinstance(row["mail"], str) else str(text(row["mail"])) for row in rows]
            expected = [(row["id"], mail, Decimal(str(row["amount"]))) for row, mail in zip(rows, texts, strict=True)]
            assert federation.sql(QUERY).fetchall() == expected
        else:
            expected = []
            with pytest.raises(CdiError) as caught:
                federation.sql(QUERY).fetchall()
            assert "src" in str(caught.value)
        # A plan that was made before: the same rows, or an error; never a column's values under another's name.
        try:
            assert federation.run(prepared).fetchall() == expected and expected
        except CdiError as error:
            assert "src" in str(error)
