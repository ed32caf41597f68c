"""Every fault of a source gives one message with place and remedy, and none of the values in its files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.errors import CdiError, DataError, DriftError, ExecutionError, SourceError, UnavailableError
from cdi_federate.execute.duck import DuckEngine
from tests.execute.plans import mapping, rows_of, run, source_of

CANARY = "Zaphod.Beeblebrox@canary.example"


def fail(
    engine: DuckEngine, kind: str, base: Path, relation: str, sql: str = "SELECT * FROM r", **connection: Any
) -> CdiError:
    m = mapping("src", relation, options=connection.pop("options", {}))
    source = source_of(kind, base, [m], **connection)
    columns = connection.pop("columns", None)
    with pytest.raises(CdiError) as caught:
        rows_of(run(engine, sql, {"r": (source, m)}, columns))
    error = caught.value
    assert CANARY not in str(error)
    assert CANARY not in repr(error)
    assert error.__cause__ is None  # an error below it could carry a value
    assert error.__suppress_context__ or error.__context__ is None
    return error


def shown(error: CdiError, base: Path) -> str:
    return str(error).replace(str(base), "BASE")


def whole(base: Path) -> Path:
    pq.write_table(pa.table({"id": range(50_000), "mail": [CANARY] * 50_000}), base / "t.parquet", compression="none")
    return base / "t.parquet"


def cut(base: Path) -> None:
    data = whole(base).read_bytes()
    (base / "t.parquet").write_bytes(data[: len(data) // 2])


def flipped(base: Path) -> None:
    data = bytearray(whole(base).read_bytes())
    data[-600:-300] = b"\xff" * 300
    (base / "t.parquet").write_bytes(bytes(data))


def text(content: str | bytes, name: str = "t.csv") -> Callable[[Path], None]:
    return lambda base: (base / name).write_bytes(content if isinstance(content, bytes) else content.encode()) and None


def parquets(base: Path) -> None:
    pq.write_table(pa.table({"id": [1], "mail": [CANARY]}), base / "a.parquet")
    pq.write_table(pa.table({"id": [1], "post": [CANARY]}), base / "b.parquet")


WHO = "source 'src' (Sales, sales@example.com) of entity 'thing': "
BAD: list[tuple[str, str, dict[str, Any], Callable[[Path], Any], type[SourceError], str]] = [
    ("parquet", "t.parquet", {}, lambda base: whole(base).rename(base / "tt.parquet"), UnavailableError,
     "no file 'BASE/t.parquet'\ndid you mean 'tt.parquet'?"),
    ("parquet", "x/*.parquet", {}, whole, UnavailableError,
     "no file matches 'BASE/x/*.parquet': there is no 'BASE/x'\n'BASE' holds t.parquet"),
    ("parquet", "../t.parquet", {}, whole, UnavailableError, "'../t.parquet' leads out of the source's folder 'BASE'"),
    ("parquet", "t.parquet", {}, cut, DataError, "'BASE/t.parquet' is not a whole Parquet file: damaged or cut short"),
    ("parquet", "t.parquet", {}, flipped, DataError,
     "'BASE/t.parquet' is not a whole Parquet file: damaged or cut short"),
    ("parquet", "t.parquet", {}, text(CANARY * 9, "t.parquet"), DataError,
     "'BASE/t.parquet' is not a whole Parquet file: damaged or cut short"),
    ("parquet", "*.parquet", {}, parquets, DriftError,
     "'BASE/b.parquet' has no column 'mail', which the other files have\n"
     "options: {union_by_name: true} reads files of several forms"),
    ("csv", "t.csv", {}, text(f"id,mail\n1,{CANARY}\n2,{CANARY},{CANARY}\n"), DataError,
     "'BASE/t.csv', line 3: 3 columns where 2 are declared"),
    ("csv", "t.csv", {}, text(f"id,mail\n1,{CANARY}\n2\n"), DataError,
     "'BASE/t.csv', line 3: 1 columns where 2 are declared"),
    ("csv", "t.csv", {}, text(f"id,mail\n1,{CANARY}".encode() + b"\xff\n"), DataError,
     "'BASE/t.csv', line 2: the text is not UTF-8\ndeclare the file's encoding: options: {encoding: latin-1}"),
    ("csv", "t.csv", {}, text(b"id,na\xefme\n"), DataError,
     "the header of 'BASE/t.csv' is not utf-8\ndeclare the file's encoding: options: {encoding: latin-1}"),
    ("csv", "t.csv", {}, text(""), DataError, "'BASE/t.csv' is empty: there is not even a header"),
    ("csv", "t.csv", {"encoding": "utf-16"}, text(f"id,mail\n1,{CANARY}\n"), DataError,
     "'BASE/t.csv' is not little-endian UTF-16 with its mark (FF FE)"),
    ("csv", "t.csv", {"encoding": "cp1252"}, text("id\n1\n"), DataError,
     "the encoding 'cp1252' cannot be read; these can: utf-8, utf-16, latin-1"),
    ("csv", "t.csv", {"delim": "<<|>>"}, text("id\n1\n"), DataError,
     "the delimiter '<<|>>' is 5 bytes long; 1 to 4 can be read"),
    ("csv", "t.csv", {}, text("id,,mail\n"), DriftError, "the header of 'BASE/t.csv': column 2 has no name"),
    ("csv", "t.csv", {}, text("id,Mail,mail\n"), DriftError,
     "the header of 'BASE/t.csv': two columns are named 'mail'"),
    ("csv", "t.csv", {"columns": {"id": "INTEGER", "mail": "VARCHAR"}}, text(f"mail,id\n{CANARY},1\n"), DriftError,
     "the header of 'BASE/t.csv': the columns stand in another order than in the catalog: 'mail', 'id'\n"
     "the catalog has 'id', 'mail'"),
    ("csv", "t.csv", {"columns": {"id": "INTEGER", "mail": "VARCHAR"}}, text(f"id,e_mail\n1,{CANARY}\n"), DriftError,
     "the header of 'BASE/t.csv': no column 'mail'; column 'e_mail' that the catalog does not have\n"
     "did you mean 'e_mail'?\nthe catalog has 'id', 'mail'"),
    ("csv", "t.csv", {"columns": {"id": "INTEGER", "mail": "VARCHAR"}}, text(f"id,mail\n1,x\n{CANARY},y\n"), DataError,
     "'BASE/t.csv', line 3: a value of column 'id' is not INTEGER"),
    ("csv", "*.csv", {}, lambda base: (text("id,mail\n1,x\n", "a.csv")(base), text("mail,id\nx,1\n", "b.csv")(base)),
     DriftError, "the header of 'BASE/b.csv': the columns stand in another order than in 'BASE/a.csv': 'mail', 'id'\n"
     "'BASE/a.csv' has 'id', 'mail'"),
    ("json", "t.ndjson", {}, text(f'{{"mail": "{CANARY}"}}\n{{"mail": "{CANARY}\n', "t.ndjson"), DataError,
     "'BASE/t.ndjson': not JSON near line 3"),
    ("json", "t.ndjson", {"columns": {"id": "INTEGER"}}, text(f'{{"id": 1}}\n{{"id": "{CANARY}"}}\n',
     "t.ndjson"), DataError,
     "'BASE/t.ndjson', line 2: a value is not a number"),
    ("excel", "t.xlsx", {}, text(CANARY, "t.xlsx"), DataError,
     "'BASE/t.xlsx' is not a workbook (.xlsx), or it is damaged"),
    ("excel", "t.xlsx", {"sheet": "Kunde"}, lambda base: openpyxl.Workbook().save(base / "t.xlsx"), DriftError,
     "'BASE/t.xlsx' has no sheet 'Kunde'"),
    ("sqlite", "t", {}, text(CANARY * 99, "src.db"), DataError,
     "'BASE/src.db' is not a SQLite database, or it is damaged"),
    ("sqlite", "t", {}, lambda base: None, UnavailableError, "no file 'BASE/src.db'"),
    ("duckdb", "t", {}, text(CANARY * 999, "src.db"), DataError,
     "'BASE/src.db' is not a database of this kind, is damaged, or was written by another version"),
    ("duckdb", "t", {}, lambda base: None, UnavailableError, "no file 'BASE/src.db'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "relation", "options", "make", "class_", "message"),
    BAD,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(BAD)],
)
def test_fault(
    engine: DuckEngine,
    tmp_path: Path,
    kind: str,
    relation: str,
    options: dict[str, Any],
    make: Callable[[Path], Any],
    class_: type[SourceError],
    message: str,
) -> None:
    make(tmp_path)
    path = "src.db" if kind in ("sqlite", "duckdb") else "."
    error = fail(engine, kind, tmp_path, relation, options=options, path=path)
    assert shown(error, tmp_path) == WHO + message
    assert type(error) is class_


def test_sqlite_drift_names_the_nearest_table(engine: DuckEngine, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute("CREATE TABLE accounts (id)")
    db.close()
    error = fail(engine, "sqlite", tmp_path, "account", path="t.db")
    assert (
        shown(error, tmp_path) == WHO + "no table 'account' in 'BASE/t.db'\ndid you mean 'accounts'?\nit has accounts"
    )
    error = fail(engine, "sqlite", tmp_path, "SELECT nope FROM accounts", path="t.db")
    assert shown(error, tmp_path) == WHO + "its SELECT does not run: no such column: nope"


def test_sqlite_locked_by_a_writer(engine: DuckEngine, tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    writer.execute("CREATE TABLE t (id)")
    writer.execute("BEGIN EXCLUSIVE")
    error = fail(engine, "sqlite", tmp_path, "t", path="t.db")
    writer.close()
    assert isinstance(error, UnavailableError)
    assert shown(error, tmp_path) == WHO + "'BASE/t.db' is locked by another process that writes to it"


def test_sqlite_text_that_is_not_utf8(engine: DuckEngine, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute("CREATE TABLE t (s TEXT)")
        db.execute("INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    db.close()
    error = fail(engine, "sqlite", tmp_path, "t", path="t.db")
    assert isinstance(error, DataError)
    assert "'BASE/t.db': a text is not UTF-8" in shown(error, tmp_path)


_HOLD = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as db:
    db.execute("CREATE TABLE t AS SELECT 1 AS a")
    print("held", flush=True)
    sys.stdin.read()
"""


def test_duckdb_locked_by_a_writer(engine: DuckEngine, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "t.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        error = fail(engine, "duckdb", tmp_path, "t", path="t.duckdb")
        writer.communicate("")
    assert isinstance(error, UnavailableError)
    assert shown(error, tmp_path) == WHO + "'BASE/t.duckdb' is locked by another process that writes to it"


@pytest.mark.parametrize(
    "expression",
    [
        "CAST(mail AS INTEGER)",
        "CAST(mail AS DATE)",
        "error(mail)",
        "strptime(mail, '%d/%m/%Y')",
        "mail::JSON",
        "mail::UUID",
        "mail::INTEGER[]",
        "mail::STRUCT(a INTEGER)",
        "regexp_matches('a', mail || '(')",
        "CAST(length(mail) * 999 AS TINYINT)",
        "factorial(length(mail)::INTEGER * 9)",
        "(SELECT r2.mail FROM r AS r2)",
        "date_part(mail, DATE '2024-01-01')",
        "chr(-length(mail)::INTEGER)",
        "list_extract([1], mail::BIGINT)",
        "json_extract(mail, '$.a')",
    ],
)
def test_no_value_in_an_error_of_the_engine(engine: DuckEngine, tmp_path: Path, expression: str) -> None:
    pq.write_table(pa.table({"mail": [CANARY, f"x'{CANARY}"]}), tmp_path / "t.parquet")
    m = mapping("src", "t.parquet")
    answer = run(
        engine,
        f"SELECT count({expression}) AS n FROM r",
        {"r": (source_of("parquet", tmp_path, [m], path="."), m)},
        [("n", "BIGINT")],
    )
    with pytest.raises(ExecutionError) as caught:
        rows_of(answer)
    assert CANARY not in str(caught.value)
    assert "Beeblebrox" not in repr(caught.value.args)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
