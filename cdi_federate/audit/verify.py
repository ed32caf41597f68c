"""Reading a whole log again: every line must be the one that the next line, or the anchor, knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdi_federate.audit import chain
from cdi_federate.audit.chain import Head
from cdi_federate.audit.files import anchored
from cdi_federate.errors import AuditError

MOST = 20
"""Findings that are told; a log that was changed in many places needs no longer list."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: the last line, what is wrong (`findings`), and what is worth knowing (`notes`)."""

    lines: int
    head: Head
    findings: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every line that was written is there, as it was written."""
        return not self.findings


def verify(path: Path, anchor: Path, *, known: Head | None = None) -> Verdict:
    """Read the log in `path` and hold it against its anchor, and against a head that was `known` elsewhere.

    Raises `AuditError` where the log is there and cannot be read. A log that was never written is whole.
    """
    findings: list[str] = []
    notes: list[str] = []
    hashes: dict[int, str] = {0: chain.GENESIS}
    wanted = [("the anchor", _anchor(anchor, findings))]
    wanted += [("the head that was given", known)] if known is not None else []
    kept = {head.n for _, head in wanted if head is not None}
    head, torn, at, is_ended = Head(), b"", 0, False
    try:
        for at, raw, is_ended in _lines(path):
            head, torn = _next(head, torn, raw, is_ended, at, findings)
            if head.n in kept:
                hashes.setdefault(head.n, head.hash)
    except OSError as error:
        raise AuditError(f"the audit log cannot be read: {error.strerror}: {path}") from None
    if torn and is_ended:  # who is killed in the midst of a line leaves no end of it
        findings.append(f"{at}: this is no line of a log")
    elif torn:
        notes.append("the end of the file is no whole line: a writer was killed there, or it was cut")
    for what, of in wanted:
        if of is not None and of.n > head.n:
            findings.append(f"{what} knows line {of.n}, and the log ends with line {head.n}: its end was cut off")
        elif of is not None and hashes.get(of.n) != of.hash:
            findings.append(f"line {of.n} is not the one that {what} knows")
    at_anchor = wanted[0][1]
    if at_anchor is None and head.n and not any("anchor" in each for each in findings):
        findings.append(f"the log has {head.n} lines, and its anchor is gone")
    elif at_anchor is not None and head.n > at_anchor.n:
        notes.append(f"lines {at_anchor.n + 1} to {head.n} are newer than the anchor: their writer was killed")
    return Verdict(head.n, head, tuple(findings[:MOST]), tuple(notes))


def _anchor(path: Path, findings: list[str]) -> Head | None:
    try:
        return anchored(path)
    except AuditError as error:
        findings.append(error.message)
    except OSError as error:
        findings.append(f"the anchor cannot be read: {error.strerror}")
    return None


def _lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each line's number in the file, the line, and whether it has an end."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for at, raw in enumerate(file, 1):
            yield at, raw.removesuffix(b"\n"), raw.endswith(b"\n")


def _next(head: Head, torn: bytes, raw: bytes, is_ended: bool, at: int, findings: list[str]) -> tuple[Head, bytes]:
    """Return the head after one more line, and the bytes that the next line must account for."""
    entry = chain.entry_of(raw) if is_ended else None
    if torn and (entry is None or not chain.accounts_for(entry, torn)):
        findings.append(f"{at - 1}: this is no line of a log")
        torn = b""
    elif not torn and entry is not None and entry.get("event") == chain.TORN:
        findings.append(f"{at}: the bytes that this line accounts for are gone")
    if entry is None:
        if is_ended and not raw:
            findings.append(f"{at}: this line is empty")
        return head, raw
    before = len(torn) + 1 if torn else 0
    if not head.follows(entry):
        number = entry["n"]
        if number == head.n + 1:
            findings.append(f"{at}: line {number} knows another line {head.n}: one of the two was changed")
        else:
            findings.append(f"{at}: line {number} follows line {head.n}: lines are missing, repeated or exchanged")
        head = Head(number - 1, head.hash, head.end)
    return head.with_line(raw, before=before), b""
