"""What is in a source comes out of the engine as an independent driver reads it: the first test of every kind."""

from __future__ import annotations

import csv
import json
import math
import sqlite3
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.execute.duck import DuckEngine
from tests.execute.plans import mapping, rows_of, run, source_of

LONG = "x" * 70_000
TEXTS = [
    "",
    " ",
    "a",
    "a ",
    "A",
    "é",
    "e\u0301",
    "ß",
    "😀",
    "a\x00b",
    "\x00",
    "a'b",
    'a"b',
    "a\\b",
    "a\nb",
    "%_",
    "NULL",
    LONG,
    None,
]
INTEGERS = [0, 1, -1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), None]
FLOATS = [
    0.0, -0.0, 0.1, 0.1 + 0.2, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308,
    1.1744967845740923e226, 123456789.12345679, float(2**53 + 2), math.inf, -math.inf, None,
]  # fmt: skip
BLOBS = [b"", b"\x00", b"\x00\xff", bytes(range(256)), b"text", None]


def read(engine: DuckEngine, kind: str, base: Path, relation: str, **connection: Any) -> list[tuple[Any, ...]]:
    options = connection.pop("options", {})
    m = mapping("src", relation, options=options)
    return rows_of(run(engine, "SELECT * FROM r", {"r": (source_of(kind, base, [m], **connection), m)}))


def same(given: Any, wanted: Any) -> None:
    """Equal with type and sign: repr tells -0.0 from 0.0 and 1 from 1.0 and True, and NaN is itself."""
    assert [repr(row) for row in given] == [repr(row) for row in wanted]


# --- sqlite: a cell may be of any class, whatever its column declares ------------------------------------------------

CELLS: list[Any] = [*TEXTS[:-2], *INTEGERS, *FLOATS, *BLOBS, "12abc", " 42 ", "2024-01-31", 1.005, 19.995, 2, -1]


def expected(native: str, cell: Any) -> Any:
    if cell is None or isinstance(cell, bytes):
        return cell if native == "BLOB" else None
    match native:
        case "INTEGER":
            return cell if isinstance(cell, int) else None
        case "REAL":
            return float(cell) if isinstance(cell, int | float) else None
        case "TEXT" | "VARCHAR(20)":
            return cell if isinstance(cell, str) else None
        case "BLOB":
            return None
        case "BOOLEAN":
            return {0: False, 1: True}.get(cell) if isinstance(cell, int) else None
        case "DECIMAL(38,10)":
            if isinstance(cell, str) or math.isinf(cell) or abs(cell) >= 1e28:
                return None
            return Decimal(repr(cell)).quantize(Decimal("1e-10"), context=Context(prec=60))
    return cell


@pytest.mark.parametrize(
    "native", ["INTEGER", "REAL", "TEXT", "VARCHAR(20)", "BLOB", "BOOLEAN", "DECIMAL(38,10)", "DATE", "NUMERIC", ""]
)
def test_sqlite(engine: DuckEngine, tmp_path: Path, native: str) -> None:
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute(f"CREATE TABLE t (k INTEGER PRIMARY KEY, c {native})")
        db.executemany("INSERT INTO t VALUES (?, ?)", enumerate(CELLS))
        cells = db.execute("SELECT k, c FROM t ORDER BY k").fetchall()
    db.close()
    answer = read(engine, "sqlite", tmp_path, "t", path="t.db")
    if native in ("DATE", "NUMERIC", ""):  # text of the cell: a number's digits must give the number again
        for (_, text), (_, cell) in zip(answer, cells, strict=True):
            if isinstance(cell, int | float):
                assert float(text) == cell if isinstance(cell, float) else int(text) == cell
            else:
                assert text == (None if isinstance(cell, bytes) else cell)
    else:
        same(answer, [(k, expected(native, cell)) for k, cell in cells])


def test_sqlite_of_a_strict_table_is_clean(engine: DuckEngine, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.execute("CREATE TABLE t (i INTEGER NOT NULL, r REAL, s TEXT, b BLOB, a ANY) STRICT")
        db.execute("INSERT INTO t VALUES (1, 1.5, 'x', x'00', 7)")
    db.close()
    m = mapping("src", "t")
    facts = source_of("sqlite", tmp_path, [m], path="t.db").facts(m, engine.probe())
    assert {c.name: (c.type, c.clean, c.nullable) for c in facts.columns.values()} == {
        "i": ("BIGINT", True, False),
        "r": ("DOUBLE", True, True),
        "s": ("VARCHAR", True, True),
        "b": ("BLOB", True, True),
        "a": ("VARCHAR", False, True),
    }
    same(read(engine, "sqlite", tmp_path, "t", path="t.db"), [(1, 1.5, "x", b"\x00", "7")])


# --- files -----------------------------------------------------------------------------------------------------------

DATES = [date(1, 1, 1), date(1582, 10, 4), date(1970, 1, 1), date(2024, 2, 29), date(9999, 12, 31), None]
TIMES = [
    datetime(1, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59, 999999),
    datetime(9999, 12, 31, 23, 59, 59, 999999),
    None,
]
DECIMALS = [Decimal("0.01"), Decimal("-0.01"), Decimal("9" * 36 + ".99"), Decimal("-" + "9" * 36 + ".99"), None]
ARROW: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int64(), INTEGERS),
    (pa.int8(), [127, -128, None]),
    (pa.uint64(), [2**64 - 1, 0, None]),
    (pa.float64(), [*FLOATS, math.nan]),
    (pa.float32(), [0.5, math.inf, math.nan, None]),
    (pa.string(), TEXTS),
    (pa.binary(), BLOBS),
    (pa.bool_(), [True, False, None]),
    (pa.date32(), DATES),
    (pa.timestamp("us"), TIMES),
    (pa.decimal128(38, 2), DECIMALS),
    (pa.list_(pa.int64()), [[1, None], [], None]),
    (pa.struct([("a", pa.string()), ("b", pa.float64())]), [{"a": "x", "b": math.nan}, {"a": None, "b": -0.0}, None]),
]


@pytest.mark.parametrize(("type_", "values"), ARROW, ids=[str(t) for t, _ in ARROW])
def test_parquet(engine: DuckEngine, tmp_path: Path, type_: pa.DataType, values: list[Any]) -> None:
    pq.write_table(pa.table({"c": pa.array(values, type_)}), tmp_path / "t.parquet")
    wanted = pq.read_table(tmp_path / "t.parquet").column("c").to_pylist()
    same(read(engine, "parquet", tmp_path, "t.parquet", path="."), [(value,) for value in wanted])


@pytest.mark.parametrize(("type_", "values"), ARROW, ids=[str(t) for t, _ in ARROW])
def test_arrow(engine: DuckEngine, tmp_path: Path, type_: pa.DataType, values: list[Any]) -> None:
    m = mapping("src", "t")
    source = source_of("arrow", tmp_path, [m])
    source.register("t", pa.table({"c": pa.array(values, type_)}))
    same(rows_of(run(engine, "SELECT * FROM r", {"r": (source, m)})), [(value,) for value in values])


@pytest.mark.parametrize(
    "make",
    [pd.DataFrame, pl.DataFrame, lambda d: pl.DataFrame(d).lazy(), pa.table],
    ids=["pandas", "polars", "polars lazy", "arrow"],
)
def test_frames(engine: DuckEngine, tmp_path: Path, make: Any) -> None:
    data = {"i": [1, 2**53 + 1], "s": ["é\x00", ""], "f": [0.1, -0.0], "d": [date(2024, 2, 29), date(1, 1, 1)]}
    m = mapping("src", "T")
    source = source_of("arrow", tmp_path, [m])
    source.register("t", make(data))
    same(rows_of(run(engine, "SELECT * FROM r", {"r": (source, m)})), list(zip(*data.values(), strict=True)))


def test_reader_that_can_be_read_once_is_read_once(engine: DuckEngine, tmp_path: Path) -> None:
    m = mapping("src", "t")
    source = source_of("arrow", tmp_path, [m])
    source.register("t", pa.table({"x": [1, 2]}).to_reader())
    answer = run(engine, "SELECT a.x FROM r AS a JOIN r AS b USING (x)", {"r": (source, m)}, [("x", "BIGINT")])
    assert sorted(rows_of(answer)) == [(1,), (2,)]


def test_nan_in_memory_is_the_greatest_number(engine: DuckEngine, tmp_path: Path) -> None:
    m = mapping("src", "t")
    source = source_of("arrow", tmp_path, [m])
    source.register("t", pa.table({"x": [1.0, math.nan]}))
    same(rows_of(run(engine, "SELECT x FROM r WHERE x > 5", {"r": (source, m)}, [("x", "DOUBLE")])), [(math.nan,)])


CSV_TEXTS = [text for text in TEXTS if text and "\x00" not in text] + ["01/02/2024", "0042", "nan", "inf", "1e5"]


@pytest.mark.parametrize(
    ("delimiter", "options"),
    [(",", {}), (";", {}), ("\t", {}), ("||", {}), ("~|~|", {}), ("|", {"encoding": "utf-16"})],
)
def test_csv(engine: DuckEngine, tmp_path: Path, delimiter: str, options: dict[str, Any]) -> None:
    # The engine's reader takes no characters beyond U+FFFF in UTF-16 (an error, not a wrong value).
    texts = [t for t in CSV_TEXTS if "encoding" not in options or max(t) < "\U00010000"]
    one = [[str(n), text, "end"] for n, text in enumerate(texts)]
    encoding = options.get("encoding", "utf-8")
    with (tmp_path / "t.csv").open("w", newline="", encoding=encoding) as file:
        if len(delimiter) == 1:
            csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([["n", "text", "end"], *one])
        else:
            quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in one]
            file.writelines(delimiter.join(row) + "\n" for row in [["n", "text", "end"], *quoted])
    given = read(engine, "csv", tmp_path, "t.csv", path=".", options={"delim": delimiter, **options})
    same(given, [tuple(row) for row in one])


def test_csv_in_latin_1_with_crlf_and_bom_of_others(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("näme,ort\r\nÄnne,Köln\r\n".encode("latin-1"))
    (tmp_path / "b.csv").write_bytes("\ufeffname,ort\nÄnne,Köln\n".encode())
    assert read(engine, "csv", tmp_path, "l.csv", path=".", options={"encoding": "latin-1"}) == [("Änne", "Köln")]
    assert read(engine, "csv", tmp_path, "b.csv", path=".") == [("Änne", "Köln")]


def test_csv_empty_against_null(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n,"x"\n\\N,y\n')
    assert read(engine, "csv", tmp_path, "t.csv", path=".") == [(None, "x"), ("\\N", "y")]
    assert read(engine, "csv", tmp_path, "t.csv", path=".", options={"nullstr": "\\N"}) == [("", "x"), (None, "y")]


def test_csv_typed(engine: DuckEngine, tmp_path: Path) -> None:
    rows = [
        (2**63 - 1, 0.1 + 0.2, Decimal("1" * 36 + ".25"), date(2024, 2, 1)),
        (-(2**63), math.inf, Decimal("0.01"), date(1, 1, 1)),
    ]
    lines = [f"{i};{f!r};{d};{t:%d/%m/}{t.year:04}" for i, f, d, t in rows]
    (tmp_path / "t.csv").write_text("\n".join(["i;f;d;t", *lines, ""]))
    columns = {"i": "BIGINT", "f": "DOUBLE", "d": "DECIMAL(38,2)", "t": "DATE"}
    options = {"delim": ";", "columns": columns, "dateformat": "%d/%m/%Y"}
    same(read(engine, "csv", tmp_path, "t.csv", path=".", options=options), rows)


def test_csv_by_position(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,x\n2,y\n")
    assert read(engine, "csv", tmp_path, "t.csv", path=".", options={"header": False}) == [("1", "x"), ("2", "y")]
    m = mapping("src", "t.csv", options={"header": False, "names": ["a", "b"]})
    named = run(engine, "SELECT b FROM r", {"r": (source_of("csv", tmp_path, [m], path="."), m)}, [("b", "VARCHAR")])
    assert rows_of(named) == [("x",), ("y",)]


def test_json(engine: DuckEngine, tmp_path: Path) -> None:
    texts = [text for text in TEXTS if text is not LONG]
    rows: list[dict[str, Any]] = [
        {
            "i": INTEGERS[n % len(INTEGERS)],
            "f": FLOATS[n % 10],
            "t": text,
            "l": [n, None],
            "o": {"x": text},
            "late": None,
        }
        for n, text in enumerate(texts)
    ]
    rows.append({"i": 7, "f": None, "t": "last", "l": [], "o": None, "late": "x"})
    (tmp_path / "t.ndjson").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    (tmp_path / "t.json").write_text(json.dumps(rows, indent=1))
    wanted = [tuple(json.loads(json.dumps(row)).values()) for row in rows]
    for file in ("t.ndjson", "t.json"):
        given = read(engine, "json", tmp_path, file, path=".")
        # Arrow has no HUGEINT, the type of a column that needs more than 64 bits: it comes as DECIMAL(38,0).
        same([(None if i is None else int(i), *rest) for i, *rest in given], wanted)


def test_duckdb(engine: DuckEngine, tmp_path: Path) -> None:
    made = {str(t): pa.array(values, t) for t, values in ARROW}
    with duckdb.connect(str(tmp_path / "t.duckdb")) as db:
        for number, values in enumerate(made.values()):
            incoming = pa.table({"c": values})  # noqa: F841 - DuckDB finds it by its name
            db.execute(f"CREATE TABLE t{number} AS FROM incoming")
        db.execute("CREATE SCHEMA other; CREATE VIEW other.v AS SELECT 1 AS one")
    for number, values in enumerate(made.values()):
        same(read(engine, "duckdb", tmp_path, f"t{number}", path="t.duckdb"), [(v,) for v in values.to_pylist()])
    assert read(engine, "duckdb", tmp_path, "other.v", path="t.duckdb") == [(1,)]
    assert read(engine, "duckdb", tmp_path, "v", path="t.duckdb", schema="other") == [(1,)]
    assert read(engine, "duckdb", tmp_path, "SELECT one + 1 AS two FROM other.v", path="t.duckdb") == [(2,)]


def test_excel(engine: DuckEngine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = [("Änne", 1.5, date(2024, 2, 29), True), ("😀", -0.25, date(1999, 12, 31), False), (None, None, None, None)]
    sheet = book.create_sheet("Kunden")
    for row in [("name", "score", "since", "active"), *rows, ("end", 1, date(2000, 1, 1), True)]:
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    (_, *cells) = openpyxl.load_workbook(tmp_path / "t.xlsx")["Kunden"].iter_rows(values_only=True)
    wanted = [(a, None if b is None else float(b), c and c.date(), d) for a, b, c, d in cells]
    given = read(engine, "excel", tmp_path, "t.xlsx", path=".", options={"sheet": "Kunden", "stop_at_empty": False})
    same(given, wanted)
