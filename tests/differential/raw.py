"""The trap world's raw tables, loaded into one DuckDB by drivers that the product does not use.

SQLite through Python's sqlite3 with the typing rule written down in the catalog's documentation, CSV by a reader of a
dozen lines, JSON by json, Parquet by pyarrow; the DuckDB file is copied by DuckDB.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

JSON_TYPES = {"no": "BIGINT", "points": "BIGINT", "tier": "BIGINT", "active": "BOOLEAN", "score": "DOUBLE"}


_ARROW = {
    "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "TINYINT": pa.int8(), "UTINYINT": pa.uint8(),
    "UINTEGER": pa.uint32(), "UBIGINT": pa.uint64(), "FLOAT": pa.float32(), "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(), "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}  # fmt: skip


def load(folder: Path, memory: dict[str, pa.Table], *, elsewhere: Collection[str] = ()) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB whose tables `source__relation` hold every raw row; not of sources that are `elsewhere`."""
    db = duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False})
    db.execute("SET TimeZone = 'UTC'")
    for source, table in (
        ("crm", "accounts"), ("crm", "orders"), ("crm", "cases"), ("crm", "mixed"), ("old", "contacts"),
    ):  # fmt: skip
        if source not in elsewhere:
            create(db, f"{source}__{table}", *read_sqlite(folder / f"{source}.sqlite", table))
    if "billing" not in elsewhere:
        db.execute(f"ATTACH '{folder / 'billing.duckdb'}' AS billing (READ_ONLY)")
        for table in ("customers", "invoices"):
            db.execute(f"CREATE TABLE billing__{table} AS SELECT * FROM billing.{table}")
        db.execute("DETACH billing")
    adopt(db, "shop__shoppers", pq.ParquetFile(folder / "shop/shoppers.parquet").read())
    adopt(db, "shop__rates", pq.ParquetFile(folder / "shop/rates.parquet").read())
    adopt(db, "shop__baskets", _partitioned(folder / "shop/baskets"))
    create(db, "desk__people", *read_csv(folder / "desk/people.csv", "||"))
    create(db, "desk__tickets", *read_csv(folder / "desk/tickets.csv", ","))
    create(db, "loyalty__members", *read_ndjson(folder / "loyalty/members.ndjson"))
    for name, table in memory.items():
        adopt(db, f"memo__{name}", table)
    return db


def adopt(db: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Create a table of what an Arrow table holds."""
    db.register("given", table)
    db.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    db.unregister("given")


def create(db: duckdb.DuckDBPyConnection, name: str, types: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Create a table of rows whose values are Python's; `types` are DuckDB's, by column."""
    columns = ", ".join(f'"{column}" {type_}' for column, type_ in types.items())
    db.execute(f"CREATE TABLE {name} ({columns})")
    arrays = {
        column: pa.array([row[at] for row in rows], arrow_type(type_))
        for at, (column, type_) in enumerate(types.items())
    }
    db.register("given", pa.table(arrays))
    db.execute(f"INSERT INTO {name} SELECT * FROM given")
    db.unregister("given")


def arrow_type(type_: str) -> pa.DataType:
    """Return Arrow's type for one of DuckDB's."""
    if type_.startswith("DECIMAL"):
        precision, scale = type_[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return _ARROW[type_]


def read_sqlite(path: Path, table: str) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """A column has one type, by what it declares; a cell of another storage class is NULL."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        declared = {name: type_ for _, name, type_, *_ in db.execute(f"PRAGMA table_xinfo({table})")}
        cells = db.execute(f"SELECT * FROM {table}").fetchall()
    types = {name: _type_of(type_.upper()) for name, type_ in declared.items()}
    rows = [tuple(_typed(value, type_) for value, type_ in zip(row, types.values(), strict=True)) for row in cells]
    return {name: type_.removesuffix(" OF ANY") for name, type_ in types.items()}, rows


def _type_of(declared: str) -> str:
    if declared.startswith("DECIMAL("):
        return declared
    if "INT" in declared:
        return "BIGINT"
    if any(part in declared for part in ("CHAR", "CLOB", "TEXT")):
        return "VARCHAR"
    if "REAL" in declared or "DOUB" in declared:
        return "DOUBLE"
    return "BOOLEAN" if declared == "BOOLEAN" else "VARCHAR OF ANY"


def _typed(value: Any, type_: str) -> Any:
    if value is None or isinstance(value, bytes):
        return None
    match type_:
        case "BIGINT":
            return value if isinstance(value, int) else None
        case "VARCHAR":
            return value if isinstance(value, str) else None
        case "DOUBLE":
            return float(value) if isinstance(value, int | float) else None
        case "BOOLEAN":
            return bool(value) if isinstance(value, int) and value in (0, 1) else None
        case "VARCHAR OF ANY":
            return str(value)
        case _:
            if isinstance(value, str):
                return None
            precision, scale = (int(part) for part in type_[8:-1].split(","))
            try:
                number = Decimal(str(value)).quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP")
            except InvalidOperation:
                return None
            return number if abs(number) < Decimal(10) ** (precision - scale) else None


def _partitioned(folder: Path) -> pa.Table:
    parts = []
    for path in sorted(folder.rglob("*.parquet")):
        part = pq.ParquetFile(path).read()
        named = dict(piece.split("=", 1) for piece in path.relative_to(folder).parts[:-1])
        part = part.append_column("channel", pa.array([named["channel"]] * len(part), pa.string()))
        parts.append(part.append_column("year", pa.array([int(named["year"])] * len(part), pa.int64())))
    return pa.concat_tables(parts)


def read_csv(path: Path, delimiter: str) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    r"""Return names with types, and rows. Every column is text; \N is NULL; quotes are doubled."""
    text, at = path.read_text(encoding="utf-8"), 0
    records: list[list[str | None]] = []
    record: list[str | None] = []
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while not (text[end] == '"' and text[end + 1 : end + 2] != '"'):
                end += 2 if text[end] == '"' else 1
            value, at = text[at + 1 : end].replace('""', '"'), end + 1
        else:
            end = min(place for place in (text.find(delimiter, at), text.find("\n", at)) if place >= 0)
            value, at = text[at:end], end
        record.append(None if value == r"\N" else value)
        if text.startswith(delimiter, at):
            at += len(delimiter)
        else:
            records.append(record)
            record, at = [], at + 1
    names = [str(name) for name in records[0]]
    return dict.fromkeys(names, "VARCHAR"), [tuple(record) for record in records[1:]]


def read_ndjson(path: Path, known: dict[str, str] = JSON_TYPES) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    types = {name: known.get(name, "VARCHAR") for name in (rows[0] if rows else known)}
    return types, [tuple(row[name] for name in types) for row in rows]
