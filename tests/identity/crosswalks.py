"""Writes a crosswalk as a build would lay it down, so that reading is tested without building."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import duckdb

from cdi_federate.hub import layout
from cdi_federate.hub.ids import lone_id

Linked = tuple[str, str, str]
"""A record that a build knew: the id of its customer, its mapping, its key as it is stored."""


def write(base: Path, entity: str, run: str, large: Iterable[Linked], recent: Iterable[Linked] = ()) -> None:
    """Write a generation and let it be the one in force; `recent` are the records that small builds changed."""
    root = layout.folder(base, entity)
    where = root / layout.GENERATIONS / run
    where.mkdir(parents=True)
    rows = list(large)
    for name, given in ((layout.XREF, rows), (layout.XREF_BY_ID, rows), (layout.XREF_RECENT, list(recent))):
        _copy(where / name, entity, given, run)
    said = {"format": layout.FORMAT, "run_id": run, "created": "2026-11-01 00:00:00+00", "counts": {}, "state": {}}
    (root / layout.CURRENT).write_text(json.dumps(said))


def _copy(path: Path, entity: str, rows: list[Linked], run: str) -> None:
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE x ({', '.join(f'{name} {type_}' for name, type_ in layout.XREF_COLUMNS.items())})")
        for master, mapping, key in rows:
            source = mapping.partition(".")[0]
            moment = "2026-11-01 00:00:00+00"
            db.execute("INSERT INTO x VALUES (?, ?, ?, ?, 'rule', 1, ?, ?, NULL, ?)",
                       [master, source, mapping, key, lone_id(entity, mapping, key), moment, run])  # fmt: skip
        order = "master_id" if path.name == layout.XREF_BY_ID else "mapping, key"
        db.execute(f"COPY (FROM x ORDER BY {order}) TO '{path}' (FORMAT parquet)")
