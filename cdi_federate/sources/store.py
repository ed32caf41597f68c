"""Files in an object store (S3, Google Cloud Storage, Azure Blob), listed and read by the engine itself.

The engine's listing says size and time of every object, no version. Stores keep whole seconds, so an object that was
written a moment ago could be replaced by one of the same size and time: for a while what was learnt of such an object
is not believed again but looked at anew.
"""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import IO, Any

from cdi_federate.errors import DataError, UnavailableError, nearest
from cdi_federate.sources import credentials, urls
from cdi_federate.sources.files import Files, Found
from cdi_federate.stages.ports import Attachment, Credential, Probe
from cdi_federate.stages.relations import SelectScan

LOOK_SECONDS = 5.0
"""How long the answer to one small question may take."""

SETTLED_SECONDS = 60.0
"""An object that was written longer ago than this shows by size and time that it is another one."""

MOST = 1_000_000
_LINES = 64
_LONGEST = 1 << 18


class StoreFiles(Files):
    """Objects below a URL."""

    local = False

    def __init__(self, owner: Any, root: str) -> None:
        super().__init__(owner, root)
        self._credential: Credential | None = None

    def url(self, relation: str) -> str:
        """Return the URL or pattern; raises `UnavailableError` where it leads out of the connection's."""
        return urls.whole(self.root, relation, self.name)

    def readable(self, url: str) -> str:
        """Return the object, or the folder before the first wildcard."""
        plain = urls.unescaped(url)
        return plain if urls.escaped(plain) == url or not urls.is_glob(url) else urls.folder(url)

    def escaped(self, url: str) -> str:
        """Return the URL with its wildcards escaped."""
        return urls.escaped(url)

    def given(self, attachment: Attachment) -> Attachment:
        """Add the credential and the extension."""
        kind = urls.scheme(self.root)
        timeout = credentials.timeout(self.owner)
        if self._credential is None:
            self._credential = credentials.of_store(self.owner, kind, self._scope())
        return replace(
            attachment,
            credential=self._credential,
            settings=credentials.settings(timeout),
            also={"httpfs": "", **({"azure": "azure"} if kind in urls.AZURE else {})},
        )

    def _scope(self) -> str:
        """Return the beginning of the URLs that the credential is for: the connection's folder."""
        bare = self.root.rstrip("/")
        last = bare.rpartition("/")[2]
        named_file = "." in last and bare.count("/") > 2
        return bare.removesuffix(last) if named_file else f"{self.root.rstrip('/')}/" if last else self.root

    def matched(self, pattern: str, probe: Probe | None) -> list[Found]:
        """Let the store list what there is."""
        assert probe is not None, "a store is asked through the engine"
        try:
            found = self._listed(pattern, probe)
        except UnavailableError as error:
            if urls.is_glob(pattern) or not error.message.startswith("no file"):
                raise
            found = []
        if not found:
            raise self._missing(pattern, probe)
        for file in found:
            if "?" in file.url:
                raise DataError(
                    f"'{file.url}': an object with '?' in its name cannot be read",
                    source=self.name,
                    help="rename it, or name the files so that this one is not among them",
                )
        return found

    def _listed(self, pattern: str, probe: Probe) -> list[Found]:
        text = f"SELECT filename, size, epoch(last_modified) FROM read_blob({_quoted(pattern)}) ORDER BY 1"
        now = time.time()
        rows = probe.rows(self.owner, SelectScan("", text), MOST, seconds=LOOK_SECONDS)
        return [_found(url, size, written, now) for url, size, written in rows]

    def _missing(self, pattern: str, probe: Probe) -> UnavailableError:
        what = f"no object matches '{pattern}'" if urls.is_glob(pattern) else f"no object '{pattern}'"
        place = urls.folder(pattern)
        text = f"SELECT file FROM glob({_quoted(urls.escaped(place) + '*')}) ORDER BY 1"
        rows = probe.rows(self.owner, SelectScan("", text), 1000, seconds=LOOK_SECONDS)
        names = [row[0].removeprefix(place) for row in rows]
        guess = nearest(pattern.removeprefix(place), names)
        held = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        return UnavailableError(
            what, source=self.name, candidates=guess, help=f"'{place}' holds {held}" if names and not guess else ""
        )

    def opened(self, url: str, encoding: str, probe: Probe) -> IO[bytes]:
        """Return the first lines: the engine reads no stretch of bytes, but it reads lines and stops."""
        mark = "\x01\x02\x03\x04"
        text = (
            f"SELECT line FROM read_csv({_quoted(self.escaped(url))}, auto_detect = false, header = false, "
            f"columns = {{'line': 'VARCHAR'}}, delim = '{mark}', quote = '', escape = '', skip = 0, parallel = false, "
            f"buffer_size = {2 * _LONGEST}, max_line_size = {_LONGEST}, encoding = {_quoted(encoding)})"
        )
        rows = probe.rows(self.owner, SelectScan("", text), _LINES)
        lines = "".join(f"{line or ''}\n" for (line,) in rows)
        if encoding.lower() == "utf-16" and lines.startswith("\ufffe"):
            raise DataError(f"'{url}' is not little-endian UTF-16 with its mark (FF FE)", source=self.name)
        return io.BytesIO(lines.encode(encoding, "surrogateescape"))

    def digest(self, url: str, probe: Probe) -> str:
        """Let the engine hash the object, which is read whole."""
        text = f"SELECT sha256(content) FROM read_blob({_quoted(self.escaped(url))})"
        ((digest,),) = probe.rows(self.owner, SelectScan("", text), 1)
        return str(digest)

    def credentials(self) -> str:
        """Say whether the catalog or the environment gave the key."""
        return credentials.origin(self.owner, urls.scheme(self.root))


def _found(url: str, size: int, written: float | None, now: float) -> Found:
    tag = f"{url}:{size}:{written}"
    if written is None or now - written < SETTLED_SECONDS:
        tag += f":{time.monotonic_ns()}"
    return Found(url, size, written, tag)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
