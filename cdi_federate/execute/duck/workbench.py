"""A DuckDB in memory for work on many rows that are thrown away: taken in as they stream, worked on, written as keys.

It is an instance of its own, apart from those that run queries: whatever it holds is gone when it is closed, and what
does not fit into memory is spilt as queries spill, encrypted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from cdi_federate.errors import ExecutionError, Interrupted
from cdi_federate.execute.duck import spill
from cdi_federate.execute.duck.instance import instance
from cdi_federate.execute.duck.literal import text

ROW_GROUP = 16_384
"""Rows of a group of a Parquet file: what a look-up reads at least."""

_PACKED, _PLAIN = "COMPRESSION zstd, COMPRESSION_LEVEL 1", "COMPRESSION uncompressed"

Parameters = Mapping[str, Any]


class Workbench:
    """One connection, used by one thread; close it when done. `memory_limit` in DuckDB's spelling (`4GB`)."""

    def __init__(self, *, memory_limit: str = "") -> None:
        self._spill = spill.folder()
        self._connection = instance(threads=os.cpu_count() or 1, memory_limit=memory_limit, spill=self._spill)
        self._connection.execute("SET GLOBAL preserve_insertion_order = false")

    def run(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement for what it does."""
        self._execute(sql, parameters)

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT."""
        return self._execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """Return the one value of a SELECT of one row and one column."""
        return self.rows(sql, parameters)[0][0]

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, for a library of this package that works on one."""
        return self._connection

    def table(self, sql: str) -> pa.Table:
        """Return the rows of a SELECT as an Arrow table."""
        return self._execute(sql, None).to_arrow_table()

    def reader(self, sql: str) -> pa.RecordBatchReader:
        """Return the rows of a SELECT as Arrow batches; nothing else may run here until the last is read."""
        return self._execute(sql, None).to_arrow_reader(65_536)

    def take(self, table: str, rows: pa.RecordBatchReader | pa.Table, sql: str, parameters: Parameters) -> None:
        """Make a table of rows from outside: `sql` is a SELECT that reads them once, as `incoming`, without a filter.

        What they are joined with stands to the right of them, and is held in memory. Whatever the rows themselves raise
        while they come is raised here.
        """
        failed: list[BaseException] = []
        reader = _watched(rows, failed) if isinstance(rows, pa.RecordBatchReader) else rows
        self._connection.register("incoming", reader)
        # How many come is not known, and taken for few: the optimiser would hold them instead of what is here.
        usual = self.value("SELECT current_setting('disabled_optimizers')")
        self.run(f"SET GLOBAL disabled_optimizers = 'build_side_probe_side,{usual}'")
        try:
            self._execute(f"CREATE OR REPLACE TABLE {table} AS {sql}", parameters)
        except ExecutionError:
            if failed:
                raise failed[0] from None
            raise
        finally:
            self.run(f"SET GLOBAL disabled_optimizers = '{usual}'")
            self._connection.unregister("incoming")

    def write(self, sql: str, file: Path, *, sorted_by: str = "", packed: bool = True, whole: bool = False) -> None:
        """Write the rows of a SELECT into a Parquet file of small row groups; `packed` it is half as large, or less.

        `whole`: nobody looks single rows up in it, but it is read to its end, again and again; its groups are large.
        """
        order = f" ORDER BY {sorted_by}" if sorted_by else ""
        how = (_PACKED if packed else _PLAIN) + ("" if whole else f", ROW_GROUP_SIZE {ROW_GROUP}")
        self._execute(f"COPY ({sql}{order}) TO {text(str(file))} (FORMAT parquet, {how})", None)

    def close(self) -> None:
        """Throw everything away."""
        self._connection.close()
        spill.remove(self._spill)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _execute(self, sql: str, parameters: Parameters | None) -> duckdb.DuckDBPyConnection:
        """Run a statement; DuckDB's message may hold a value of a row, and is not passed on."""
        try:
            return self._connection.execute(sql, dict(parameters)) if parameters else self._connection.execute(sql)
        except duckdb.InterruptException:
            raise Interrupted("the work was stopped") from None
        except duckdb.OutOfMemoryException:
            help = f"Give more with --memory-limit, or make room in {tempfile.gettempdir()}."
            raise ExecutionError("there is not enough memory for this work", help=help) from None
        except duckdb.IOException:
            raise ExecutionError("a file could not be read or written", help="Is there room on the disk?") from None
        except duckdb.Error as error:
            if os.environ.get("CDI_DEBUG"):
                raise
            raise ExecutionError(f"the engine failed on the records: {type(error).__name__}") from None


def _watched(rows: pa.RecordBatchReader, failed: list[BaseException]) -> pa.RecordBatchReader:
    """Return the same rows; what they raise is kept, for the engine would make an error of its own of it."""

    def each() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows
        except BaseException as error:
            failed.append(error)
            raise

    return pa.RecordBatchReader.from_batches(rows.schema, each())
