"""The file of what was observed: numbers by source and form of condition, never a value of a row or of a query.

Several processes may keep the same file: whoever writes takes in first what the others wrote, entry by entry, the newer
one of each. A file that is damaged is as good as none, a folder that cannot be written is left as it is.
"""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

Entry = dict[str, float]
"""What is known of one thing: its figures, how many `times` it was observed, and `at` which time (Unix) the last."""

NAME = "observed.json"
VERSION = 1

MOST = 1_000
"""Entries of a file; the oldest go first."""

LARGEST = 4_000_000
"""Bytes of the largest file that is read."""

_LEFT = 600.0
"""Seconds after which a file that a process left half-written is taken away."""


def read(folder: Path) -> dict[str, Entry]:
    """Return the entries of the file in a folder; none where there is no file, or none of ours."""
    try:
        if (folder / NAME).stat().st_size > LARGEST:
            return {}
        found = json.loads((folder / NAME).read_bytes())
        if found["version"] != VERSION:
            return {}
        return {str(key): entry for key, entry in found["observed"].items() if _is_entry(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def merged(*each: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return the entries of all, the newest of each, and no more than `MOST`."""
    found: dict[str, Entry] = {}
    for entries in each:
        for key, entry in entries.items():
            if key not in found or entry["at"] >= found[key]["at"]:
                found[key] = entry
    newest = sorted(found, key=lambda key: found[key]["at"], reverse=True)[:MOST]
    return {key: found[key] for key in sorted(newest)}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other writers waiting, so that none reads before another writes; where a system has no such locks, not."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def write(folder: Path, entries: Mapping[str, Entry]) -> bool:
    """Write the entries with what others wrote meanwhile, as a whole or not at all; False where that cannot be."""
    draft = folder / f"{NAME}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        folder.mkdir(exist_ok=True)  # not its parents: a catalog that is gone stays gone
        with _alone(folder):
            told = {"version": VERSION, "observed": merged(read(folder), entries)}
            draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
            os.replace(draft, folder / NAME)  # noqa: PTH105 - by one call: a reader finds the old file or the new
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return False
    _tidy(folder)
    return True


def _tidy(folder: Path) -> None:
    with suppress(OSError):
        for left in folder.glob(f"{NAME}.*.tmp"):
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink()


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not {"at", "times"} <= entry.keys():
        return False
    return all(isinstance(value, int | float) and value >= 0 and math.isfinite(value) for value in entry.values())
