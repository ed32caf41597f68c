"""Formats for machines: Parquet and Arrow IPC, batch by batch."""

from __future__ import annotations

from typing import Any, BinaryIO

import pyarrow as pa

from cdi_federate.cli.formats import text


class Parquet:
    """One Parquet file, zstd; a batch at least is one row group. Names that come twice are numbered."""

    ROWS_A_GROUP = 122_880

    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._names = text.unique_names(schema.names)
        self._schema = pa.schema([field.with_name(name) for field, name in zip(schema, self._names, strict=True)])
        self._writer = pq.ParquetWriter(out, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch, once a row group is full."""
        self._waiting.append(batch.rename_columns(self._names))
        if sum(waiting.num_rows for waiting in self._waiting) >= self.ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        """Write the rows that wait and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []


class Arrow:
    """Arrow IPC: the stream format, or the file format where `as_file` (suffixes `.arrow` and `.feather`)."""

    def __init__(self, out: BinaryIO, schema: pa.Schema, *, as_file: bool = False) -> None:
        make: Any = pa.ipc.new_file if as_file else pa.ipc.new_stream
        self._writer = make(out, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the end."""
        self._writer.close()
