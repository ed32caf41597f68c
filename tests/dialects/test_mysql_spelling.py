# ruff: noqa: E501 - tables are read across
"""What MySQL or MariaDB is told of a column keeps the rows that DuckDB keeps of the cells that travelled: cell by cell.

The real server answers each predicate, with and without an index on the column; DuckDB answers the clause over what
`to_wire` sent and `from_wire` read back. Exact proofs keep the same rows, the others no fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pymysql
import pytest

from cdi_federate import tree
from cdi_federate.dialects.mysql import Mysql
from cdi_federate.dialects.mysql_wire import charset, duckdb_type
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.execute.duck.literal import literal
from cdi_federate.query.spell import in_place
from cdi_federate.sources.mysql_facts import by_bytes
from cdi_federate.stages.clauses import ClauseLiteral, Compare, FoldedContains, StartsWith, Value, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.proof import Strength
from cdi_federate.stages.types import type_info
from tests.execute.plans import source_of
from tests.servers import Server, database
from tests.shapes.traps import TEXTS, clauses_of

DIALECT = Mysql()
Mine = pymysql.Connection  # the independent driver
Duck = duckdb.DuckDBPyConnection
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
    "utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin", "utf8mb4_nopad_bin", "utf8mb4_uca1400_ai_ci",
    "utf8mb4_0900_ai_ci", "utf8mb4_0900_bin", "utf8mb4_czech_ci", "utf8mb3_general_ci", "utf8mb3_nopad_bin",
    "latin1_swedish_ci", "latin1_nopad_bin", "ascii_general_ci", "sjis_japanese_ci", "ucs2_bin",
]  # fmt: skip
MORE_COLLATIONS = [
    "utf8mb4_unicode_520_ci", "utf8mb4_general_nopad_ci", "utf8mb4_uca1400_as_cs", "utf8mb4_uca1400_nopad_ai_ci",
    "utf8mb4_spanish2_ci", "utf8mb4_german2_ci", "utf8mb4_danish_ci", "utf8mb4_turkish_ci", "utf8mb4_0900_as_cs",
    "latin1_german2_ci", "latin1_bin", "latin2_czech_cs", "cp1251_general_ci", "gbk_chinese_ci", "utf16_general_ci",
    "utf32_unicode_ci", "koi8r_general_ci", "swe7_swedish_ci", "big5_chinese_ci", "tis620_thai_ci", "hebrew_bin",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("mysql", options="CHARACTER SET utf8mb4") as made:
        yield made


@pytest.fixture(scope="module")
def mine(server: Server) -> Iterator[Mine]:
    connection = server.mysql()
    connection.cursor().execute("SET time_zone = '+00:00'")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def duck(server: Server) -> Iterator[Duck]:
    connection = instance(threads=1)
    attach(connection, source_of("mysql", Path(), [], name="src", **server.connection()).attachment())
    yield connection
    connection.close()


def _is_mariadb(mine: Mine) -> bool:
    cursor = mine.cursor()
    cursor.execute("SELECT VERSION()")
    return "MariaDB" in str(cursor.fetchone())


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


def answers(duck: Duck, clauses: Sequence[ClauseLiteral], type_: str) -> list[list[int] | duckdb.Error]:
    """The rows that DuckDB keeps of each clause, or its error: no decimal holds 10^37 and a fraction."""
    asked = [f"list(id ORDER BY id) FILTER ({here(clause, type_)})" for clause in clauses]
    try:
        row = duck.execute(f"SELECT {', '.join(asked)} FROM t").fetchone()
    except duckdb.ConversionException as error:
        if len(clauses) == 1:
            return [error]
        return [answer for clause in clauses for answer in answers(duck, [clause], type_)]
    assert row is not None
    return [found or [] for found in row]


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
    duck.execute(f"CREATE OR REPLACE TEMP TABLE t AS SELECT id, {back} AS x FROM mysql_query('src', {literal(sent)})")
    assert duck.execute("SELECT typeof(x) FROM t LIMIT 1").fetchone() == (column.type,)
    every = [(clause, text) for clause in clauses if (text := told(clause, column)) is not None]
    wrong = []
    cursor = mine.cursor()
    for start in range(0, len(every), 100):
        some = every[start : start + 100]
        for (clause, text), wanted in zip(
            some, answers(duck, [clause for clause, _ in some], column.type), strict=True
        ):
            if isinstance(wanted, duckdb.Error):
                continue
            cursor.execute(f"SELECT id FROM t WHERE {text}")
            kept, want = {key for (key,) in cursor.fetchall()}, set(wanted)
            exact = DIALECT.prove(clause, column).strength is Strength.EXACT
            if want - kept or (exact and kept - want):
                wrong.append(f"{text}: lost {sorted(want - kept)}, too many {sorted(kept - want)}")
    assert not wrong, f"{len(wrong)} of {len(every)}:\n" + "\n".join(wrong[:10])
    return len(every)


def fill(mine: Mine, declared: str, cells: Sequence[Any], index: str = "", *, indexed: bool = True) -> list[Any]:
    """Make the table `t`; return the cells that the column took, by id from 1."""
    cursor = mine.cursor()
    cursor.execute("DROP TABLE IF EXISTS t")
    cursor.execute(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, x {declared}{f', KEY (x{index})' if indexed else ''})"
    )
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
        clauses += [Compare("x", op, value) for op in ("=", "<>", "<", "<=", ">", ">=")]
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


def with_collation(mine: Mine, duck: Duck, collation: str, clauses: Sequence[ClauseLiteral]) -> int:
    """Hold a varchar column of a collation against DuckDB; returns how many clauses were told."""
    known = (
        "SELECT 1 FROM information_schema.collation_character_set_applicability "
        "WHERE %s IN (collation_name, CONCAT(character_set_name, '_', collation_name))"
    )
    if not mine.cursor().execute(known, (collation,)):
        pytest.skip("this server does not have it")
    taken = fill(mine, f"varchar(60) CHARACTER SET {charset(collation)} COLLATE {collation}", CELLS)
    assert len(taken) > 60
    return compare(mine, duck, facts("varchar(60)", collation), clauses)


@pytest.mark.parametrize("collation", COLLATIONS)
def test_text(mine: Mine, duck: Duck, collation: str) -> None:
    every = texts()
    some = every if collation in ("utf8mb4_general_ci", "latin1_swedish_ci") else every[:: 3 + len(collation) % 2]
    assert with_collation(mine, duck, collation, some) == len(some)


@pytest.mark.bars
@pytest.mark.parametrize("collation", [*COLLATIONS, *MORE_COLLATIONS])
def test_text_of_every_kind(mine: Mine, duck: Duck, collation: str) -> None:
    assert with_collation(mine, duck, collation, texts()) == len(texts())


@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_bin", "latin1_swedish_ci"])
def test_long_lists_of_text(mine: Mine, duck: Duck, collation: str) -> None:
    """Beyond a thousand constants MariaDB makes a table of a list."""
    many = (*ASKED, *map(str, range(2_000)))
    assert with_collation(mine, duck, collation, [Within("x", many), Without("x", many)]) == 2


@pytest.mark.parametrize(
    "declared",
    [
        "char(60)",
        "text",
        "longtext",
        "enum('alice','Ann','a','É','x','')",
        "set('a','b','C')",
        "enum('ab','b')",
        "json",
    ],
)
def test_other_types_of_text(mine: Mine, duck: Duck, declared: str) -> None:
    index = "(20)" if "text" in declared else ""
    cells = ["a,b", "C", "C,a", *CELLS]
    if declared == "json":
        cells, declared = ['"a"', "1", "{}", '{"a": "é"}', "null"], "longtext CHECK (json_valid(x))"
    mine.cursor().execute("SET sql_mode = ''")  # lets cells in that are none of an enum's words
    fill(mine, declared, cells, index or "(20)" if "longtext" in declared else index)
    mine.cursor().execute("SET sql_mode = DEFAULT")
    assert compare(mine, duck, facts(declared.split(" CHECK")[0], "utf8mb4_general_ci"), texts()[::3]) > 200


@pytest.mark.parametrize("mode", ["ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,IGNORE_SPACE",
                                  "EMPTY_STRING_IS_NULL", "TRADITIONAL", ""])  # fmt: skip
@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_nopad_bin"])
def test_whatever_the_server_says_of_texts(mine: Mine, duck: Duck, mode: str, collation: str) -> None:
    fill(mine, f"varchar(60) COLLATE {collation}", CELLS)
    try:
        if mode == "EMPTY_STRING_IS_NULL" and not _is_mariadb(mine):
            pytest.skip("this server does not have it")
        mine.cursor().execute("SET sql_mode = %s", (mode,))
        assert compare(mine, duck, facts("varchar(60)", collation), texts()[::4]) > 150
    finally:
        mine.cursor().execute("SET sql_mode = DEFAULT")


_WHOLE = [0, 1, -1, 2, 3, 24, 42, 100, 127, 128, 255, 256, 32767, 65535, 2**23, 2**24 - 1, 2**31 - 1, 2**31, 2**32 - 1,
          2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -128, -(2**31), -(2**53) - 1, -(2**63)]  # fmt: skip
_BROKEN = ["0.00", "0.01", "-0.01", "0.10", "1.00", "1.50", "9.99", "10.50", "99999999.99", "-99999999.99", "1.23"]
_REALS = [
    0.0,
    -0.0,
    0.1,
    0.3,
    0.30000000000000004,
    1.0,
    1.5,
    -1.0,
    42.0,
    1e308,
    -1e308,
    5e-324,
    2.0**53,
    1e22,
    1e-7,
    1e16,
]
_DAYS = ["2024-01-02", "2024-02-29", "1970-01-01", "1969-12-31", "0001-01-01", "9999-12-31", "9999-12-30", "1000-01-01",
         "0000-00-00", "2024-00-10", "2024-01-00", "2024-02-31", "2023-02-29", "0000-01-05", "0000-12-31", "0001-02-29"]  # fmt: skip
_CLOCK = ["00:00:00", "00:00:00.000001", "12:00:00", "23:59:59.999999"]
_INSTANTS = ["1970-01-01 00:00:01", "2024-01-02 00:00:00", "2024-01-02 00:00:00.000001", "2024-02-29 12:00:00",
             "2038-01-19 03:14:07.999999", "0000-00-00 00:00:00"]  # fmt: skip
NUMBERS: list[tuple[str, list[Any]]] = [
    ("tinyint", _WHOLE), ("smallint unsigned", _WHOLE), ("mediumint", _WHOLE), ("int unsigned", _WHOLE), ("bigint", _WHOLE),
    ("bigint unsigned", _WHOLE),
    ("tinyint(1)", _WHOLE), ("int(5) unsigned zerofill", _WHOLE), ("year", [0, 1901, 1970, 2001, 2024, 2042, 2100, 2155]),
    ("bit(8)", [0, 1, 3, 42, 127, 255]), ("bit(64)", [0, 1, 2**53 + 1, 2**63, 2**64 - 1]), ("bit(1)", [0, 1]),
    ("decimal(10,2)", _BROKEN), ("decimal(3,0)", [999, -999, 0, 42]), ("decimal(5,0) unsigned", [99999, 0]), ("decimal(38,0)", [*_WHOLE, 10**38 - 1, -(10**37)]), ("decimal(5,5)", ["0.00001", "0.50000", "-0.00100"]),
    ("decimal(38,30)", ["1.500000000000000000000000000000", "0.000000000000000000000000000001"]), ("decimal(10,2) unsigned", _BROKEN),
    ("double", _REALS), ("double(10,2)", _BROKEN), ("double unsigned", _REALS),
    ("date", _DAYS), ("datetime(6)", [f"{day} {clock}" for day in _DAYS for clock in _CLOCK]),
    ("datetime", [f"{day} {clock}" for day in _DAYS for clock in _CLOCK[::2]]), ("timestamp(6) NULL", _INSTANTS),
    ("timestamp(3) NULL", _INSTANTS), ("float", [*_REALS, 16777217.0, 1e-45, 3.4028235e38]), ("float unsigned", _REALS), ("float(7,2)", _BROKEN), ("time(6)", ["-838:59:59.5", "25:00:00", "00:00:00"]),
    ("decimal(65,30)", ["1.5", "1" * 35]), ("varbinary(20)", [b"a", b"\x00", b"\xff"]), ("uuid", ["123e4567-e89b-12d3-a456-426655440000"]),
]  # fmt: skip
"""Types and cells; not text."""
_LOCAL = {"double(10,2)", "float(7,2)", "time(6)", "decimal(65,30)", "varbinary(20)", "uuid"}


def clauses_over(type_: str) -> list[ClauseLiteral]:
    """Clauses with constants of the type, and some that are out of its range."""
    zoned = type_ == "TIMESTAMP WITH TIME ZONE"
    clauses = [replace(clause, column="x") for clause in clauses_of("TIMESTAMP" if zoned else type_)]
    family = type_info(type_).family
    if family in ("integer", "decimal"):
        edges: list[Value] = [
            *_WHOLE,
            24,
            70,
            2024,
            10**37,
            -(10**37),
            Decimal("-0.5"),
            Decimal("2024.5"),
            Decimal("0.00000000000000000000001"),
        ]
        clauses += [Compare("x", op, value) for value in edges for op in ("=", "<>", "<", ">=")]
        clauses += [Within("x", tuple(edges)), Without("x", tuple(edges))]
    if family == "double":
        clauses += [Compare("x", op, value) for value in (*_REALS, 0.1 + 0.2, 1e-320) for op in ("=", "<>", "<", ">=")]
        clauses += [Within("x", tuple(_REALS)), Without("x", tuple(_REALS))]
    if family in ("date", "timestamp", "timestamptz"):
        moments = [
            datetime(1, 1, 1),
            datetime(9999, 12, 31, 23, 59, 59, 999999),
            datetime(1000, 1, 1),
            datetime(2024, 1, 2, 0, 0, 0, 1),
        ]
        values: list[Value] = [moment.date() if family == "date" else moment for moment in moments]
        clauses += [Compare("x", op, value) for value in values for op in ("=", "<>", "<", "<=", ">", ">=")]
        clauses += [Within("x", tuple(values)), Without("x", tuple(values))]
    return [_zoned(clause) for clause in clauses] if zoned else clauses


def _zoned(clause: ClauseLiteral) -> ClauseLiteral:
    match clause:
        case Compare(_, _, datetime() as value):
            return replace(clause, value=value.replace(tzinfo=UTC))
        case Within(_, values) | Without(_, values):
            return replace(clause, values=tuple(v.replace(tzinfo=UTC) for v in values if isinstance(v, datetime)))
    return clause


@pytest.mark.parametrize(("declared", "cells"), NUMBERS, ids=[declared for declared, _ in NUMBERS])
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "plain"])
def test_numbers_and_moments(mine: Mine, duck: Duck, declared: str, cells: list[Any], indexed: bool) -> None:
    if declared == "uuid" and not _is_mariadb(mine):
        pytest.skip("this server does not have it")
    mine.cursor().execute("SET sql_mode = 'ALLOW_INVALID_DATES,STRICT_ALL_TABLES'")
    taken = fill(mine, declared, cells, indexed=indexed)
    mine.cursor().execute("SET sql_mode = DEFAULT")
    assert len(taken) > 1
    column = facts(declared.removesuffix(" NULL"))
    every = clauses_over(column.type)
    told_ = compare(mine, duck, column, every if indexed else every[::3])
    assert told_ == (2 if indexed else 1) if declared in _LOCAL else told_ > 3


def test_long_lists_of_numbers(mine: Mine, duck: Duck) -> None:
    fill(mine, "int", _WHOLE)
    many = tuple(range(-50, 2_500))
    assert compare(mine, duck, facts("int"), [Within("x", many), Without("x", many)]) == 2


def test_constants_that_do_not_fit_stay_here() -> None:
    nan, infinite = float("nan"), float("inf")
    for declared, value in [("double", nan), ("double", infinite), ("int", "1"), ("varchar(9)", 1), ("int", 10**40),
                            ("date", datetime(2024, 1, 1)), ("datetime", date(2024, 1, 1)), ("int", True), ("varchar(9)", "\ud800"),
                            ("decimal(10,2)", Decimal("1e-31")), ("varchar(9)", "x" * 200_000), ("datetime", datetime(2024, 1, 1, tzinfo=UTC))]:  # fmt: skip
        column = facts(declared, "utf8mb4_general_ci" if "char" in declared else "")
        assert DIALECT.prove(Compare("x", "=", value), column).strength is Strength.LOCAL, (declared, value)  # type: ignore[arg-type]
    long = Within("x", tuple(range(50_001)))
    assert DIALECT.prove(long, facts("int")).strength is Strength.LOCAL


def test_a_plan_reads_back_as_it_was_written() -> None:
    """Every text that is sent is read again; what differs is not sent."""
    for column, clauses in [(facts("varchar(60)", "utf8mb4_general_ci"), texts()), (facts("latin", "latin1_swedish_ci"), texts()),
                            *((facts(declared.removesuffix(" NULL")), clauses_over(duckdb_type(declared))) for declared, _ in NUMBERS)]:  # fmt: skip
        for clause in clauses[::9]:
            if DIALECT.prove(clause, column).strength is not Strength.LOCAL:
                made = tree.select(
                    [tree.aliased(DIALECT.to_wire(column), "w")],
                    tree.table("d", "t"),
                    where=DIALECT.spell(clause, column),
                )
                text = tree.text(made, "mysql")
                (again,) = tree.parse(text, "mysql")
                assert tree.text(again, "mysql") == text
                assert tree.literals(again) == tree.literals(made)
