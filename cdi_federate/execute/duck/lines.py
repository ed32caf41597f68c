"""The connections of a running query to its servers, as the operating system sees them.

The engine waits for a server for ever: an interrupt does not reach a thread that waits for bytes. A server that is
frozen, or a network that swallows packets, never sends any. Shutting the socket ends the wait at once, and the engine's
pool takes a new connection for the next query.

A socket is found by the address at its other end, and only one that has been silent is shut: what another query of
this process is receiving just now is left alone. Linux tells how long a socket has been silent; elsewhere every
connection to that server counts as silent.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cdi_federate.stages.ports import Attachment

PORTS = {"postgres": 5432, "mysql": 3306}
"""Type of a credential → the port where its server listens unless it is told otherwise."""

_MARGIN = 1.0
"""Seconds that a server gets beyond its timeout, to say by itself that a statement took too long."""


class Lines:
    """What a query holds to the servers of its attachments; `given_up` are the sources whose silence was too long."""

    def __init__(self, attachments: Mapping[str, Attachment]) -> None:
        self._servers = {
            name: each for name, each in attachments.items() if each.credential and each.credential.type in PORTS
        }
        self._timeouts = {name: each.timeout for name, each in self._servers.items() if each.timeout > 0}
        self._began = time.monotonic()
        self.given_up: dict[str, float] = {}

    def look(self) -> None:
        """Give up the sources that owe an answer and have been silent for longer than their timeout."""
        age = time.monotonic() - self._began
        for name, seconds in self._timeouts.items():
            if age > seconds + _MARGIN and shut(self._servers[name], silent=seconds + _MARGIN, asked_within=age):
                self.given_up[name] = seconds

    def cut(self, silent: float) -> None:
        """Shut what has been silent for some seconds, to every server of the query."""
        for attachment in self._servers.values():
            shut(attachment, silent=silent, asked_within=time.monotonic() - self._began)

    def __bool__(self) -> bool:
        """Whether there is any server."""
        return bool(self._servers)


def shut(attachment: Attachment, *, silent: float, asked_within: float) -> int:
    """Shut this process's connections to a server that were asked something and do not answer; return how many.

    A connection counts if it was last sent something between `silent` and `asked_within` seconds ago, has received
    nothing for `silent` seconds, and holds nothing that has not been read yet.
    """
    wanted = _addresses(attachment)
    count = 0
    for one in _sockets():
        with one:
            if _peer(one) in wanted and _is_silent(one, silent, asked_within):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # its other end was faster
                count += 1
    return count


def _addresses(attachment: Attachment) -> frozenset[Any]:
    """Return what `getpeername` says of connections to a server: (host, port), or the path of a local socket."""
    credential = attachment.credential
    assert credential is not None, "a server is logged in to"
    values = {key.lower(): str(value) for key, value in credential.values.items()}
    port = int(values.get("port") or PORTS.get(credential.type, 0))
    found: set[Any] = set()
    if values.get("socket"):
        found.add(values["socket"])
    for host in (values.get("host") or "127.0.0.1").split(","):
        if host.startswith("/"):
            found.add(f"{host}/.s.PGSQL.{port}")
            continue
        try:
            found |= {info[4][:2] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError:
            continue
    return frozenset(found)


def _sockets() -> Iterator[socket.socket]:
    """Yield a second handle of every socket of this process, so that none is closed or taken over meanwhile."""
    for number in _descriptors():
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            copy = os.dup(number)
        except OSError:
            continue
        try:
            yield socket.socket(fileno=copy)
        except OSError:
            os.close(copy)


def _descriptors() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [int(path.name) for path in Path(folder).iterdir()]
        except OSError:
            continue
    return list(range(3, 4096))


def _peer(one: socket.socket) -> Any:
    try:
        peer = one.getpeername()
    except OSError:
        return None
    if not isinstance(peer, tuple):
        return peer
    host = str(peer[0])
    return (host.removeprefix("::ffff:") if "." in host else host, peer[1])


_SENT, _RECEIVED = 44, 52
"""Where Linux's `struct tcp_info` holds the milliseconds since data was last sent, and last received."""


def _is_silent(one: socket.socket, silent: float, asked_within: float) -> bool:
    try:
        one.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return False  # there is something to read, or its end, which its owner will see
    except BlockingIOError:
        pass
    except OSError:
        return False
    if not sys.platform.startswith("linux") or one.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    sent, received = (struct.unpack_from("I", info, at)[0] / 1000 for at in (_SENT, _RECEIVED))
    return bool(received >= silent and silent <= sent <= asked_within + 0.5)
