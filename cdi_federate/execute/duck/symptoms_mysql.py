"""The phrases by which DuckDB's MySQL reader tells what went wrong at a server, and what we say instead.

The reader quotes the statement before the server's own words, so each phrase stands at the message's end. Nothing but
the names of tables and columns is repeated: the server's words hold users and hosts.
"""

from __future__ import annotations

from cdi_federate.dialects.mysql_unchanged import CHANGED
from cdi_federate.errors import DataError, DriftError, LostError, OverdueError, SourceError, UnavailableError

Phrase = tuple[str, type[SourceError], str, str]

_ENDS = r"[^\n]*\s*$"
_AGAIN = "ask again; the query is then planned anew"


def _says(pattern: str, error: type[SourceError], message: str, help: str = "") -> Phrase:
    return rf'MySQL [\s\S]*": (?:{pattern}){_ENDS}', error, message, help


MYSQL: tuple[Phrase, ...] = (
    _says(CHANGED, DriftError, "its tables are no longer what they were when the query was planned", _AGAIN),
    _says(r"Unknown column '(?P<name>[^'\n]+)'", DriftError, "'{name}' is there no more", _AGAIN),
    _says(r"(?:Table|View) '(?P<name>[^'\n]+)' doesn't exist", DriftError, "'{name}' is there no more", _AGAIN),
    _says(r"View '(?P<name>[^'\n]+)' references", DriftError, "the view '{name}' does not work any more", _AGAIN),
    _says(r"Table definition has changed|Unknown table|Prepared statement needs", DriftError,
          "its tables are no longer what they were", _AGAIN),
    _says(
        r"[A-Z, ]+ command denied to user [^\n]* for (?P<what>table|column) (?:`[^`\n]+`\.)?[`'](?P<name>[^`'\n]+)",
        UnavailableError,
        "the account may not read {what} '{name}'",
        "it needs SELECT on the tables of its mappings",
    ),
    _says(r"[^\n]*(?:max_statement_time|maximum statement execution time) exceeded", OverdueError,
          "the server stopped the statement, for it took longer than it may"),
    _says(r"Query execution was interrupted", LostError, "the statement was stopped at the server"),
    _says(r"Lock wait timeout|Deadlock found|Record has changed", LostError,
          "the server gave the statement up for the sake of another"),
    _says(r"(?:Illegal mix|Invalid [^\n]*character|Incorrect [^\n]*value|[^\n]*out of range|Cannot convert)", DataError,
          "a value of its cannot be read as the mapping's SELECT or view says"),
    _says(r"(?:The table '[^'\n]*' is full|Out of memory|Got error|Error writing file|Can't create)", UnavailableError,
          "the server ran out of memory or disk, or cannot read its own files"),
    (r"MySQL[\s\S]*(?:Access denied for user|is not allowed to connect|Authentication plugin)[\s\S]*$",
     UnavailableError, "the server refused the login", "look at `user` and `password` of its connection"),
    (r"MySQL[\s\S]*: Unknown database '(?P<name>[^'\n]+)'[\s\S]*$", UnavailableError,
     "the server has no database '{name}'", "look at `database` of its connection"),
    (r"MySQL[\s\S]*: (?:Too many connections|User [^\n]* max_user_connections)[\s\S]*$", LostError,
     "the server has no connection left", "ask for a lower `pool`, or let the server take more"),
    (r"MySQL[\s\S]*(?:TLS|SSL|certificate)[^\n]*\s*$", UnavailableError, "no encrypted connection could be made",
     "look at `ssl_mode` and `ssl_ca` of its connection"),
    # The reader gives no reason where a row does not come: perhaps the look at the table, so one looks again.
    (r"Failed to fetch result row for MySQL query", DriftError, "the server gave the statement up", _AGAIN),
    (r"(?:to|set|from|initialize) (?:a |the )?MySQL|MySQL (?:query|connection|database|pool)|Lost connection|gone away",
     LostError, "the server could not be reached, or the connection to it broke", ""),
)  # fmt: skip
"""In the order in which they are tried."""
