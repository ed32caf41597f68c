# ruff: noqa: E501 - tables are read across
"""Each entry of the dialects' tables of groups, sums, extremes and orders, on the real servers, over the trap corpora.

Every column is a field of its own type. What the dialect says that it can do is done through the federation, and held
against DuckDB over what an independent driver reads, and against the federation without the rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.dialects.registry import dialect_named
from cdi_federate.dialects.sqlite_wire import duckdb_type
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from tests import mysql, postgres
from tests.dialects.grouped import Field, World, hold, world
from tests.dialects.test_postgres_dialect import BEFORE
from tests.dialects.test_postgres_dialect import CELLS as POSTGRES
from tests.differential.raw import read_sqlite
from tests.servers import Server, database
from tests.sources.test_mysql_servers import started
from tests.sources.test_mysql_wire import CASES, INVALID
from tests.sources.test_postgres_wire import as_duckdb

TEXTS = [
    "alice", "Alice", "ALICE", "alice ", " alice", "alicé", "Ann", "Ann ", "ann", "", " ", "é", "e\u0301", "É", "e", "ß", "ss", "SS",
    "ẞ", "İ", "i", "I", "ı", "K", "k", "\u212a", "ﬁ", "fi", "Å", "A\u030a", "\u200b", "a\u200bb", "a\u00adb", "ab", "æ", "ae", "ch", "c", "h",
    "😀", "😁", "\uffff", "\U0010ffff", "'", "\\", "%", "_", "1", "01", "1e0", "\t", "\u00a0", "z", "Z", "日", "日本", "10", "9", "true",
]  # fmt: skip
LONG = ["x" * 1500 + end for end in ("b", "a", "B", "b ")]
"""Texts that are alike further than a server may look while it sorts."""

POSTGRES_CELLS: dict[str, tuple[str, list[Any]]] = {
    **{f"c_{name}": (type_, values) for name, (type_, values) in POSTGRES.items() if name not in ("list", "bytea")},
    "c_long": ("text", LONG),
    "c_far": ("date", ["5874897-01-01", "5874897-12-31", "4713-01-01 BC", "2024-05-06", "2024-05-07", "infinity", "-infinity", "0001-01-01"]),
    "c_tz6": ("timestamp(6)", ["2024-01-01 00:00:00.000001", "2024-01-31 23:59:59.999999", "294246-12-31", "0044-03-15 12:00 BC", "infinity", "-infinity"]),
    "c_near": ("numeric(27,2)", ["9" * 25 + ".99", "-" + "9" * 25 + ".99", "0.01", "NaN"]),
    "c_over": ("numeric(28,2)", ["9" * 26 + ".99", "0.01"]),
}  # fmt: skip
MYSQL_CELLS: dict[str, tuple[str, list[Any]]] = {
    **{
        f"c{n}": (type_, TEXTS if values and "a\x00b" in values else values)
        for n, (type_, (kind, values)) in enumerate(CASES.items())
        if kind != "BLOB"
    },
    **{
        f"t_{collation}": (f"varchar(60) CHARACTER SET {collation.split('_')[0]} COLLATE {collation}", TEXTS)
        for collation in (
            "utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_uca1400_ai_ci", "utf8mb4_nopad_bin", "utf8mb4_bin", "utf8mb4_turkish_ci",
            "utf8mb4_general_nopad_ci", "latin1_swedish_ci", "latin1_german2_ci", "latin1_bin", "utf16_general_ci", "utf32_bin", "sjis_japanese_ci",
            "ucs2_nopad_bin", "ascii_bin", "gbk_chinese_ci",
        )
    },
    "long_text": ("longtext", LONG),
    "long_varchar": ("varchar(3000)", LONG),
    "long_binary": ("varchar(3000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", LONG),
    "near_varchar": ("varchar(255)", ["😀" * 254 + end for end in "bacB"]),
    "over_varchar": ("varchar(300)", ["😀" * 299 + end for end in "bacB"]),
}  # fmt: skip
UNTOLD = ("time(", "time", "json", "longtext", "text", "uuid", "inet", "decimal(39", "decimal(65", "double", "float")
"""Of which nothing, or in the case of a double nothing but its extremes, is asked of the server."""
MARIADB_MODES = ["", "ONLY_FULL_GROUP_BY,ANSI_QUOTES"]
"""As the server is set; of the second, which refuses more, a third of the columns is asked."""

CLASSES: list[Any] = [
    None, *TEXTS, "a\0b", "a\0", 0, 1, -1, 2, 42, 2**53 + 1, 2**53, 2**63 - 1, 2**63 - 1, 2**63 - 2, -(2**63), -(2**63), 0.0, -0.0,
    0.5, 1.5, -2.25, 42.0, 1e308, 5e-324, float("inf"), float("-inf"), b"", b"a", b"\xff", "42", " 42",
]  # fmt: skip
SQLITE_COLUMNS = {
    "text_": "TEXT", "nocase": "TEXT COLLATE NOCASE", "rtrim": "VARCHAR(9) COLLATE RTRIM", "clob": "CLOB", "integer_": "INTEGER",
    "big": "BIGINT", "real_": "REAL", "double_": "DOUBLE", "dec": "DECIMAL(10,2)", "bool": "BOOLEAN", "strange": "TEXT",
}  # fmt: skip


def spread(cells: Mapping[str, tuple[str, list[Any]]]) -> list[list[Any]]:
    """Rows of (k, g, a value of each column): every trap three times at least, in other company each time."""
    count = 3 * max(len(values) for _, values in cells.values()) + 5
    return [
        [k, k % 3, *([*values, None][(k * (1 + at % 3) + k // 7) % (len(values) + 1)] for at, (_, values) in enumerate(cells.values()))]
        for k in range(count)
    ]  # fmt: skip


def plainly(columns: Mapping[str, ColumnFacts]) -> dict[str, Field]:
    """Every column as a field of its own type, and integers as text as well."""
    digits = [name for name, column in columns.items() if type_info(column.type).family == "integer"]
    plain = {name: Field(column.type, name) for name, column in columns.items()}
    return plain | {f"{name}_digits": Field("VARCHAR", name) for name in digits}


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with database("postgres") as server:
        shape = ", ".join(f"{name} {type_}" for name, (type_, _) in POSTGRES_CELLS.items())
        server.run(*BEFORE, f"CREATE TABLE t (k integer PRIMARY KEY, g integer, {shape})")
        marks = ", ".join(f"%s::{type_.split(' COLLATE')[0]}" for type_, _ in POSTGRES_CELLS.values())
        with server.postgres() as db:
            db.cursor().executemany(f"INSERT INTO t VALUES (%s, %s, {marks})", spread(POSTGRES_CELLS))  # type: ignore[arg-type]
        with of_postgres(server, tmp_path_factory.mktemp("postgres")) as made:
            yield made


@contextmanager
def of_postgres(server: Server, folder: Path) -> Iterator[World]:
    """A world of the table t of a database, as psycopg reads it."""
    known = postgres.facts(postgres.source(server, "t")).columns
    with server.postgres(options="-c TimeZone=UTC -c extra_float_digits=3", client_encoding="UTF8") as db:
        shown = ", ".join(
            f"nullif({name}::numeric, 'NaN')::text"
            if column.type.startswith("DECIMAL")
            else f"{name}::float8::text"
            if column.type == "DOUBLE"
            else f"{name}::text"
            for name, column in known.items()
        )
        read = db.execute(f"SELECT {shown} FROM t".encode()).fetchall()
    moments = [column.type.startswith(("DATE", "TIMESTAMP")) for column in known.values()]
    rows = [
        {
            name: as_duckdb(cell) if moment and cell else cell
            for name, cell, moment in zip(known, row, moments, strict=True)
        }
        for row in read
    ]
    source = f'kind: postgres\nconnection: {{dsn: "{server.dsn}"}}\n'
    with world(folder, source, dialect_named("postgres"), plainly(known), known, rows) as made:
        yield made


ALL_PAIRS = pytest.param(1, marks=pytest.mark.bars, id="all-pairs")
AMONG = pytest.mark.parametrize("among", [pytest.param(6, id="some-pairs"), ALL_PAIRS])
"""Of how many columns of a type each is joined with one; the bars join all."""


@AMONG
@pytest.mark.parametrize("name", POSTGRES_CELLS)
def test_postgres(on_postgres: World, name: str, among: int) -> None:
    pushed, _ = hold(on_postgres, name, among=among)
    assert pushed or name in ("c_interval",)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_postgres_of_another_encoding(tmp_path: Path, encoding: str) -> None:
    options = f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    with database("postgres", options=options) as server:
        with server.postgres(client_encoding="UTF8" if encoding == "LATIN1" else "SQL_ASCII") as db:
            db.execute(b"CREATE TABLE t (k integer PRIMARY KEY, g integer, v text, c char(9))")
            for k in range(60):
                text = ["a", "A", "a ", "é", "É", "z", None][k % 7]
                db.execute(
                    f"INSERT INTO t VALUES ({k}, {k % 3}, {'NULL' if text is None else repr(text)}, 'x')".encode()
                )
        with of_postgres(server, tmp_path) as made:
            for name in ("v", "c"):
                grouped = made.dialect.grouped(made.columns[name])
                assert (grouped is not None) == (encoding == "LATIN1"), "text of no encoding stays here"
                assert made.dialect.ordered(made.columns[name]) is None
                hold(made, name)


@pytest.fixture(scope="module", params=MARIADB_MODES, ids=["default", "strict"])
def on_mysql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as held:
        if request.param:
            server, _ = held.enter_context(
                started(
                    tmp_path_factory.mktemp("data"), f"--sql-mode={request.param}", "--character-set-server=utf8mb4"
                )
            )
            server.run("DROP TABLE t")
        else:
            server = held.enter_context(database("mysql", options="CHARACTER SET utf8mb4"))
        cells = {name: each for name, each in MYSQL_CELLS.items() if has(server, each[0])}
        shape = ", ".join(f"{name} {type_}" for name, (type_, _) in cells.items())
        server.run(f"CREATE TABLE t (k int PRIMARY KEY, g int, {shape}) ROW_FORMAT=DYNAMIC")
        with server.mysql(init_command="SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'") as db:
            marks = ", ".join(["%s"] * (len(cells) + 2))
            db.cursor().executemany(f"INSERT IGNORE INTO t VALUES ({marks})", spread(cells))
        known = mysql.facts(mysql.source(server, "t")).columns
        rows = of_mysql(server, known)
        source = f'kind: mysql\nconnection: {{dsn: "{server.dsn}"}}\n'
        folder = tmp_path_factory.mktemp("mysql")
        yield held.enter_context(world(folder, source, dialect_named("mysql"), plainly(known), known, rows))


def has(server: Server, type_: str) -> bool:
    """Whether the server has a type."""
    try:
        server.run(f"CREATE OR REPLACE TABLE probe (c {type_})")
    except Exception:
        return False
    server.run("DROP TABLE probe")
    return True


def of_mysql(server: Server, known: Mapping[str, ColumnFacts]) -> list[dict[str, str | None]]:
    """The rows as pymysql reads them; a double by all its digits."""
    shown = []
    for name, column in known.items():
        kind = column.native.split("(")[0].split(" ")[0]
        said = (
            "CAST({} AS DOUBLE) + 0e0" if column.type == "DOUBLE" else "CAST({} AS UNSIGNED)" if kind == "bit" else "{}"
        )
        said = "CAST({} AS CHAR)" if kind in ("date", "datetime", "timestamp", "time", "decimal") else said
        shown.append(said.format(name))
    with server.mysql(init_command="SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'") as db:
        cursor = db.cursor()
        cursor.execute(f"SELECT {', '.join(shown)} FROM t")
        return [dict(zip(known, map(said_by_mysql, row, known.values()), strict=True)) for row in cursor.fetchall()]


def said_by_mysql(cell: Any, column: ColumnFacts) -> str | None:
    """A cell as text: repr tells all digits of a double; a date that is none is NULL."""
    if cell is None or (column.type in ("DATE", "TIMESTAMP") and cell[:10] in INVALID):
        return None
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return None if cell.startswith("0000") else f"{cell}+00"
    assert not isinstance(cell, bytes | date | datetime), column
    return repr(cell) if isinstance(cell, float) else str(cell)


@AMONG
@pytest.mark.parametrize("name", MYSQL_CELLS)
def test_mysql(on_mysql: World, name: str, among: int, request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["on_mysql"] and list(MYSQL_CELLS).index(name) % 3:
        pytest.skip("asked in the other mode")
    if name not in on_mysql.columns:
        pytest.skip("this server does not have the type")
    pushed, _ = hold(on_mysql, name, among=among)
    assert pushed or name.startswith(("long", "over")) or on_mysql.columns[name].native.startswith(UNTOLD)


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sqlite")
    cells = {name: (type_, CLASSES) for name, type_ in SQLITE_COLUMNS.items()}
    with closing(sqlite3.connect(folder / "t.sqlite")) as db, db:
        db.execute(
            f"CREATE TABLE t (k INTEGER PRIMARY KEY, g INTEGER, {', '.join(f'{n} {t}' for n, t in SQLITE_COLUMNS.items())})"
        )
        db.executemany(f"INSERT INTO t VALUES ({', '.join('?' * (len(cells) + 2))})", spread(cells))
    yield from of_sqlite(folder)


def of_sqlite(folder: Path) -> Iterator[World]:
    """A world of the table t of a file, as Python reads it."""
    declared = {"k": "INTEGER", "g": "INTEGER", **{n: t.split(" COLLATE")[0] for n, t in SQLITE_COLUMNS.items()}}
    known = {
        name: ColumnFacts(
            name, duckdb_type(type_), type_, collation=SQLITE_COLUMNS.get(name, "").partition("COLLATE ")[2] or "BINARY"
        )
        for name, type_ in declared.items()
    }
    _, rows = read_sqlite(folder / "t.sqlite", "t")
    texts = [
        {
            name: repr(cell) if isinstance(cell, float) else None if cell is None else str(cell)
            for name, cell in zip(known, row, strict=True)
        }
        for row in rows
    ]
    source = f'kind: sqlite\nconnection: {{path: "{folder / "t.sqlite"}"}}\n'
    with world(folder, source, dialect_named("sqlite"), plainly(known), known, texts) as made:
        yield made


@pytest.mark.parametrize("name", SQLITE_COLUMNS)
def test_sqlite(on_sqlite: World, name: str) -> None:
    pushed, _ = hold(on_sqlite, name)
    assert pushed
