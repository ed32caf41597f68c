"""Rows of Postgres by psycopg, as the server writes them: all texts in one pipeline, so in one round trip."""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from cdi_federate.sources.direct import Row, Tally, Unsuited

EXACT = frozenset(
    {
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "DECIMAL",
        "DOUBLE",
        "BOOLEAN",
        "VARCHAR",
        "BLOB",
        "DATE",
        "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE",
        "TIME",
    }
)
"""Wire types whose values in the server's words are read back as the very same values."""

ONE_MOMENT = True

_BYTEA, _MOMENTS = 17, frozenset({1082, 1114, 1184})
"""The numbers that Postgres gives its types, for good: bytea; date, timestamp and timestamptz."""

_BEGIN, _COMMIT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT"


def prepared(connection: Any) -> Any:
    """Return a new connection as it is: its options say how values are written."""
    return connection


def read(connection: Any, texts: Sequence[str]) -> list[list[Row]]:
    """Return the rows of each text; several see one snapshot. Raises psycopg's errors, and `Unsuited` for too many.

    Each text goes by itself in the extended protocol, which takes no two statements for one. After an error the
    connection is of no more use.
    """
    server = connection.pgconn
    sent = [_BEGIN, *texts, _COMMIT] if len(texts) > 1 else list(texts)
    server.enter_pipeline_mode()
    for text in sent:
        server.send_query_params(text.encode(), None)
    server.pipeline_sync()
    tally = Tally()
    found = [_rows(server, tally) for _ in sent]
    _next(server)  # the end of the pipeline
    server.exit_pipeline_mode()
    return found[1:-1] if len(texts) > 1 else found


def _rows(server: Any, tally: Tally) -> list[Row]:
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    server.set_single_row_mode()
    rows: list[Row] = []
    while (result := _next(server)) is not None:
        if result.status == ExecStatus.SINGLE_TUPLE:
            row = tuple(_cell(result, column) for column in range(result.nfields))
            tally.add(row)
            rows.append(row)
        elif result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result)
    return rows


def _cell(result: Any, column: int) -> bytes | None:
    r"""Return a value as it is written; bytes are written as `\x` and their digits.

    The engine would read over the letters of a day before Christ, and not raise.
    """
    written: bytes | None = result.get_value(0, column)
    if written is None:
        return None
    kind = result.ftype(column)
    if kind in _MOMENTS and written.endswith(b"BC"):
        raise Unsuited
    return bytes.fromhex(written[2:].decode("ascii")) if kind == _BYTEA else written


def _next(server: Any) -> Any:
    """Return the next result, waiting where other threads can work: libpq's own wait would hold them all up."""
    while server.flush():
        _wait(server.socket, writing=True)
    while server.is_busy():
        _wait(server.socket)
        server.consume_input()
    return server.get_result()


def _wait(handle: int, *, writing: bool = False) -> None:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(handle, select.POLLIN | (select.POLLOUT if writing else 0))
        poll.poll()
    else:
        select.select([handle], [handle] if writing else [], [])
