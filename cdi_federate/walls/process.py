"""What a process may use up, and that it ends with the one that started it."""

from __future__ import annotations

import ctypes
import signal
import sys
from contextlib import suppress

_PARENT_DEATH, _DUMPABLE = 1, 4  # of prctl

CPU_SECONDS = 3_600
"""Seconds of processor time after which the kernel ends the process; another is started for the next query."""

OPEN_FILES = 1_024
LARGEST_FILE = 256 << 30
"""Bytes of one file that is spilled to."""


def bound(memory: int) -> None:
    """Bound this process: bytes of address space, processor time, files; no core dump, which would hold values.

    Does what the system knows of it.
    """
    try:
        import resource
    except ImportError:
        return  # Windows
    for name, most in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", CPU_SECONDS),
        ("RLIMIT_NOFILE", OPEN_FILES),
        ("RLIMIT_FSIZE", LARGEST_FILE),
        ("RLIMIT_CORE", 0),
    ):
        kind = getattr(resource, name, None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with suppress(ValueError, OSError):  # a system that does not bound it
                resource.setrlimit(kind, (limit, limit))


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, and let no other process look into it."""
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PARENT_DEATH, int(signal.SIGKILL), 0, 0, 0)
        libc.prctl(_DUMPABLE, 0, 0, 0, 0)
