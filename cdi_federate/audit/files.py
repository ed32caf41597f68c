"""Files that several processes write: a lock that the system takes back, and the anchor of a log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from cdi_federate.audit.chain import Head
from cdi_federate.errors import AuditError

_FAR = 1 << 30
"""Windows locks bytes that cannot be read meanwhile: one far behind what a log says."""

_WIDE = 160
"""Bytes of an anchor, always: it is written in one go, over the one before."""


@contextmanager
def locked(handle: int) -> Iterator[None]:
    """Hold a file alone, among all processes and all handles of this one."""
    try:
        import fcntl
    except ImportError:
        import msvcrt  # Windows

        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
        try:
            yield
        finally:
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def sync(handle: int) -> None:
    """Have what was written on the disk."""
    getattr(os, "fdatasync", os.fsync)(handle)


def anchored(path: Path) -> Head | None:
    """Return what an anchor holds, None where there is none; raises `AuditError` for one that cannot be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    if not raw:
        return None  # whoever made it died before the log had a line
    try:
        found = json.loads(raw)
        head = Head(int(found["n"]), str(found["hash"]), int(found["end"]))
    except (ValueError, KeyError, TypeError):
        head = None
    if head is None or len(head.hash) != 64 or head.n < 0:
        raise AuditError(f"the anchor of the audit log cannot be read: {path}", help=ARCHIVE)
    return head


ARCHIVE = (
    "Nothing is answered until it is looked into: `cdi audit verify` says what is wrong. Keep the log and its anchor "
    "elsewhere together, and a new log begins."
)


def anchor(path: Path, head: Head) -> None:
    """Write down the last line that is on the disk; whoever calls holds the log's lock. An older one changes nothing.

    It is not forced to the disk: after a power failure it may speak of an earlier line, never of one that is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        before = os.read(handle, _WIDE)
        if before and head.n and json.loads(before)["n"] >= head.n:
            return
        raw = json.dumps(asdict(head)).encode().ljust(_WIDE - 1) + b"\n"
        os.lseek(handle, 0, os.SEEK_SET)
        if os.write(handle, raw) != _WIDE:
            raise OSError(28, os.strerror(28))
        if not before:
            sync(
                handle
            )  # a new file may be empty after a power failure, and then the log would seem to be robbed of it
    finally:
        os.close(handle)
