"""The folder beside a catalog's files in which this program keeps what it learnt: counts, keys, never a value."""

from __future__ import annotations

from pathlib import Path

FOLDER = ".cdi"


def home(base: str | Path) -> Path:
    """Return the folder of a catalog's folder; it may not be there yet."""
    return Path(base) / FOLDER
