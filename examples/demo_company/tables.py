"""Small helpers to write rows as Arrow tables and Parquet files."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MOMENT = pa.timestamp("us")


def table(rows: Iterable[tuple[object, ...]], **columns: pa.DataType) -> pa.Table:
    """Return the rows as a table of those columns."""
    data = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table([pa.array(c, t) for c, t in zip(data, columns.values(), strict=True)], names=list(columns))


def parquet(path: Path, rows: Iterable[tuple[object, ...]], **columns: pa.DataType) -> None:
    """Write the rows to a Parquet file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table(rows, **columns), path, compression="zstd")
