"""Files of any other system that fsspec knows (`sftp://`, `memory://`, …), mounted into the engine, read-only.

fsspec's own caches are switched off: the usual one reads more bytes than a whole scan needs, and a listing that is kept
hides what was written since. Each source has a scheme of its own in the engine (`sftp+hr`), so that two hosts are never
taken for one another, and the engine's lock knows them apart.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import IO, Any

import fsspec
import pyarrow as pa
from fsspec.caching import BaseCache
from fsspec.spec import AbstractBufferedFile

from cdi_federate.errors import MissingExtraError, UnavailableError, nearest
from cdi_federate.sources import urls
from cdi_federate.sources.files import COMPRESSED, Files, Found
from cdi_federate.stages.ports import Attachment, Probe

_TOLD = {"user": "username", "password": "password", "port": "port"}
"""Keys of the connection → what fsspec's file systems call them."""


class Mount(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A file system under a scheme of its own, for reading only, with nothing kept of a file or a folder."""

    cachable = False

    def __init__(self, inner: Any, scheme: str, protocol: str) -> None:
        super().__init__(skip_instance_cache=True, use_listings_cache=False)
        self.inner, self.scheme, self.protocol = inner, scheme, protocol

    def inside(self, path: str) -> str:
        """Return what the inner file system calls a path."""
        rest = path.partition("://")[2] if "://" in path else path
        return str(self.inner._strip_protocol(f"{self.scheme}://{rest}"))

    def outside(self, name: str, like: str) -> str:
        """Return a name of the inner file system as a URL of this one; `like` is a URL whose beginning it shares."""
        start = urls.folder(like)
        return start + name.removeprefix(self.inside(start.rstrip("/"))).lstrip("/")

    def glob(self, path: str, maxdepth: int | None = None, **kwargs: Any) -> list[str]:
        """List what matches."""
        self.inner.invalidate_cache()
        names = self.inner.glob(self.inside(path), maxdepth=maxdepth)
        return sorted(self.outside(str(name), path) for name in names if not self.inner.isdir(name))

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Return what is known of a file."""
        return dict(self.inner.info(self.inside(path)))

    def exists(self, path: str, **kwargs: Any) -> bool:
        """Whether there is such a file."""
        return bool(self.inner.exists(self.inside(path)))

    def isfile(self, path: str) -> bool:
        """Whether it is a file and no folder."""
        return bool(self.inner.isfile(self.inside(path)))

    def isdir(self, path: str) -> bool:
        """Whether it is a folder."""
        return bool(self.inner.isdir(self.inside(path)))

    def modified(self, path: str) -> datetime:
        """Return when a file was written: never the same twice, so that the engine keeps nothing of it."""
        return datetime.now()

    def open(self, path: str, mode: str = "rb", *args: Any, **kwargs: Any) -> Any:
        """Open a file for reading; raises `PermissionError` for anything else."""
        if mode not in ("r", "rb"):
            raise PermissionError("a source is only read")
        file = self.inner.open(self.inside(path), "rb")
        if isinstance(file, AbstractBufferedFile):
            file.cache = BaseCache(file.blocksize, file._fetch_range, file.size)
        return file


class MountedFiles(Files):
    """Files below a URL of one of fsspec's file systems."""

    local = False

    def __init__(self, owner: Any, root: str) -> None:
        super().__init__(owner, root)
        self._mount: Mount | None = None

    @property
    def mount(self) -> Mount:
        """The file system, made when it is first needed; raises a `SourceError`."""
        if self._mount is None:
            self._mount = self._made()
        return self._mount

    def _made(self) -> Mount:
        kind = urls.scheme(self.root)
        try:
            class_ = fsspec.get_filesystem_class(kind)
            told = {**class_._get_kwargs_from_urls(self.root), **_given(self.owner)}
            inner = class_(**told, skip_instance_cache=True, use_listings_cache=False)
        except ImportError as error:
            raise MissingExtraError(
                f"'{kind}://' is read by a package that is not installed", source=self.name, help=_only_pip(str(error))
            ) from None
        except ValueError:
            raise UnavailableError(
                f"'{kind}://' is no address that can be read",
                source=self.name,
                candidates=nearest(kind, ("s3", "gs", "az", "https", *fsspec.available_protocols())),
            ) from None
        except Exception as error:
            raise self._failed(self.root, error) from None
        return Mount(inner, kind, f"{kind}+{self.name}")

    def url(self, relation: str) -> str:
        """Return the URL under the source's own scheme."""
        found = urls.whole(self.root, relation, self.name)
        return f"{urls.scheme(self.root)}+{self.name}://{found.partition('://')[2]}"

    def readable(self, url: str) -> str:
        """Return the file, or the folder before the first wildcard."""
        return urls.folder(url) if urls.is_glob(url) else url

    def escaped(self, url: str) -> str:
        """Return the URL with its wildcards escaped."""
        return urls.escaped(url)

    def given(self, attachment: Attachment) -> Attachment:
        """Mount the file system."""
        return replace(attachment, filesystems={self.mount.protocol: self.mount})

    def matched(self, pattern: str, probe: Probe | None) -> list[Found]:
        """List what there is; sizes, times and versions are whatever the file system says."""
        mount = self.mount
        try:
            names = mount.glob(pattern) if urls.is_glob(pattern) else [pattern] if mount.isfile(pattern) else []
            if not names:
                raise self._missing(pattern)
            return [_found(name, mount.info(name)) for name in names]
        except UnavailableError:
            raise
        except Exception as error:
            raise self._failed(pattern, error) from None

    def _missing(self, pattern: str) -> UnavailableError:
        place = urls.folder(pattern)
        names = [name.removeprefix(place) for name in self.mount.glob(f"{place}*")]
        guess = nearest(pattern.removeprefix(place), names)
        held = f"'{self._shown(place)}' holds {', '.join(names[:8])}" if names and not guess else ""
        return UnavailableError(f"no file '{self._shown(pattern)}'", source=self.name, candidates=guess, help=held)

    def opened(self, url: str, encoding: str, probe: Probe) -> IO[bytes]:
        """Open the file."""
        raw = self.raw(url)
        if url.endswith(COMPRESSED):
            kind = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}[url[url.rfind(".") :]]
            return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), kind)  # type: ignore[no-any-return]
        return raw

    def raw(self, url: str) -> IO[bytes]:
        """Open the file."""
        try:
            return self.mount.open(url)  # type: ignore[no-any-return]
        except Exception as error:
            raise self._failed(url, error) from None

    def credentials(self) -> str:
        """Say whether the catalog gave a login."""
        return "from the catalog" if _given(self.owner) else "none in the catalog"

    def _shown(self, url: str) -> str:
        return urls.shown(url.replace(f"+{self.name}://", "://", 1))

    def _failed(self, url: str, error: Exception) -> UnavailableError:
        """Return an error that names the place and repeats nothing of what the file system said."""
        why = {
            "FileNotFoundError": "it is not there",
            "PermissionError": "it may not be read by this user",
            "ConnectionRefusedError": "the connection was refused",
            "TimeoutError": "no answer in time",
            "AuthenticationException": "the login was refused",
            "gaierror": "its host's name is not known",
        }.get(type(error).__name__, f"it cannot be read ({type(error).__name__})")
        return UnavailableError(f"'{self._shown(url)}': {why}", source=self.name)


def _given(owner: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: owner.connection(key) for key, name in _TOLD.items() if owner.connection(key)}
    if "port" in found:
        found["port"] = int(found["port"])
    return found


def _only_pip(text: str) -> str:
    """Return what fsspec advises to install, which is all of its text."""
    return text if len(text) < 200 and "\n" not in text else ""


def _found(url: str, info: Mapping[str, Any]) -> Found:
    written = next(
        (info[key] for key in ("mtime", "modified", "LastModified", "last_modified", "created") if info.get(key)), None
    )
    seconds = None
    with contextlib.suppress(TypeError, ValueError, AttributeError):
        seconds = written.timestamp() if hasattr(written, "timestamp") else float(written)  # type: ignore[union-attr, arg-type]
    size = info.get("size")
    tag = f"{url}:" + repr(sorted((key, str(value)) for key, value in info.items()))
    return Found(url, size if isinstance(size, int) else -1, seconds, tag)
