"""The `.env` beside a catalog: lines of NAME=value, for what is not set in the shell."""

from __future__ import annotations

import re
from pathlib import Path

from cdi_federate.errors import Place, Problems

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_QUOTED = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?$""")


def read_env(path: Path, shown: str, problems: Problems) -> dict[str, str]:
    """Return the variables of a file; no file means none. Messages show names and places, never a value."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        problems.add(Place(1, 1, shown), "this file cannot be read as UTF-8 text")
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _LINE.match(line)
        if parts is None:
            problems.add(Place(number, 1, shown), "a line NAME=value is wanted")
            continue
        found[parts[1]] = _value(parts[2])
    return found


def _value(text: str) -> str:
    quoted = _QUOTED.match(text)
    if quoted is None:
        return re.split(r"\s#", text, maxsplit=1)[0].rstrip()
    if quoted[1] is not None:
        return quoted[1]
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), quoted[2])
