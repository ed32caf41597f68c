"""What an error of Postgres or of libpq means, in our words: their own may hold host, user or values."""

from __future__ import annotations

import re

from cdi_federate.errors import DataError, DriftError, LostError, OverdueError, SourceError, UnavailableError

_STATES: tuple[tuple[str, type[SourceError], str, str], ...] = (
    (
        "28",
        UnavailableError,
        "the server refuses its user or password",
        "check `user` and `password` of its connection",
    ),
    ("3D000", UnavailableError, "the server has no database of that name", "check `database` of its connection"),
    ("42501", UnavailableError, "its user may not read what the mapping names", "GRANT SELECT ON … TO …"),
    ("42", DriftError, "its tables are no longer what they were", ""),
    ("53300", LostError, "the server has no connection left", "ask for a lower `pool`, or let the server take more"),
    ("57014", OverdueError, "the server stopped the statement, for it took longer than `timeout` allows", ""),
    ("57P", LostError, "the server ended the connection", ""),
    ("08", LostError, "the connection broke", ""),
    ("40", LostError, "the server gave the statement up for the sake of another", ""),
    ("22", DataError, "a value of its cannot be read as the mapping says", ""),
)
_WORDS: tuple[tuple[str, type[SourceError], str, str], ...] = (
    (
        r"authentication|no password supplied|role \"?.*\"? does not exist|pg_hba\.conf",
        UnavailableError, "the server refuses its user or password", "check `user` and `password` of its connection",
    ),
    (
        r"database \"?.*\"? does not exist",
        UnavailableError, "the server has no database of that name", "check `database` of its connection",
    ),
    (
        r"could not translate host name|Name or service not known|getaddrinfo|Temporary failure in name|resolve host",
        UnavailableError, "its host is not known by that name", "check `host` of its connection",
    ),
    (
        r"(?i)certificate|SSL was required|does not support SSL|sslmode",
        UnavailableError, "TLS to its server failed", "check `sslmode` and `sslrootcert` of its connection",
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        LostError, "the server has no connection left", "ask for a lower `pool`, or let the server take more",
    ),
    (r"starting up|shutting down|recovery mode", LostError, "the server is starting or stopping", ""),
    (r"[Tt]imeout expired|timed out", LostError, "the server did not let us in within `connect_timeout`", ""),
    (
        r"Connection refused|No such file or directory|could not connect|No route to host|unreachable",
        LostError, "nothing answers at its host and port", "check `host` and `port` of its connection",
    ),
)  # fmt: skip


def fault(state: str, message: str, source: str) -> SourceError:
    """Return the error that a SQLSTATE means, or, where there is none, the words of libpq."""
    for beginning, kind, said, help_ in _STATES:
        if state and state.startswith(beginning):
            return kind(said, source=source, help=help_)
    for pattern, kind, said, help_ in _WORDS:
        if re.search(pattern, message):
            return kind(said, source=source, help=help_)
    if state:
        return UnavailableError(f"the server failed (SQLSTATE {state})", source=source)
    return LostError("the connection to its server broke", source=source)
