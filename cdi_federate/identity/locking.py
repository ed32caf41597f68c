"""A lock that the system takes back when its holder dies, and that says who holds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cdi_federate.errors import UsageError

_FAR = 1 << 30
"""Windows locks bytes that cannot be read meanwhile: one far behind what the file says."""


@contextmanager
def hold(path: Path, said: Mapping[str, Any], *, what: str) -> Iterator[None]:
    """Hold the lock and say in its file who does; raises `UsageError` where another process or thread holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(handle):
            raise UsageError(f"{what} is being built {_holder(handle)}", help="Wait until that build has ended.")
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, json.dumps(dict(said)).encode())
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)  # which gives the lock back


def _taken(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt  # Windows

        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    with suppress(ValueError, KeyError, TypeError):
        said = json.loads(os.read(handle, 4_096))
        return f"by {said['user']} on {said['host']} (process {said['process']}), since {said['since']}"
    return "by another process"
