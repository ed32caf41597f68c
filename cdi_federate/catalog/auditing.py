"""Where a catalog wants it written down who asked what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cdi_federate.catalog.home import home
from cdi_federate.config.files.catalog import AuditShape

SYSLOG = "syslog"
"""The anchor that is the system's own log."""


@dataclass(frozen=True, slots=True)
class Auditing:
    """The log's file, and the file outside of its folder that holds the log's head; `syslog` is told it too."""

    path: str
    anchor: str
    syslog: bool = False


def auditing(shape: AuditShape | None, base: Path, *, has_policies: bool) -> Auditing | None:
    """Return what catalog.yaml says of it; where it says nothing, a catalog with policies is audited."""
    if not (shape.on if shape is not None else has_policies):
        return None
    shape = shape or AuditShape()
    folder = base / Path(shape.path).expanduser() if shape.path else home(base) / "audit"
    syslog = shape.anchor == SYSLOG
    anchor = home(base) / "audit.anchor" if syslog or not shape.anchor else base / Path(shape.anchor).expanduser()
    return Auditing(str(folder / "log.jsonl"), str(anchor), syslog)
