"""The phrases by which DuckDB's Postgres reader tells what went wrong at a server, and what we say instead.

Each begins where the server's own message does, so that no constant in a statement that is quoted before it is taken
for one. Nothing but the names of tables and columns is repeated.
"""

from __future__ import annotations

from cdi_federate.dialects.postgres_unchanged import CHANGED
from cdi_federate.dialects.postgres_wire import UNREADABLE
from cdi_federate.errors import DataError, DriftError, LostError, OverdueError, SourceError, UnavailableError

Phrase = tuple[str, type[SourceError], str, str]

_SAYS = r"(?:ERROR|FATAL|PANIC):\s+"
_READER = r"(?:Unable to (?:connect to Postgres|read binary COPY|fetch)|Failed to (?:execute|fetch|prepare|connect))"


def _says(pattern: str, error: type[SourceError], message: str, help: str = "") -> Phrase:
    return _SAYS + pattern, error, message, help


def _breaks(pattern: str, error: type[SourceError], message: str, help: str = "") -> Phrase:
    return rf"{_READER}[\s\S]*{pattern}", error, message, help


POSTGRES: tuple[Phrase, ...] = (
    _says(
        rf'invalid input syntax for type boolean: "{CHANGED} (?P<table>[^;\n]+);',
        DriftError,
        "table {table} is no longer what it was when the query was planned",
        "ask again; the query is then planned anew",
    ),
    _says(
        rf'invalid input syntax for type boolean: "{UNREADABLE} (?P<what>[a-z0-9 -]+) in column (?P<column>[^;\n]+);',
        DataError,
        "column '{column}' holds {what}, which cannot be read",
        "let the mapping's SELECT leave it out, or read the column as text",
    ),
    _says(
        r'(?:column|relation|schema) "?(?P<name>[^"\n]+)"? does not exist',
        DriftError,
        "'{name}' is there no more",
        "ask again; the query is then planned anew",
    ),
    _says(
        r"(?:column|relation|schema|type|function|operator|collation) [\s\S]*does not exist",
        DriftError,
        "its tables are no longer what they were",
        "ask again; the query is then planned anew",
    ),
    _says(
        r"permission denied for (?P<what>table|view|schema|column|relation|function|foreign table|"
        r"materialized view|type) (?P<name>\S+)",
        UnavailableError,
        "its user may not read {what} {name}",
        "GRANT SELECT ON … TO …",
    ),
    _says(r"permission denied", UnavailableError, "its user may not read what the mapping names"),
    _says(
        r"canceling statement due to statement timeout",
        OverdueError,
        "the server stopped the statement, for it took longer than `timeout` allows",
    ),
    _says(
        r"canceling statement due to (?:user request|lock timeout|conflict with recovery)",
        LostError,
        "the statement was cancelled at the server",
    ),
    _says(
        r"(?:deadlock detected|could not serialize)", LostError, "the server gave the statement up for another's sake"
    ),
    _says(
        r"(?:terminating connection|the database system is|connection to client lost)",
        LostError,
        "the server ended the connection",
    ),
    _says(
        r"(?:sorry, )?(?:too many clients|remaining connection slots|too many connections)",
        LostError,
        "the server has no connection left",
        "ask for a lower `pool`, or let the server take more",
    ),
    _says(
        r"(?:password authentication failed|no pg_hba\.conf entry|role \S+ does not exist|role \S+ is not permitted)",
        UnavailableError,
        "the server refuses its user or password",
        "check `user` and `password` of its connection",
    ),
    _says(
        r"database \S+ does not exist",
        UnavailableError,
        "the server has no database of that name",
        "check `database` of its connection",
    ),
    _says(
        r"character with byte sequence [\s\S]*has no equivalent in encoding",
        DataError,
        "a text of its has no form in Unicode, or one of the query's none in the server's encoding",
    ),
    _says(r"invalid byte sequence for encoding", DataError, "a text of its is not of the server's encoding"),
    _says(r"could not (?:read|open|access|extend)|invalid page", DataError, "the server cannot read its own files"),
    _says(
        r"(?:out of memory|out of shared memory|could not resize shared memory|No space left|temporary file size)",
        UnavailableError,
        "the server ran out of memory or disk",
    ),
    _says(
        r"(?:division by zero|invalid input syntax|[\s\S]*out of range|value too long|invalid value|cannot cast)",
        DataError,
        "a value of its cannot be computed as the mapping's SELECT or view says",
    ),
    _breaks(
        r"(?:server closed the connection|SSL SYSCALL|SSL connection|[Cc]onnection (?:reset|refused|timed out)|"
        r"could not (?:receive|send)|no connection to the server|timeout expired|Broken pipe|not connected|"
        r"lost synchronization|unexpected EOF)",
        LostError,
        "the connection to the server broke",
    ),
    _breaks(r"", LostError, "the server could not be reached, or the connection to it broke"),
)
"""In the order in which they are tried."""
