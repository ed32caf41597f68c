"""Where DuckDB spills while a query runs: a folder of this process's own, swept when its owner is gone."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def folder() -> Path:
    """Make and return a new spill folder, readable by this user only; folders of dead processes are removed first."""
    home = Path(tempfile.gettempdir()) / f"cdi-federate-{os.getuid() if hasattr(os, 'getuid') else 'spill'}"
    home.mkdir(mode=0o700, exist_ok=True)
    _sweep(home)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))


def remove(path: Path) -> None:
    """Remove a spill folder and what is in it."""
    shutil.rmtree(path, ignore_errors=True)


def _sweep(home: Path) -> None:
    for path in home.iterdir():
        owner = path.name.split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            remove(path)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
