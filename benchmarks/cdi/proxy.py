"""A TCP proxy before the servers, in a process of its own: adds latency, and counts what the servers send.

    python -m benchmarks.cdi.proxy NAME=HOST:PORT …     prints its ports as JSON, then obeys lines on standard input:

delay MILLISECONDS   each byte comes half of that later, either way: a round trip takes so much longer
watch                keep what servers send from now on
told                 print what was sent since `watch`, by server: bytes, rows and round trips; keep no more

The network is as wide with latency as without: a chunk does not wait for the one before it.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.cdi.wire import ROWS

CHUNK = 1 << 18


@dataclass
class _State:
    delay: float = 0.0
    watched: bool = False
    streams: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    trips: dict[str, int] = field(default_factory=dict)


def _read(state: _State, name: str, at: int, source: socket.socket, later: queue.SimpleQueue, server: bool) -> None:  # type: ignore[type-arg]
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            if state.watched and server:
                state.bytes[name] = state.bytes.get(name, 0) + len(data)
                state.streams.setdefault((name, at), []).append(data)
            elif state.watched:
                state.trips[name] = state.trips.get(name, 0) + 1
            later.put((time.perf_counter() + state.delay, data))
    later.put((0.0, b""))


def _write(target: socket.socket, later: queue.SimpleQueue) -> None:  # type: ignore[type-arg]
    with contextlib.suppress(OSError):
        while True:
            due, data = later.get()
            if not data:
                break
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _serve(state: _State, name: str, listener: socket.socket, host: str, port: int) -> None:
    count = 0
    while True:
        client, _ = listener.accept()
        count += 1
        server = socket.create_connection((host, port))
        for one, other, from_server in ((client, server, False), (server, client, True)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            later: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
            threading.Thread(target=_read, args=(state, name, count, one, later, from_server), daemon=True).start()
            threading.Thread(target=_write, args=(other, later), daemon=True).start()


def main(*targets: str) -> None:
    """Obey until standard input ends."""
    state, ports = _State(), {}
    for target in targets:
        name, _, address = target.partition("=")
        host, _, port = address.rpartition(":")
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        ports[name] = listener.getsockname()[1]
        threading.Thread(target=_serve, args=(state, name, listener, host, int(port)), daemon=True).start()
    print(json.dumps(ports), flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        answer: object = None
        if word == "delay":
            state.delay = float(rest[0]) / 2000
        elif word == "watch":
            state.streams, state.bytes, state.trips, state.watched = {}, {}, {}, True
        elif word == "told":
            state.watched = False
            rows = dict.fromkeys(ports, 0)
            for (name, _), chunks in state.streams.items():
                rows[name] += ROWS[name](b"".join(chunks))
            answer = {
                name: {"bytes": state.bytes.get(name, 0), "rows": rows[name], "trips": state.trips.get(name, 0)}
                for name in ports
            }
            state.streams = {}
        print(json.dumps(answer), flush=True)


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs; `ports` is where it listens on 127.0.0.1, by the server's name."""

    process: subprocess.Popen[str]
    ports: dict[str, int]

    def tell(self, words: str) -> dict[str, dict[str, int]]:
        """Give a command; returns its answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]


@contextmanager
def proxy(**targets: tuple[str, int]) -> Iterator[Proxy]:
    """Run a proxy before servers, each a host and a port."""
    words = [f"{name}={host}:{port}" for name, (host, port) in targets.items()]
    command = [sys.executable, "-m", "benchmarks.cdi.proxy", *words]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield Proxy(process, json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
