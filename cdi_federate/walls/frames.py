"""Messages between two processes over pipes: a kind, a length, the bytes."""

from __future__ import annotations

import os
import select
import struct
import threading
import time
from collections.abc import Callable

HEAD = struct.Struct(">cQ")

LARGEST = 1 << 32
"""Bytes of one message; a longer one is a mistake, or worse."""


class Ended(Exception):  # noqa: N818 - an event
    """The other side is gone."""


class TimeOver(Exception):  # noqa: N818 - an event
    """Nothing came in time."""


class Sender:
    """Writes messages; from any thread."""

    def __init__(self, handle: int) -> None:
        self._handle, self._lock = handle, threading.Lock()

    def __call__(self, kind: bytes, payload: bytes) -> None:
        """Send one message; raises `Ended`."""
        with self._lock:
            try:
                self._all(HEAD.pack(kind, len(payload)))
                self._all(payload)
            except OSError:
                raise Ended from None

    def _all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]


class Receiver:
    """Reads messages, by one thread at a time. `waited` are the seconds that it has waited for the other side."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.waited = 0.0

    def __call__(self, left: Callable[[], float] = lambda: 1e9) -> tuple[bytes, bytes]:
        """Return the next message; raises `Ended`, and `TimeOver` once no seconds are `left`."""
        kind, length = HEAD.unpack(self._exactly(HEAD.size, left))
        if length > LARGEST:
            raise Ended
        return kind, self._exactly(length, left)

    def _exactly(self, count: int, left: Callable[[], float]) -> bytes:
        parts, missing = [], count
        while missing:
            began = time.monotonic()
            try:
                ready = select.select([self._handle], [], [], max(0.0, min(left(), 0.2)))[0]
            except (OSError, ValueError):
                raise Ended from None
            finally:
                self.waited += time.monotonic() - began
            if not ready:
                if left() <= 0:
                    raise TimeOver
                continue
            part = os.read(self._handle, min(missing, 1 << 20))
            if not part:
                raise Ended
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)
