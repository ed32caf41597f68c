"""Files of a web server: asked here for size, version and first bytes, read by the engine."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import IO, Any
from urllib.parse import quote, urlsplit

import pyarrow as pa

from cdi_federate.errors import UnavailableError
from cdi_federate.sources import credentials, urls
from cdi_federate.sources.files import COMPRESSED, Files, Found
from cdi_federate.stages.ports import Attachment, Probe

LOOK_SECONDS = 5.0
"""How long the answer to one small question may take."""


class WebFiles(Files):
    """Files below an `http(s)://` address. A web server does not list, so a mapping names one file."""

    local = False

    def url(self, relation: str) -> str:
        """Return the URL; raises `UnavailableError` where it leads out of the connection's, or has a wildcard."""
        return urls.whole(self.root, relation, self.name)

    def readable(self, url: str) -> str:
        """Return the URL itself: nothing beside it may be opened."""
        return url

    def escaped(self, url: str) -> str:
        """Return the URL as it is: it has no wildcards."""
        return url

    def given(self, attachment: Attachment) -> Attachment:
        """Add headers and timeout."""
        seconds = credentials.timeout(self.owner)
        scope = self.root if self.root.endswith("/") else self.root.removesuffix(self.root.rpartition("/")[2])
        secret = credentials.of_web(self.owner, self.root if scope.endswith("://") else scope)
        return replace(attachment, credential=secret, settings=credentials.settings(seconds), also={"httpfs": ""})

    def matched(self, pattern: str, probe: Probe | None) -> list[Found]:
        """Ask the server for the file's size and version, not for its bytes."""
        try:
            answer = self._asked(pattern, "HEAD")
        except urllib.error.HTTPError as error:
            if error.code not in (400, 403, 405, 501):  # there are servers that answer only GET
                raise self._refused(pattern, error.code) from None
            answer = self._open(pattern, {"Range": "bytes=0-0"})
        with answer:
            said = answer.headers
            ranged = str(said.get("Content-Range", "")).rpartition("/")[2]
            size = ranged if ranged.isdigit() else str(said.get("Content-Length", ""))
            written = None
            with contextlib.suppress(TypeError, ValueError):
                written = parsedate_to_datetime(said["Last-Modified"]).timestamp()
            version = said.get("ETag") or ""
        tag = f"{pattern}:{size}:{written}:{version}"
        if not version and written is None:
            tag += f":{time.monotonic_ns()}"  # nothing says whether it changed, so it is looked at each time
        return [Found(pattern, int(size) if size.isdigit() else -1, written, tag)]

    def opened(self, url: str, encoding: str, probe: Probe) -> IO[bytes]:
        """Begin to download the file; who closes it ends that."""
        raw = self.raw(url)
        path = urlsplit(url).path
        if path.endswith(COMPRESSED):
            kind = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}[path[path.rfind(".") :]]
            return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), kind)  # type: ignore[no-any-return]
        return raw

    def raw(self, url: str) -> IO[bytes]:
        """Begin to download the file."""
        return self._open(url, {})  # type: ignore[no-any-return]

    def credentials(self) -> str:
        """Say whether the catalog gave a header or a login."""
        return credentials.origin(self.owner, urls.scheme(self.root))

    def _open(self, url: str, more: dict[str, str]) -> Any:
        try:
            return self._asked(url, "GET", more)
        except urllib.error.HTTPError as error:
            raise self._refused(url, error.code) from None

    def _asked(self, url: str, method: str, more: dict[str, str] | None = None) -> Any:
        sent = {**credentials.headers(self.owner), **(more or {})}
        request = urllib.request.Request(quote(url, safe="%/:=&?~#+!$,;'@()*[]"), method=method, headers=sent)
        opener = urllib.request.build_opener(_SameHost(bool(credentials.headers(self.owner))))
        shown, seconds = urls.shown(url), min(LOOK_SECONDS, credentials.timeout(self.owner))
        try:
            return opener.open(request, timeout=seconds)
        except urllib.error.HTTPError:
            raise
        except _ElsewhereError as error:
            raise UnavailableError(
                f"'{shown}' sends its readers on to '{error}', which would get the connection's secrets",
                source=self.name,
                help="name that address in the catalog",
            ) from None
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
            raise UnavailableError(f"'{shown}': {_why(error, seconds)}", source=self.name) from None

    def _refused(self, url: str, code: int) -> UnavailableError:
        shown = urls.shown(url)
        if code in (404, 410):
            return UnavailableError(f"no file '{shown}' (HTTP {code})", source=self.name)
        if code in (401, 403, 407):
            kept = self.credentials()
            return UnavailableError(
                f"'{shown}' may not be read with these credentials (HTTP {code})",
                source=self.name,
                help="connection: {bearer_token: …}, {user: …, password: …} or {headers: {…}}"
                if kept[:4] == "none"
                else "",
            )
        return UnavailableError(f"'{shown}' cannot be read (HTTP {code})", source=self.name)


class _ElsewhereError(Exception):
    """A redirect to another host; its text is that host."""


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but carries no secret to another host."""

    def __init__(self, secret: bool) -> None:
        self.secret = secret

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """Refuse to leave the host with the connection's headers."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if self.secret and (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise _ElsewhereError(f"{new.scheme}://{new.hostname}")
        again = super().redirect_request(req, fp, code, msg, headers, newurl)
        if again is not None:
            again.method = req.get_method()
        return again


def _why(error: Exception, seconds: float) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"no answer within {seconds:g} s"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its certificate is not one that this machine trusts (TLS)"
    if isinstance(reason, ssl.SSLError):
        return "no secure connection could be made (TLS)"
    if isinstance(reason, ConnectionRefusedError):
        return "nothing listens there: the connection was refused"
    if isinstance(reason, OSError) and reason.errno is not None and reason.errno < 0:
        return "its host's name is not known"
    return "its server cannot be reached" if isinstance(reason, OSError) else "its server's answer cannot be read"
