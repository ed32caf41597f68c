"""A TCP proxy that breaks connections on demand, in a process of its own, so that it goes on whatever the tests do.

    python -m tests.faults.proxy HOST PORT        prints its own port, then obeys lines on standard input:

    pass            forward what comes (at first)
    hold [N]        forward no more, neither way and for nobody, after N more bytes from the server (0): a blackhole
    reset [N]       break every connection by RST, after N more bytes from the server (0); new ones are forwarded
    refuse          close the door: new connections are refused
    count           print how many connections were taken so far
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class _State:
    def __init__(self) -> None:
        self.mode, self.left, self.count = "pass", 0, 0
        self.pairs: list[tuple[socket.socket, socket.socket]] = []


def _pump(state: _State, one: socket.socket, other: socket.socket, *, from_server: bool) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(4096):
            if from_server and state.mode != "pass":
                state.left -= len(data)
                if state.left < 0 and state.mode == "reset":
                    _break(state)
            while state.mode == "hold" and state.left <= 0:
                time.sleep(0.02)
            other.sendall(data)
    for each in (one, other):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _break(state: _State) -> None:
    state.mode = "pass"
    pairs, state.pairs = state.pairs, []
    for client, server in pairs:
        with contextlib.suppress(OSError):
            # Linger 0 sends RST once the last handle is closed; a thread that waits for bytes holds one.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handle = client.detach()
            with socket.socket(fileno=os.dup(handle)) as woken:
                woken.shutdown(socket.SHUT_RD)
            os.close(handle)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _serve(state: _State, listener: socket.socket, host: str, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            state.count += 1
            server = socket.create_connection((host, port))
            state.pairs.append((client, server))
            for one, other, way in ((client, server, False), (server, client, True)):
                threading.Thread(target=_pump, args=(state, one, other), kwargs={"from_server": way}, daemon=True).start()


def main(host: str, port: int) -> None:
    """Obey until standard input ends."""
    state = _State()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(state, listener, host, port), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        if word in ("hold", "reset", "pass"):
            state.left = int(rest[0]) if rest else 0
            state.mode = word
            if word == "reset" and not state.left:
                _break(state)
        elif word == "refuse":
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        print(state.count, flush=True)


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs; `port` is where it listens on 127.0.0.1."""

    process: subprocess.Popen[str]
    port: int

    def tell(self, words: str) -> int:
        """Give a command; returns how many connections were taken so far."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """Run a proxy before a server."""
    words = [sys.executable, "-m", "tests.faults.proxy", host, str(port)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield Proxy(process, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
