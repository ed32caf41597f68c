# ruff: noqa: E501 - tables are read across
"""What SQLite is told of a column keeps the rows that DuckDB keeps of the cells that travelled: cell by cell.

Every storage class in every kind of column, every collation, every form of clause. SQLite answers the predicate it is
told; DuckDB answers the clause over what `to_wire` sent and `from_wire` read back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from cdi_federate import tree
from cdi_federate.dialects import sqlite_wire
from cdi_federate.dialects.sqlite import Sqlite
from cdi_federate.query.spell import in_place
from cdi_federate.stages.clauses import ClauseLiteral, Compare, FoldedContains, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.proof import Strength
from tests.shapes.traps import TEXTS, clauses_of

CELLS: list[object] = [
    None, *TEXTS, 0, 1, -1, 2, 42, 255, 300, 2**53 + 1, 2**63 - 1, -(2**63), 0.0, -0.0, 0.1, 1.0, 1.5, 42.0, 2.0**53, 1e308,
    5e-324, float("inf"), float("-inf"), 0.30000000000000004, b"", b"a", b"\xff", b"US",
]  # fmt: skip
COLUMNS = [
    ("TEXT", "BINARY"), ("TEXT", "NOCASE"), ("TEXT", "RTRIM"), ("VARCHAR(9)", "BINARY"), ("CLOB", "NOCASE"),
    ("INTEGER", "BINARY"), ("BIGINT", "NOCASE"), ("REAL", "BINARY"), ("DOUBLE", "BINARY"), ("DECIMAL(10,2)", "BINARY"),
    ("BOOLEAN", "BINARY"), ("BLOB", "BINARY"), ("", "BINARY"), ("DATE", "BINARY"), ("NUMERIC", "RTRIM"),
]  # fmt: skip
DIALECT = Sqlite()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    yield connection
    connection.close()


def told(clause: ClauseLiteral, column: ColumnFacts) -> str | None:
    if DIALECT.prove(clause, column).strength is Strength.LOCAL:
        return None
    return tree.text(DIALECT.spell(clause, column), "sqlite")


def over_column(type_: str) -> Iterator[ClauseLiteral]:
    """Every clause over the column `x`, and parts of texts."""
    for clause in clauses_of(type_):
        yield replace(clause, column="x")
    if type_ == "VARCHAR":
        yield from (FoldedContains("x", piece) for piece in ("a", "us", "d-", "*", "x", "42"))
    yield Compare("x", "=", float("inf"))
    yield Within("x", (1.5, float("nan")))
    yield Without("x", tuple(range(12_000)))
    yield Compare("x", "<", 2**70)


@pytest.mark.parametrize(("declared", "collation"), COLUMNS)
def test_the_same_cells(duck: duckdb.DuckDBPyConnection, declared: str, collation: str) -> None:
    column = ColumnFacts(
        "x", sqlite_wire.duckdb_type(declared), declared, collation=collation, binary=collation == "BINARY", clean=False
    )
    lite = sqlite3.connect(":memory:")
    lite.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {declared} COLLATE {collation})")
    lite.executemany("INSERT INTO t (x) VALUES (?)", [(cell,) for cell in CELLS])
    sent = tree.text(DIALECT.to_wire(column), "sqlite")
    wire = lite.execute(f"SELECT id, CAST({sent} AS TEXT) FROM t").fetchall()
    duck.execute("CREATE OR REPLACE TABLE wire (id INTEGER, w VARCHAR)")
    duck.executemany("INSERT INTO wire VALUES (?, ?)", wire)
    back = tree.text(DIALECT.from_wire(column, tree.column("w")))
    duck.execute(f"CREATE OR REPLACE TABLE t AS SELECT id, {back} AS x FROM wire")
    facts, wrong, tried = TableFacts({"x": column}), [], 0
    for clause in over_column(column.type):
        predicate = told(clause, column)
        if predicate is None:
            continue
        tried += 1
        kept = {row[0] for row in lite.execute(f"SELECT id FROM t WHERE {predicate}")}
        mine = tree.text(in_place(clause, facts))
        wanted = {row[0] for row in duck.execute(f"SELECT id FROM t WHERE {mine}").fetchall()}
        if wanted - kept or (kept - wanted and DIALECT.prove(clause, column).strength is Strength.EXACT):
            lost, more = [[CELLS[i - 1] for i in sorted(ids)] for ids in (wanted - kept, kept - wanted)]
            wrong.append(f"{predicate}: lost {lost}, too many {more}")
    assert not wrong, "\n".join(wrong[:10])
    assert tried >= 20 or column.type in ("BLOB", "BOOLEAN") or "DECIMAL" in column.type or column.type == "VARCHAR"
