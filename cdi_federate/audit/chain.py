"""One line of the log: a JSON object with its number and the hash of the line before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""What stands for the hash of a line before the first."""

TORN = "recovered"
"""The event of a line after bytes that a writer left when it died in the midst of a line."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain: its number, its hash, and where in the file it ends."""

    n: int = 0
    hash: str = GENESIS
    end: int = 0

    def follows(self, entry: Mapping[str, Any]) -> bool:
        """Return whether an entry is the next one."""
        return entry.get("n") == self.n + 1 and entry.get("prev") == self.hash

    def with_line(self, raw: bytes, *, before: int = 0) -> Head:
        """Return the head after a line, without its line feed; `before` are bytes in front of it."""
        return Head(self.n + 1, digest(raw), self.end + before + len(raw) + 1)


def digest(raw: bytes) -> str:
    """Return the hash of a line, or of anything else."""
    return hashlib.sha256(raw).hexdigest()


def line(head: Head, entry: Mapping[str, Any]) -> bytes:
    """Return the line that follows `head`, without its line feed. A text holds no line feed as JSON writes it."""
    said = {"n": head.n + 1, "prev": head.hash, **entry}
    return json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()


def entry_of(raw: bytes) -> dict[str, Any] | None:
    """Return what a line says; None where it is no line of a log."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("n"), int) else None


def torn(raw: bytes) -> dict[str, Any]:
    """Return the entry that accounts for the bytes of a line that was never finished."""
    return {"event": TORN, "torn": digest(raw), "bytes": len(raw)}


def accounts_for(entry: Mapping[str, Any], raw: bytes) -> bool:
    """Return whether an entry says that these bytes were left by a writer that died."""
    return entry.get("event") == TORN and entry.get("torn") == digest(raw) and entry.get("bytes") == len(raw)
