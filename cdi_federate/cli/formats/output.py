"""Where the bytes of an answer go: the terminal, a pipe, or a file that appears only when it is complete."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from cdi_federate.cli.formats.names import Format, choose
from cdi_federate.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Output:
    """A format, and a file or standard output. `limit` is the number of rows that a table shows, 0 for all."""

    format: Format
    file: Path | None = None
    limit: int = 40

    @classmethod
    def chosen(cls, asked: Format | None, file: Path | None = None, limit: int | None = None) -> Output:
        """Return the output that the options of a command mean; a table in a file or a pipe shows every row."""
        terminal = file is None and sys.stdout.isatty()
        return cls(choose(asked, file, terminal), file, (40 if terminal else 0) if limit is None else limit)


class Writer(Protocol):
    """What every format is: rows in, bytes out."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of one batch."""
        ...

    def close(self) -> None:
        """Write what ends the answer."""
        ...


def writer(output: Output, out: BinaryIO, schema: pa.Schema, types: tuple[str, ...] = ()) -> Writer:
    """Return the writer of a format; `types` are the columns' DuckDB types."""
    from cdi_federate.cli.formats.binary import Arrow, Parquet
    from cdi_federate.cli.formats.lines import Delimited, Json, Markdown
    from cdi_federate.cli.formats.table import Table

    match output.format:
        case Format.TABLE:
            return Table(out, schema, limit=output.limit, width=None if output.file else terminal_width())
        case Format.CSV:
            return Delimited(out, schema, delimiter=",")
        case Format.TSV:
            return Delimited(out, schema, delimiter="\t")
        case Format.JSON | Format.NDJSON:
            return Json(out, schema, types=types, newline_delimited=output.format is Format.NDJSON)
        case Format.MARKDOWN:
            return Markdown(out, schema)
        case Format.PARQUET:
            return Parquet(out, schema)
        case Format.ARROW:
            suffix = output.file.suffix.lower() if output.file else ""
            return Arrow(out, schema, as_file=suffix in (".arrow", ".feather"))


def load_writers() -> None:
    """Load what `writer` needs, for whoever has time before there is a schema: it takes as long as a small query."""
    from cdi_federate.cli.formats import binary, lines, table  # noqa: F401 - to have them loaded


def write_rows(output: Output, schema: pa.Schema, batches: Any, types: tuple[str, ...] = ()) -> int:
    """Write an answer and return how many rows it had; stops early when a table has seen enough."""
    rows = 0
    with opened(output.file) as out:
        target = writer(output, out, schema, types)
        for batch in batches:
            rows += batch.num_rows
            target.write(batch)
            if getattr(target, "is_full", False):
                break
        target.close()
    return rows


@contextmanager
def opened(file: Path | None) -> Iterator[BinaryIO]:
    """Open standard output, or a file that takes its name only when the block ends well."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as out:
            yield out
        partial.replace(file)
    except OSError as error:
        if error.filename is None or Path(error.filename) not in (partial, file):
            raise
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def terminal_width() -> int | None:
    """Return the width of the terminal on standard output, None where there is none."""
    if not sys.stdout.isatty():
        return None
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 120
