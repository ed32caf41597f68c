"""Rows of MySQL or MariaDB by pymysql, as the server writes them: one statement, one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cdi_federate.sources.direct import Row, Tally, Unsuited

EXACT = frozenset(
    {
        "TINYINT",
        "UTINYINT",
        "SMALLINT",
        "USMALLINT",
        "INTEGER",
        "UINTEGER",
        "BIGINT",
        "UBIGINT",
        "DECIMAL",
        "VARCHAR",
        "BLOB",
        "DATE",
        "TIMESTAMP",
    }
)
"""Wire types whose values in the server's words are read back as the very same values; a FLOAT has six digits there."""

ONE_MOMENT = False


def prepared(connection: Any) -> Any:
    """Make a new connection ready for `read`: moments in UTC, values as texts, and no limit to waiting; returns it."""
    connection._read_timeout = connection._write_timeout = None
    connection.decoders = {}
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
    return connection


def read(connection: Any, texts: Sequence[str]) -> list[list[Row]]:
    """Return the rows of the only text. Raises pymysql's errors, and `Unsuited` for too many or for what is no text."""
    from pymysql.cursors import SSCursor

    (text,) = texts
    tally, rows, whole = Tally(), [], False
    cursor = connection.cursor(SSCursor)
    try:
        cursor.execute(text)
        while (row := cursor.fetchone()) is not None:
            tally.add(row)
            rows.append(row)
        whole = True
    except UnicodeDecodeError:
        raise Unsuited from None
    finally:
        if not whole:
            _forget(connection, cursor)
    return [rows]


def _forget(connection: Any, cursor: Any) -> None:
    """Keep the driver from reading the rest of an answer when it lets it go: the connection is about to be shut."""
    cursor.connection = None
    if connection._result is not None:
        connection._result.unbuffered_active = False
