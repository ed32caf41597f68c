"""One small catalog over a SQLite file, a CSV and tables in memory, written anew for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

FILES = {
    "catalog.yaml": "name: small\n",
    "entities/thing.yaml": "entity: thing\nfields: {id: integer, mail: varchar, ms: bigint}\n",
    "sources/crm.yaml": (
        "source: crm\nkind: sqlite\nconnection: {path: crm.sqlite}\n"
        "provides:\n  thing: {from: t, fields: {id: id, mail: mail, ms: ms}}\n"
    ),
    "sources/desk.yaml": (
        "source: desk\nkind: csv\nconnection: {path: .}\n"
        "provides:\n  thing: {from: t.csv, fields: {id: id, mail: mail}}\n"
    ),
}
"""Of a catalog with one entity in two sources: the file's path, and its text."""


def write(folder: Path, change: Callable[[dict[str, str]], object] = lambda files: None) -> None:
    """Write the catalog, whose files `change` may change before, and its data."""
    files = dict(FILES)
    change(files)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    with closing(sqlite3.connect(folder / "crm.sqlite")) as db:
        db.execute("CREATE TABLE t (id INTEGER, mail TEXT, ms INTEGER)")
        rows = [(1, "a", 10), (2, "b", 20), (3, "1", None)]
        db.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        db.commit()
    (folder / "t.csv").write_text("id,mail\n4,a\n5,c\n")
