"""URLs of files: which scheme, where a folder ends, what a pattern names, and what may not stand in one."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from cdi_federate.config.secret import names_a_secret
from cdi_federate.errors import UnavailableError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)(?:::[^/]*)?://")
_WILD = "*["
_SIGNED = re.compile(r"(?i)sig$|signature|^key$|auth")

WEB = frozenset({"http", "https"})
S3 = frozenset({"s3", "s3a", "s3n"})
GCS = frozenset({"gs", "gcs"})
AZURE = frozenset({"az", "azure", "abfss"})


def scheme(path: str) -> str:
    """Return a URL's scheme in small letters; empty for a path of this machine (`file://` is one)."""
    found = _SCHEME.match(path)
    name = found[1].lower() if found else ""
    return "" if name == "file" else name


def local(path: str) -> str:
    """Return the path that a `file://` URL names, and any other path as it is."""
    return unquote(urlsplit(path).path) if _SCHEME.match(path) and not scheme(path) else path


def whole(root: str, relation: str, source: str) -> str:
    """Return a mapping's path as a URL below the connection's; raises `UnavailableError` where it may not be read.

    A mapping may also name the whole URL. Where the connection names one file, `from` is that file's name.
    """
    base = root.rstrip("/") if not root.endswith("://") else root
    if scheme(relation):
        url = relation
    elif relation in ("", ".") or (relation == posixpath.basename(base) and "." in relation):
        url = base
    else:
        url = f"{base}/{relation}" if not base.endswith("://") else f"{base}{relation}"
    _check(url, source)
    folder = base if base.endswith("://") else f"{base}/"
    if url != base and not url.startswith(folder):
        raise UnavailableError(f"'{relation}' leads out of the source's folder '{shown(root)}'", source=source)
    return url


def _check(url: str, source: str) -> None:
    kind, rest = scheme(url), url.partition("://")[2]
    if "::" in url:
        raise UnavailableError(
            f"'{shown(url)}': chained URLs are not read", source=source, help="some of them keep copies of files"
        )
    path, _, query = rest.partition("?")
    if {"..", "."} & set(re.split(r"[/\\]", unquote(path))):
        raise UnavailableError(f"'{shown(url)}' has '.' or '..' among its folders", source=source)
    if "@" in path.partition("/")[0] and kind not in AZURE:
        raise UnavailableError(
            f"'{shown(url)}' holds a login", source=source, help="connection: {user: …, password: …}"
        )
    if query and kind not in WEB:
        raise UnavailableError(f"'{shown(url)}': '?' is no wildcard in a URL", source=source, help="use * or [ab]")
    if any(names_a_secret(key) or _SIGNED.search(key) for key, _ in parse_qsl(query, keep_blank_values=True)):
        raise UnavailableError(
            f"'{shown(url)}' carries a secret in its query, where plans and errors would show it",
            source=source,
            help="connection: {bearer_token: …} or {headers: {…}}",
        )
    if kind in WEB and is_glob(path):
        raise UnavailableError(
            f"'{shown(url)}': a web server does not list its files, so there are no wildcards",
            source=source,
            help="give each file its own mapping",
        )


def shown(url: str) -> str:
    """Return a URL as a message may show it: without a login and a query."""
    return re.sub(r"(?<=://)[^/@]*@", "", url.partition("?")[0])


def is_glob(url: str) -> bool:
    """Whether a URL has wildcards; `?` is none."""
    return any(sign in url for sign in _WILD)


def folder(url: str) -> str:
    """Return the folder, with its slash, in which everything stands that a pattern may name."""
    head = url[: min((at for at in map(url.find, _WILD) if at >= 0), default=len(url))]
    return head[: head.rfind("/") + 1]


def escaped(url: str) -> str:
    """Return a URL in which no character is a wildcard."""
    return re.sub(r"[*\[]", r"[\g<0>]", url)


def unescaped(url: str) -> str:
    """Return the URL that an escaped one names."""
    return re.sub(r"\[([*\[])\]", r"\1", url)
