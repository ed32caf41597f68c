"""How many rows a server sent, counted in the bytes that it sent: the same count for every contender.

Both read a stream that begins with a connection or between two answers, without TLS. MariaDB's may be compressed, as
DuckDB asks for unless it is told otherwise.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable


def postgres_rows(sent: bytes) -> int:
    """Count rows of a Postgres: a message `D` of a SELECT, or a message `d` of a COPY that holds a row.

    A binary COPY begins with 19 bytes of header, in the first row's message or in one of its own, and ends with the two
    bytes FF FF, in a message of their own or, where there is no row, with the header.
    """
    rows = at = 0
    while sent[at : at + 2] in (b"NN", b"NR"):  # a new connection that asked for TLS was told no, in a single byte
        at += 1
    while at + 5 <= len(sent):
        kind, size = sent[at], int.from_bytes(sent[at + 1 : at + 5], "big")
        body = at + 5
        if kind == 0x44:  # D
            rows += 1
        elif kind == 0x64:  # d
            lone_header = sent.startswith(b"PGCOPY\n", body) and size - 4 <= 21
            rows += not lone_header and not (size == 6 and sent.startswith(b"\xff\xff", body))
        at += 1 + size
    return rows


def mysql_rows(sent: bytes) -> int:
    """Count rows of a MariaDB or MySQL: what stands in an answer behind its columns' descriptions, up to its end."""
    sent = _unpacked(_behind_greeting(sent))
    rows = at = last = own = 0  # `own`: rows of this answer
    columns = -1  # descriptions still to come in this answer; -1: it is none with rows, or over
    while at + 4 <= len(sent):
        size, number = int.from_bytes(sent[at : at + 3], "little"), sent[at + 3]
        first = sent[at + 4] if size else 0
        # An answer's packets are numbered from 1; after 255 comes 0, so a 1 behind a 0 may be in the midst of one.
        if number == 1 and not (columns >= 0 and last == 0):
            columns, own = (first if size in (1, 2) and 0 < first < 0xFB else -1), 0
            if size == 2 and sent[at + 5] == 0:
                columns = 0  # MariaDB leaves out descriptions that the client has from the preparing of the statement
        elif columns > 0:
            columns -= 1
        elif columns == 0 and first == 0xFE and size < 0xFFFFFF:
            columns = -1 if own else 0  # a server of the old kind ends the descriptions in the same way as the rows
        elif columns == 0:
            own, rows = own + 1, rows + 1
        at, last = at + 4 + size, number
    return rows


def _behind_greeting(sent: bytes) -> bytes:
    """Leave out what a new connection begins with: the greeting and all up to the packet that lets the client in."""
    if sent[3:5] != b"\x00\x0a":
        return sent
    at = 0
    while at + 4 < len(sent):
        size, first = int.from_bytes(sent[at : at + 3], "little"), sent[at + 4]
        at += 4 + size
        if first == 0x00:
            break
    return sent[at:]


def _unpacked(sent: bytes) -> bytes:
    """Return a compressed stream as it was before, any other as it is."""
    parts, at = [], 0
    try:
        while at + 7 <= len(sent):
            size, full = (int.from_bytes(sent[at + k : at + k + 3], "little") for k in (0, 4))
            body = sent[at + 7 : at + 7 + size]
            parts.append(zlib.decompress(body) if full else body)
            if full != len(parts[-1]) and full:
                return sent
            at += 7 + size
    except zlib.error:
        return sent
    return b"".join(parts) if at == len(sent) else sent


ROWS: dict[str, Callable[[bytes], int]] = {"postgres": postgres_rows, "mysql": mysql_rows}
