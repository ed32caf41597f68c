"""Files of a source: where they stand, which ones there are, when they changed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from cdi_federate.errors import UnavailableError, nearest

_WILD = "*?["


def is_glob(pattern: str) -> bool:
    """Whether a path has wildcards."""
    return any(sign in pattern for sign in _WILD)


def root(base: str, path: str) -> Path:
    """Return a connection's path as an absolute one, relative to the catalog's folder."""
    return Path(os.path.abspath(Path(base).expanduser() / Path(path).expanduser()))  # noqa: PTH100 - links stay


def under(folder: Path, relation: str, source: str) -> str:
    """Return a mapping's path or glob as an absolute one; it must not lead out of the source's folder.

    Where the connection names a file, that file's own folder counts, and an empty relation is the file itself.
    """
    if folder.is_file():
        if relation in ("", ".", folder.name):
            return glob.escape(str(folder))
        folder = folder.parent
    whole = os.path.normpath(folder / relation)
    if os.path.commonpath([whole, folder]) != str(folder):
        raise UnavailableError(f"'{relation}' leads out of the source's folder '{folder}'", source=source)
    return whole


def readable(url: str) -> str:
    """Return the file or folder that must be open for a path or glob: the file, or the part before a wildcard."""
    plain = unescaped(url)
    if not is_glob(url) or glob.escape(plain) == url:
        return plain
    parts = Path(url).parts
    return str(Path(*parts[: next(number for number, part in enumerate(parts) if is_glob(part))]))


def unescaped(url: str) -> str:
    """Return the file that an escaped path (`glob.escape`) names."""
    for sign in _WILD:
        url = url.replace(f"[{sign}]", sign)
    return url


def escaped(path: str) -> str:
    """Return a path in which no character is a wildcard."""
    return glob.escape(path)


def matched(urls: Iterable[str], source: str) -> list[str]:
    """Return the files that the paths and globs name, sorted; raises `UnavailableError` where one names none."""
    found: list[str] = []
    for url in urls:
        named = glob.glob(url, recursive=True, include_hidden=True)  # noqa: PTH207 - the path is a text
        files = [path for path in named if Path(path).is_file()]
        if not files:
            raise missing(url, source)
        found += sorted(files)
    return list(dict.fromkeys(found))


def missing(url: str, source: str) -> UnavailableError:
    """Return the error of a path that is not there: what was looked for, and what stands there instead."""
    wanted = Path(url)
    place = wanted.parent
    if is_glob(str(place)):
        place = Path(readable(url))
    while not place.is_dir() and place != place.parent:
        wanted, place = place, place.parent
    names = sorted(entry.name for entry in place.iterdir()) if place.is_dir() else []
    what = f"no file matches '{url}'" if is_glob(url) else f"no file '{url}'"
    if str(wanted) not in (url, str(Path(url).parent)) or not Path(url).parent.is_dir():
        what += f": there is no '{wanted}'" if not is_glob(str(wanted)) else ""
    guess = nearest(wanted.name, names)
    held = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return UnavailableError(
        what, source=source, candidates=guess, help=f"'{place}' holds {held}" if names and not guess else ""
    )


def state(files: Iterable[str]) -> str:
    """Return a text that changes when a file is added, removed or written."""
    parts = []
    for path in files:
        try:
            stat = os.stat(path)  # noqa: PTH116 - the path is a text
            parts.append(f"{path}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}")
        except OSError:
            parts.append(f"{path}:gone")
    return "\n".join(parts)
