"""Stores and web servers for tests, run here: moto as S3 and Google's, azurite as Azure's, a web server with ranges.

Each counts what it is asked and how many bytes it sends.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KEY, SECRET = "AKIACANARYKEYID", "canary-secret-of-the-store"

AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key that every azurite has."""

AZURITE = "azurite@3.35.0"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its method, its path with the query, the range, and how many bytes were sent."""

    method: str
    path: str
    span: str
    sent: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Store:
    """An S3 server in this process."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, path: str) -> dict[str, str]:
        """Return what stands under `connection:` in a catalog."""
        return {"path": path, "region": "us-east-1", "key_id": KEY, "secret": SECRET, "endpoint": self.endpoint}

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )

    def put(self, bucket: str, objects: dict[str, bytes]) -> None:
        client = self.client()
        client.create_bucket(Bucket=bucket)
        for key, data in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=data)
        self.asked.clear()

    def read(self) -> list[Asked]:
        """Return the requests for objects' bytes since the last look, and forget them."""
        found = [asked for asked in self.asked if asked.method == "GET" and "list-type" not in asked.path]
        self.asked.clear()
        return found

    def strict(self, is_on: bool) -> None:
        """Check keys from now on, or do not."""
        data = b"0" if is_on else b"inf"
        where, plain = f"{self.endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(where, data, plain), timeout=5).close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None: ...


@contextmanager
def s3() -> Iterator[Store]:
    """Run an S3 server that counts."""
    store = Store(0)
    inner = DomainDispatcherApplication(create_backend_app)

    def counting(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = b"".join(inner(environ, start))
        query = environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        store.asked.append(Asked(environ["REQUEST_METHOD"], path, environ.get("HTTP_RANGE", ""), len(body)))
        return [body]

    server = make_server("127.0.0.1", 0, counting, threaded=True, request_handler=_Quiet)
    store.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class Web:
    """A web server in this process. `files` are by path; what it does otherwise is set by the fields."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    written: float = 1_700_000_000.0
    validators: tuple[str, ...] = ("ETag", "Last-Modified")
    login: str = ""
    answer: tuple[int, dict[str, str], bytes] | None = None
    head: bool = True
    lies: int = 0
    silent: float = 0.0
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web() -> Iterator[Web]:
    """Run a web server that knows ranges."""
    site = Web()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *given: Any) -> None: ...

        def do_HEAD(self) -> None:
            self.respond(is_head=True)

        def do_GET(self) -> None:
            self.respond(is_head=False)

        def respond(self, *, is_head: bool) -> None:
            if site.silent:
                time.sleep(site.silent)
            code, headers, body = self.found(is_head)
            sent = b"" if is_head else body
            span = self.headers.get("Range", "")
            site.asked.append(Asked(self.command, self.path, span, len(sent), dict(self.headers)))
            self.send_response(code)
            said = str(len(body) + (site.lies if is_head else 0))
            for name, value in {"Content-Length": said, **headers}.items():
                self.send_header(name, value)
            with contextlib.suppress(ConnectionError):  # who asked may have given up
                self.end_headers()
                self.wfile.write(sent)

        def found(self, is_head: bool) -> tuple[int, dict[str, str], bytes]:
            if site.answer is not None:
                return site.answer
            if site.login and self.headers.get("Authorization") != site.login:
                return 401, {}, b""
            if is_head and not site.head:
                return 405, {}, b""
            data = site.files.get(self.path.partition("?")[0])
            if data is None:
                return 404, {}, b"canary@example.com is not here"
            known = {"ETag": f'"{hash(data)}"', "Last-Modified": formatdate(site.written, usegmt=True)}
            headers = {"Accept-Ranges": "bytes"} | {name: known[name] for name in site.validators}
            span = self.headers.get("Range", "").removeprefix("bytes=")
            if not span or site.lies:
                return 200, headers, data
            first, _, last = span.partition("-")
            part = data[int(first) : int(last) + 1 if last else None]
            return 206, {**headers, "Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"}, part

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def azure() -> Iterator[str]:
    """Run azurite; gives its connection string. Skips the test where Node.js or the package cannot be had."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = _azurite()
    quiet = {**os.environ, "APPLICATION_INSIGHTS_NO_STATSBEAT": "true"}
    options = [
        "--silent",
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--blobPort",
        str(port),
    ]
    process = subprocess.Popen(
        [*program, *options], env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        _until_open(port, process)
        yield (
            f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={AZURE_KEY};"
            f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
        )
    finally:
        process.terminate()
        process.wait(10)


def _azurite() -> list[str]:
    """Return how azurite is called: one that is installed, or the one kept in this environment."""
    installed = shutil.which("azurite-blob")
    if installed:
        return [installed]
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("there is no azurite-blob, and no Node.js with npm to install it")
    kept = Path(sys.prefix) / "azurite"
    script = kept / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    done = kept / "done"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be at it
        if not done.is_file():
            _install(kept, npm)
    if not script.is_file():
        pytest.skip(f"npm could not install {AZURITE}")
    return [node, str(script)]


def _install(kept: Path, npm: str) -> None:
    (kept / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
    install = [npm, "install", "--no-audit", "--no-fund", "--no-save", "--omit=optional", "--ignore-scripts"]
    cache = kept / "cache"
    found = subprocess.run([*install, "--cache", str(cache), AZURITE], cwd=kept, capture_output=True, check=False)
    shutil.rmtree(cache, ignore_errors=True)
    if not found.returncode:
        (kept / "done").touch()


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("azurite did not start")
