"""A file's state as the catalog pins it: `pin: {size: …, mtime: …}`, `sha256: …`. Another one is not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cdi_federate.errors import DataError
from cdi_federate.sources import urls
from cdi_federate.sources.files import Files, Found
from cdi_federate.stages.ports import Probe


def verify(options: Mapping[str, Any], found: list[Found], files: Files, probe: Probe) -> None:
    """Raise `DataError` naming the file that is not what the catalog pins."""
    pin, digest = options.get("pin"), options.get("sha256")
    if pin is None and digest is None:
        return
    if len(found) != 1:
        raise DataError(
            f"{len(found)} files match, and one is pinned", source=files.name, help="give each file its own mapping"
        )
    (file,) = found
    name, source = urls.shown(file.url), files.name
    size, written = (pin.get("size"), pin.get("mtime")) if isinstance(pin, Mapping) else (None, None)
    if size is not None and file.size != int(size):
        raise DataError(f"'{name}' has {file.size} bytes, and the catalog pins {size}", source=source, help=_HELP)
    if written is not None and not _same(str(written), file.written):
        seen = datetime.fromtimestamp(file.written, UTC).isoformat() if file.written is not None else "unknown"
        raise DataError(f"'{name}' was written {seen}, and the catalog pins {written}", source=source, help=_HELP)
    if digest is not None:
        seen = files.digest(file.url, probe)
        if seen.lower() != str(digest).lower():
            raise DataError(
                f"the SHA-256 of '{name}' is {seen}, and the catalog pins another", source=source, help=_HELP
            )


_HELP = "ask its department why it changed; if the new file is right, pin that"


def _same(pinned: str, written: float | None) -> bool:
    """Whether a time is the pinned one; a pin of whole seconds leaves fractions open. No zone means UTC."""
    if written is None:
        return False
    wanted = moment(pinned)
    return abs(written - wanted) < 1e-6 if wanted % 1 else int(written) == int(wanted)


def moment(text: str) -> float:
    """Return seconds since 1970 of an ISO 8601 time; raises `ValueError`."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
