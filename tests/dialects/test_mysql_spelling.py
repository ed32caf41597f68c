# ruff: noqa: E501 - tables are read across
"""What MySQL or MariaDB is told of a column keeps the rows that DuckDB keeps of the cells that travelled: cell by cell.

The real server answers each predicate, with and without an index on the column; DuckDB answers the clause over what
`to_wire` sent and `from_wire` read back. Exact proofs keep the same rows, the others no fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import duckdb
import pymysql
import pytest

from cdi_federate import tree
from cdi_federate.dialects.mysql import Mysql
from cdi_federate.dialects.mysql_wire import duckdb_type
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.query.spell import in_place
from cdi_federate.sources.mysql_facts import by_bytes
from cdi_federate.stages.clauses import ClauseLiteral, Compare, FoldedContains, StartsWith, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.proof import Strength
from tests.execute.plans import source_of
from tests.servers import Server, database
from tests.shapes.traps import TEXTS, clauses_of

DIALECT = Mysql()
_FOLDED = "translate(t.x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"

CELLS: list[str] = [
    *TEXTS, "alice", "Alice", "ALICE", "alice ", "alicé", "Ann", "Ann ", "ann", "US ", "ch", "c", "cz", "h", "ll", "l", "dz",
    "ae", "æ", "oe", "ss", "e\u0301", "é", "É", "e", "E", "\u200b", "a\u200bb", "a\u00adb", "\u0301", "\x00", "a\x00", "a\x00b",
    "\x01", "a\x1f", "'", '"', "\\", "\\'", "a\\", "a\\b", "\\%", "a%", "a_", "||", "|", "--", "/*", "😀", "😁", "a😀", "\uffff",
    "\U0010ffff", "ﬁ", "fi", "ａ", "Å", "A\u030a", "Å", "Ω", "Ω", "\u3042", "\u30a2", "\uff71", "中", "€", "\x80", "\x81",
    "x'41'", "0", "0.0", "00", "1e0", " 1", "1 ", "1a",
]  # fmt: skip
"""Cells of text; each column takes those that its character set has."""

ASKED: list[str] = [
    "alice", "Alice", "ALICE", "Ann", "Ann ", "ann", "US ", "c", "ch", "ll", "ae", "ss", "e", "é", "e\u0301", "\u200b", "\x00",
    "a\x00", "\\", "\\'", "a\\", "\\%", "%", "_", "a%", "a_", "|", "||", "😀", "😁", "\U0010ffff", "ﬁ", "Å", "A\u030a", "Ω",
    "€", "中", "\x81", " ", "\n", "\t", "0", "1 ",
]  # fmt: skip
PIECES = ["a", "us", "d-", "%", "_", "\\", "é", "É", "k", "😀", "ss", "e", "ann", "i", "\x00"]

COLLATIONS = [
    "utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb4_bin", "utf8mb4_nopad_bin",
    "utf8mb4_general_nopad_ci", "utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_as_cs", "utf8mb4_uca1400_nopad_ai_ci",
    "utf8mb4_0900_ai_ci", "utf8mb4_0900_bin", "utf8mb4_czech_ci", "utf8mb4_spanish2_ci", "utf8mb4_german2_ci",
    "utf8mb4_danish_ci", "utf8mb4_turkish_ci", "utf8mb3_general_ci", "utf8mb3_nopad_bin", "latin1_swedish_ci",
    "latin1_german2_ci", "latin1_bin", "latin1_nopad_bin", "latin2_czech_cs", "ascii_general_ci", "cp1251_general_ci",
    "sjis_japanese_ci", "gbk_chinese_ci", "utf16_general_ci", "ucs2_bin", "koi8r_general_ci", "swe7_swedish_ci",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("mysql", options="CHARACTER SET utf8mb4") as made:
        yield made


@pytest.fixture(scope="module")
def mine(server: Server) -> Iterator[pymysql.Connection[Any]]:
    connection = server.mysql()
    connection.cursor().execute("SET time_zone = '+00:00'")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def duck(server: Server) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = instance(threads=1)
    attach(
        connection, source_of("mysql", __import__("pathlib").Path(), [], name="src", **server.connection()).attachment()
    )
    yield connection
    connection.close()


def told(clause: ClauseLiteral, column: ColumnFacts) -> str | None:
    """The predicate as it is sent."""
    if DIALECT.prove(clause, column).strength is Strength.LOCAL:
        return None
    return tree.text(DIALECT.spell(clause, column), "mysql", spent=True)


@cache
def here(clause: ClauseLiteral, type_: str) -> str:
    """The clause in DuckDB's words; NUL would end its text."""
    text = tree.text(in_place(clause, TableFacts({"x": ColumnFacts("x", type_)}))).replace("\0", "' || chr(0) || '")
    return text.replace('LOWER("t"."x")', _FOLDED) if isinstance(clause, FoldedContains) else text


def compare(
    mine: pymysql.Connection[Any],
    duck: duckdb.DuckDBPyConnection,
    column: ColumnFacts,
    clauses: Sequence[ClauseLiteral],
) -> int:
    """Ask both of every clause; returns how many were told."""
    sent = tree.text(
        tree.select([tree.column("id"), tree.aliased(DIALECT.to_wire(column), "w")], tree.table("t")), "mysql"
    )
    back = tree.text(DIALECT.from_wire(column, tree.column("w")))
    duck.execute(f"CREATE OR REPLACE TEMP TABLE t AS SELECT id, {back} AS x FROM mysql_query('src', '{sent}')")
    assert duck.execute("SELECT typeof(x) FROM t LIMIT 1").fetchone() == (column.type,)
    every = [(clause, text) for clause in clauses if (text := told(clause, column)) is not None]
    wrong = []
    cursor = mine.cursor()
    for start in range(0, len(every), 100):
        some = every[start : start + 100]
        asked = ", ".join(f"list(id ORDER BY id) FILTER ({here(clause, column.type)})" for clause, _ in some)
        row = duck.execute(f"SELECT {asked} FROM t").fetchone()
        assert row is not None
        for (clause, text), wanted in zip(some, row, strict=True):
            cursor.execute(f"SELECT id FROM t WHERE {text}")
            kept, want = {key for (key,) in cursor.fetchall()}, set(wanted or ())
            exact = DIALECT.prove(clause, column).strength is Strength.EXACT
            if want - kept or (exact and kept - want):
                wrong.append(f"{text}: lost {sorted(want - kept)}, too many {sorted(kept - want)}")
    assert not wrong, f"{len(wrong)} of {len(every)}:\n" + "\n".join(wrong[:10])
    return len(every)


def fill(mine: pymysql.Connection[Any], declared: str, cells: Sequence[Any], index: str = "") -> list[Any]:
    """Make the table `t`; return the cells that the column took, by id from 1."""
    cursor = mine.cursor()
    cursor.execute("DROP TABLE IF EXISTS t")
    cursor.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, x {declared}{f', KEY (x{index})'})")
    taken = []
    for cell in [None, *cells]:
        try:
            cursor.execute("INSERT INTO t (x) VALUES (%s)", (cell,))
        except pymysql.Error:
            continue
        taken.append(cell)
    return taken


def texts() -> list[ClauseLiteral]:
    clauses = [replace(clause, column="x") for clause in clauses_of("VARCHAR")]
    for value in ASKED:
        clauses += [Compare("x", op, value) for op in ("=", "<>", "<", "<=", ">", ">=")]  # type: ignore[arg-type]
        clauses += [StartsWith("x", value), StartsWith("x", value, negated=True)]
    clauses += [Within("x", tuple(ASKED)), Without("x", tuple(ASKED))]
    clauses += [FoldedContains("x", piece) for piece in PIECES]
    return clauses


def facts(declared: str, collation: str = "") -> ColumnFacts:
    kind = declared.split("(")[0].split(" ")[0]
    return ColumnFacts(
        "x",
        duckdb_type(declared),
        declared,
        collation=collation,
        binary=not collation or by_bytes(collation, kind),
        indexed=True,
    )


@pytest.mark.parametrize("collation", COLLATIONS)
def test_text(mine: pymysql.Connection[Any], duck: duckdb.DuckDBPyConnection, collation: str) -> None:
    cursor = mine.cursor()
    if not cursor.execute(
        "SELECT 1 FROM information_schema.collation_character_set_applicability WHERE %s IN (collation_name, CONCAT(character_set_name, '_', collation_name))",
        (collation,),
    ):
        pytest.skip("this server does not have it")
    charset = collation.split("_")[0]
    taken = fill(mine, f"varchar(60) CHARACTER SET {charset} COLLATE {collation}", CELLS)
    assert len(taken) > 60
    assert compare(mine, duck, facts("varchar(60)", collation), texts()) > 500
