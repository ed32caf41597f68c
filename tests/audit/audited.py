"""The small catalog of `tests/federation/worlds.py`, with an audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.federation.worlds import write

LOG, ANCHOR = ".cdi/audit/log.jsonl", ".cdi/audit.anchor"

THING = "entity: thing\nfields: {id: integer, mail: {type: varchar, tags: [pii.email]}, ms: bigint}\n"


def catalog(folder: Path, audit: str = "true", **further: str) -> Path:
    """Write the catalog and return its folder; `further` are files by path."""
    said = {"catalog.yaml": f"name: small\naudit: {audit}\n", "entities/thing.yaml": THING, **further}
    write(folder, lambda files: files.update(said))
    return folder


def lines(folder: Path, log: str = LOG) -> list[Mapping[str, Any]]:
    """Return what the log says."""
    path = folder / log
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def events(folder: Path) -> list[str]:
    """Return the events of the log."""
    return [line["event"] for line in lines(folder)]
