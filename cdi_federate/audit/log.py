"""Writing the log: one chain of lines in one file, for all processes and threads that answer queries.

Each line is one write at the end of the file, under a lock on it: whatever kills the process afterwards, it is there.
What must survive a power failure too is forced to the disk before `append` returns; the lock is not held meanwhile, so
that lines of several writers are forced together. The anchor knows only lines that are on the disk. Who was killed in
the midst of a line leaves bytes without an end: the next writer accounts for them in a line of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cdi_federate.audit import chain
from cdi_federate.audit.chain import Head
from cdi_federate.audit.files import ARCHIVE, anchor, anchored, locked, sync
from cdi_federate.errors import AuditError

_PIECE = 1 << 20


class Log:
    """The audit log in `path`; `anchor` is where its head is kept, `syslog` sends each head to the system's log too."""

    def __init__(self, path: Path, anchor: Path, *, syslog: bool = False) -> None:
        self.path, self.anchor, self._syslog = path, anchor, syslog
        self._head: Head | None = None
        """The last line that this object has seen, read and changed under the file's lock only."""
        self._file: tuple[int, int] = (0, 0)

    def append(self, entry: Mapping[str, Any], *, forced: bool = True) -> Head:
        """Write one line and return the head; raises `AuditError` where that cannot be done.

        `forced` to the disk, with all before it, unless another line will soon be.
        """
        try:
            with self._open() as handle:
                with locked(handle):
                    head, left = self._caught_up(handle)
                    head = self._write(handle, head, left, entry)
                if forced:
                    sync(handle)
                    with locked(handle):
                        anchor(self.anchor, head)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise AuditError(
                f"the audit log cannot be written: {why}: {error.filename or self.path}",
                help="What is not written down is not answered.",
            ) from None
        except (ValueError, KeyError, TypeError):
            raise AuditError(f"the anchor of the audit log cannot be read: {self.anchor}", help=ARCHIVE) from None
        if self._syslog:
            _tell_system(head)
        return head

    @contextmanager
    def _open(self) -> Iterator[int]:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            handle = os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, flags, 0o600)
        try:
            yield handle
        finally:
            os.close(handle)

    def _caught_up(self, handle: int) -> tuple[Head, bytes]:
        """Return the last line, and the bytes behind it that are none; raises `AuditError` for a chain that is broken.

        What this object has not seen yet is read, from the anchor on: all that others have written since.
        """
        stat = os.fstat(handle)
        head = self._head if (stat.st_dev, stat.st_ino) == self._file else None
        if head is None:
            head = self._anchored(handle, stat.st_size)
            self._file = (stat.st_dev, stat.st_ino)
        if stat.st_size < head.end:
            raise _broken(f"it ends before line {head.n}")
        left = b""
        if stat.st_size > head.end:
            head, left = _walked(handle, head)
        self._head = head
        return head, left

    def _anchored(self, handle: int, size: int) -> Head:
        head = anchored(self.anchor)
        if head is None:
            if size:
                raise _broken(f"it has lines, and its anchor is gone: {self.anchor}")
            head = Head()
            anchor(self.anchor, head)
        if size < head.end:
            raise _broken(f"it ends before line {head.n}, which its anchor knows")
        if head.n and chain.digest(_line_before(handle, head.end)) != head.hash:
            raise _broken(f"its line {head.n} is not the one that its anchor knows")
        return head

    def _write(self, handle: int, head: Head, left: bytes, entry: Mapping[str, Any]) -> Head:
        lines, size = b"", head.end + len(left)
        ended = chain.entry_of(left) if left else None
        if ended is not None and head.follows(ended):  # nothing but its end is missing
            head, lines = head.with_line(left), b"\n"
        elif left:
            mended = chain.line(head, chain.torn(left))
            head, lines = head.with_line(mended, before=len(left) + 1), b"\n" + mended + b"\n"
        raw = chain.line(head, entry)
        lines += raw + b"\n"
        if os.write(handle, lines) != len(lines):
            with suppress(OSError):  # where the file may only grow, the next writer accounts for what stands there
                os.ftruncate(handle, size)
            raise OSError(28, os.strerror(28))
        self._head = head.with_line(raw)
        return self._head


def _walked(handle: int, head: Head) -> tuple[Head, bytes]:
    """Return the last line after `head`, and what is behind it."""
    os.lseek(handle, head.end, os.SEEK_SET)
    left = torn = b""
    while piece := os.read(handle, _PIECE):
        *lines, left = (left + piece).split(b"\n")
        for raw in lines:
            entry = chain.entry_of(raw)
            if not raw or (torn and (entry is None or not chain.accounts_for(entry, torn))):
                raise _broken(f"what follows line {head.n} is no line")
            if entry is None:
                torn = raw
            elif head.follows(entry):
                head, torn = head.with_line(raw, before=len(torn) + 1 if torn else 0), b""
            else:
                raise _broken(f"line {head.n + 1} does not follow line {head.n}")
    if torn:
        raise _broken(f"what follows line {head.n} is no line")
    return head, left


def _line_before(handle: int, end: int) -> bytes:
    """Return the line whose line feed is the byte before `end`."""
    found, start = b"", end
    while start > 0 and found.count(b"\n") < 2:
        size = min(4_096, start)
        start -= size
        os.lseek(handle, start, os.SEEK_SET)
        found = os.read(handle, size) + found
    return found[:-1].rpartition(b"\n")[2] if found.endswith(b"\n") else found


def _broken(why: str) -> AuditError:
    return AuditError(f"the audit log is not whole: {why}", help=ARCHIVE)


def _tell_system(head: Head) -> None:
    """Send the head where the user who asks cannot change it."""
    try:
        import syslog
    except ImportError:
        raise AuditError("this system has no syslog", help="Name a file: audit: {anchor: …}") from None
    syslog.syslog(syslog.LOG_INFO | syslog.LOG_AUTH, f"cdi audit {head.n}:{head.hash}")
