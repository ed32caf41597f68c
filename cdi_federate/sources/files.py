"""Where the files of a source stand: on this machine, or behind a URL. A kind of file asks this and not the disk."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa

from cdi_federate.errors import UnavailableError
from cdi_federate.sources import paths, urls
from cdi_federate.stages.ports import Attachment, Probe, Source

COMPRESSED = (".gz", ".zst", ".bz2")


@dataclass(frozen=True, slots=True)
class Found:
    """One file: its whole path or URL, its size in bytes (-1: unknown), when it was written (seconds; None: unknown).

    `tag` changes whenever the file's bytes may have.
    """

    url: str
    size: int
    written: float | None
    tag: str


class Owner(Source, Protocol):
    """What files ask of their source."""

    def connection(self, key: str, default: str = "") -> str:
        """Return a value of the connection, secrets revealed."""
        ...


class Files(ABC):
    """The files of one source."""

    local = True

    def __init__(self, owner: Any, root: str) -> None:
        self.owner, self.root = owner, root

    @property
    def name(self) -> str:
        """The source's name, for errors."""
        return str(self.owner.name)

    @abstractmethod
    def url(self, relation: str) -> str:
        """Return a mapping's path or glob, whole, as the engine's reader takes it."""

    @abstractmethod
    def readable(self, url: str) -> str:
        """Return the file, or the folder, that must be open for a path or glob."""

    @abstractmethod
    def matched(self, pattern: str, probe: Probe | None) -> list[Found]:
        """Return the files that a path or glob names, by name; raises `UnavailableError` where there is none."""

    @abstractmethod
    def opened(self, url: str, encoding: str, probe: Probe) -> IO[bytes]:
        """Return a file's bytes from its beginning, decompressed; perhaps not all of them."""

    @abstractmethod
    def escaped(self, url: str) -> str:
        """Return a file's path as the engine's reader takes it: no character is a wildcard."""

    def look(self) -> None:  # noqa: B027 - a whole answer where only a mapping names what there is
        """Raise `UnavailableError` where it can be told without any mapping that nothing can be reached."""

    def given(self, attachment: Attachment) -> Attachment:
        """Return an attachment with what the engine needs to reach the files."""
        return attachment

    def digest(self, url: str, probe: Probe) -> str:
        """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
        found = hashlib.sha256()
        with self.raw(url) as file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
        return found.hexdigest()

    def raw(self, url: str) -> IO[bytes]:
        """Return a file's bytes as they stand."""
        raise NotImplementedError

    def credentials(self) -> str:
        """Say in a word or two by which right the files are read."""
        return "none needed"


class LocalFiles(Files):
    """Files of this machine, or of a share that is mounted."""

    def __init__(self, owner: Any, root: str) -> None:
        super().__init__(owner, root)
        self.folder = Path(root)

    def url(self, relation: str) -> str:
        """Return the absolute path or glob; raises `UnavailableError` where it leads out of the folder."""
        if urls.scheme(relation):
            raise UnavailableError(
                f"'{urls.shown(relation)}' leads out of the source's folder '{self.folder}'",
                source=self.name,
                help="name the URL, or its beginning, as connection.path",
            )
        return paths.under(self.folder, urls.local(relation), self.name)

    def readable(self, url: str) -> str:
        """Return the file, or the folder before the first wildcard."""
        return paths.readable(url)

    def matched(self, pattern: str, probe: Probe | None) -> list[Found]:
        """Look at the disk."""
        return [_stat(path) for path in paths.matched((pattern,), self.name)]

    def opened(self, url: str, encoding: str, probe: Probe) -> IO[bytes]:
        """Open the file."""
        if url.endswith(COMPRESSED):
            return pa.input_stream(url, compression="detect")  # type: ignore[no-any-return]
        return self.raw(url)

    def raw(self, url: str) -> IO[bytes]:
        """Open the file; raises `OSError`."""
        return Path(url).open("rb")

    def escaped(self, url: str) -> str:
        """Return the path with its wildcards escaped."""
        return paths.escaped(url)

    def look(self) -> None:
        """Raise where there is no such folder."""
        if not self.folder.exists():
            raise paths.missing(str(self.folder), self.name)


def _stat(path: str) -> Found:
    try:
        stat = os.stat(path)  # noqa: PTH116 - the path is a text
    except OSError:
        return Found(path, -1, None, f"{path}:gone")
    return Found(path, stat.st_size, stat.st_mtime, f"{path}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}")


def state(found: Iterable[Found]) -> str:
    """Return a text that changes when a file is added, removed or written."""
    return "\n".join(file.tag for file in found)
