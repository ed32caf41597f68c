"""What the errors of pymysql mean, in our words; its own texts hold users, hosts, names and values."""

from __future__ import annotations

import re
from types import MappingProxyType

from cdi_federate.errors import LostError, SourceError, UnavailableError

LOST = frozenset({0, 2006, 2013, 2014, 2055, 4031, 1927})
"""The driver's and the server's numbers for a connection that is no more."""

_DENIED = frozenset({1044, 1142, 1143, 1227, 1370})
_REFUSED = frozenset({1045, 1698, 1130, 1251, 1275, 1862, 3118, 4151})
_UNREACHED = frozenset({2002, 2003, 2005})
_BUSY = MappingProxyType(
    {
        1040: "the server has as many connections as it takes",
        1203: "the account has as many connections as it may have",
        1226: "the account has used up what it may use",
        1053: "the server is shutting down",
        1129: "the server has shut this host out after too many failed connections",
        1205: "the server waited too long for a lock",
        1213: "the server gave the statement up to end a deadlock",
    }
)


def fault(error: Exception, source: str, database: str) -> SourceError:
    """Return what an error of the driver means for a source and its database."""
    number = number_of(error)
    if number in _REFUSED:
        return UnavailableError(
            "the server refused the login", source=source, help="look at `user` and `password` of its connection"
        )
    if number == 1049:
        return UnavailableError(f"the server has no database '{database}'", source=source)
    if number in _DENIED:
        return UnavailableError(
            "the account may not read this", source=source, help="it needs SELECT on the tables of its mappings"
        )
    if number in _BUSY:
        return LostError(_BUSY[number], source=source)
    said = str(error)
    if number == 2026 or (number in _UNREACHED and re.search(r"SSL|TLS|certificate", said)):
        return UnavailableError(
            "no encrypted connection could be made", source=source, help="look at `ssl_mode` and `ssl_ca`"
        )
    if number in _UNREACHED and re.search(r"Name or service|getaddrinfo|nodename|name resolution", said):
        return UnavailableError("its host is not known by that name", source=source, help="look at `host`")
    if number in _UNREACHED:
        return LostError("the server cannot be reached", source=source, help="look at `host` and `port`")
    if number in LOST or isinstance(error, OSError):
        return LostError("the connection to the server broke", source=source)
    return UnavailableError(f"the server answered with error {number}", source=source)


def number_of(error: Exception) -> int:
    """Return the number of an error; the driver gives it first."""
    first, *_ = (*error.args, 0)
    return first if isinstance(first, int) else -1
