"""How many rows a table of SQLite holds, and how many values its indexes: as ANALYZE left it, or the greatest rowid."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator


def rows(db: sqlite3.Connection, table: str) -> int | None:
    """Return SQLite's own count of a table's rows, or the greatest rowid; None where there is neither.

    An index over some rows only counts these, so the greatest count is the table's.
    """
    counted = [found[0] for _, found in _counts(db, table)]
    if counted:
        return max(counted)
    try:
        (greatest,) = db.execute(f"SELECT max(rowid) FROM {_quoted(table)}").fetchone()
    except sqlite3.OperationalError:
        return None
    return greatest if isinstance(greatest, int) else None


def distinct(db: sqlite3.Connection, table: str) -> dict[str, float]:
    """Return about how many values a column holds, for each with which an index over all rows begins."""
    whole = {
        index
        for _, index, _, _, partial in db.execute(f"PRAGMA index_list({_quoted(table)})").fetchall()
        if not partial
    }
    found: dict[str, float] = {}
    for index, counts in _counts(db, table):
        if index in whole and len(counts) > 1 and counts[1] > 0:
            (column,) = db.execute(f"PRAGMA index_info({_quoted(index)})").fetchone()[2:3]
            if column is not None:
                found[column] = max(found.get(column, 1.0), counts[0] / counts[1])
    return found


def _counts(db: sqlite3.Connection, table: str) -> Iterator[tuple[str, list[int]]]:
    """Yield each index of which there are counts (empty: the table without any): rows, then rows a value."""
    try:
        known = db.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = ?", (table,)).fetchall()
    except sqlite3.OperationalError:
        return  # ANALYZE was never run
    for index, stat in known:
        counts = [int(word) for word in str(stat or "").split() if word.isdigit()]  # words such as `unordered` follow
        if counts:
            yield str(index or ""), counts


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
