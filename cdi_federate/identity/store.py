"""The folder of an entity's crosswalk, for who writes it: one builder at a time, and one rename that makes it true.

Everything that is written under `.cdi/identity/` is written here or into a folder that was made here.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cdi_federate.config.secret import Secret
from cdi_federate.errors import UsageError
from cdi_federate.hub import Crosswalk, layout
from cdi_federate.identity.locking import hold

KEPT = 2
"""Generations that are kept: a reader may still hold the one before."""

_DRAFT = ".draft"

_LETTERS = 22


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A record as the crosswalk names it: its mapping's qualified name, and its key as it is stored."""

    mapping: str
    key: str

    def __str__(self) -> str:
        return f"{self.mapping}:{self.key}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of two records: `must` be one customer, `cannot`, or `open` (rules decide again)."""

    kind: Literal["must", "cannot", "open"]
    left: Named
    right: Named
    who: str = ""
    when: str = ""
    reason: str = ""

    @property
    def pair(self) -> tuple[Named, Named]:
        """The records in a fixed order."""
        return min(self.left, self.right), max(self.left, self.right)


class Store:
    """The folder of one entity's crosswalk in a catalog's folder."""

    def __init__(self, base: str | Path, entity: str) -> None:
        self.base, self.entity = Path(base), entity
        self.root = layout.folder(base, entity)

    def current(self) -> Crosswalk | None:
        """Return the generation in force."""
        return Crosswalk.current(self.base, self.entity)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other builds out; raises `UsageError` that says who builds already."""
        self._made()
        said = {
            "process": os.getpid(),
            "user": _user(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with hold(self.root / layout.LOCK, said, what=f"the crosswalk of '{self.entity}'"):
            self._sweep()
            yield

    def key(self, secret: Secret | None) -> str:
        """Return the key of hashes, 128 bits in 22 letters: of the catalog's secret, or made once and kept."""
        if secret is not None:
            made = hmac.new(secret.reveal().encode(), b"cdi identity", hashlib.sha256).digest()[:16]
            return base64.urlsafe_b64encode(made).decode().rstrip("=")
        self._made()
        path = self.root.parent / layout.KEY
        with suppress(FileNotFoundError):
            kept = path.read_text(encoding="ascii").strip()
            if len(kept) == _LETTERS:
                return kept
        fresh = secrets.token_urlsafe(16)
        _write(path, fresh.encode(), mode=0o600)
        return fresh

    # --- generations -------------------------------------------------------------------------------------------------

    def draft(self, run: str) -> Path:
        """Make and return the folder for the files of a new generation."""
        folder = self.root / layout.GENERATIONS / f"{run}{_DRAFT}"
        folder.mkdir(parents=True)
        return folder

    def publish(self, run: str, counts: Mapping[str, int], state: Mapping[str, Any]) -> Crosswalk:
        """Make a draft the generation in force: everything is on the disk before the one rename that says so."""
        generations = self.root / layout.GENERATIONS
        draft, final = generations / f"{run}{_DRAFT}", generations / run
        for file in draft.iterdir():
            _flush(file)
        _flush(draft)
        draft.rename(final)
        _flush(generations)
        said = {
            "format": layout.FORMAT,
            "run_id": run,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "counts": dict(counts),
            "state": dict(state),
        }
        _write(self.root / layout.CURRENT, json.dumps(said, indent=1).encode())
        found = self.current()
        assert found is not None, "it was written just now"
        self._sweep()
        return found

    def _sweep(self) -> None:
        """Take away what builds left that did not end, and generations that nobody can hold any more."""
        generations = self.root / layout.GENERATIONS
        if not generations.is_dir():
            return
        now = self.current()
        whole = sorted(each.name for each in generations.iterdir() if not each.name.endswith(_DRAFT))
        kept = set(whole[-KEPT:]) | ({now.run_id} if now else set())
        for each in generations.iterdir():
            if each.name not in kept:
                shutil.rmtree(each, ignore_errors=True)

    # --- decisions ---------------------------------------------------------------------------------------------------

    def decisions(self) -> list[Decision]:
        """Return all that was decided, the oldest first; raises `UsageError` where the file is damaged."""
        path = self.root / layout.DECISIONS
        if not path.is_file():
            return []
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                said = json.loads(line)
                left, right = Named(**said.pop("left")), Named(**said.pop("right"))
                found.append(Decision(left=left, right=right, **said))
            except (ValueError, KeyError, TypeError, AttributeError):
                help = "Mend the line, or take it away: nothing is built on decisions that cannot be read."
                raise UsageError(f"line {number} of '{path}' is no decision", help=help) from None
        return found

    def decide(self, decision: Decision) -> None:
        """Add one decision; it holds from the next build on."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        full = asdict(decision) | {"who": decision.who or _user(), "when": decision.when or when}
        self._made()
        with (self.root / layout.DECISIONS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(full, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _made(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the folder '{self.root}' cannot be made: {error.strerror}", help="The crosswalk is kept there."
            ) from None


def standing(decisions: list[Decision]) -> list[Decision]:
    """Return the decisions in force: of each two records the last one, and none that is open again."""
    last = {decision.pair: decision for decision in decisions}
    return [decision for _, decision in sorted(last.items()) if decision.kind != "open"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _flush(path: Path) -> None:
    """Bring a file or folder to the disk; a system that cannot do that with folders is left alone."""
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file by one rename: who reads finds the old content or the new, also after a crash."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(draft, path)  # noqa: PTH105 - one call, whichever system
    _flush(path.parent)
