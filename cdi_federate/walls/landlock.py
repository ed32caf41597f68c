"""Landlock: a process gives up, for good and for its children, to open what it was not told it may (Linux 5.13 on).

There is no binding in Python's library; the three calls of the kernel have the same numbers on all of its machines.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from cdi_federate.errors import InvariantError

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38  # of prctl

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
"""Every right that each version of Landlock knows; from the fifth on one more."""

_BIND, _CONNECT = 1, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1, 1 << 1
_PATH, _PORT = 1, 2


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _UnderPath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def version() -> int:
    """Return the version of Landlock that the kernel has; 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def restrict(*, read: Iterable[str], listed: Iterable[str], write: Iterable[str], ports: Iterable[int] | None) -> None:
    """Give up all files but those: files and folders to `read`, folders to list names in, folders to `write` in.

    `ports` are those that TCP may connect to, None: any; no port is ever listened on. Paths that are not there are left
    out. It holds for this thread and what it starts, so there must be no other thread yet.

    Raises:
        InvariantError: there is another thread, or the kernel refuses.
    """
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 - names are counted only
        raise InvariantError("a process with several threads cannot be walled in")
    known = version()
    every = _ALL.get(known, (1 << 16) - 1)
    net = _BIND | (_CONNECT if ports is not None else 0) if known >= 4 else 0
    scoped = _ABSTRACT_SOCKETS | _SIGNALS if known >= 6 else 0
    attributes = _Ruleset(every, net, scoped)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _call(_CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for paths, rights in ((read, _READ), (listed, _READ_DIR), (write, every & ~_EXECUTE)):
            for path in paths:
                _allow(ruleset, path, rights & every)
        for port in (ports or ()) if net else ():
            rule = _Port(_CONNECT, port)
            _call(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PORT), ctypes.byref(rule), ctypes.c_uint32(0))
        if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise InvariantError("the kernel does not let this process give up its privileges")
        _call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _OF_FILES
        if rights:
            rule = _UnderPath(rights, handle)
            _call(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(handle)


def _call(number: int, *arguments: object) -> int:
    found = int(_libc().syscall(number, *arguments))
    if found < 0:
        raise InvariantError(f"the kernel refuses to wall this process in: {os.strerror(ctypes.get_errno())}")
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def system_paths(package: Path) -> tuple[str, ...]:
    """Return what Python and its libraries read while they run: nothing of it is anybody's data."""
    import sysconfig

    found = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(package)}
    libraries = (
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/lib",
        "/lib64",
        "/usr/share/zoneinfo",
        "/etc/ssl",
        "/etc/pki",
    )
    names = ("ld.so.cache", "localtime", "nsswitch.conf", "resolv.conf", "hosts", "host.conf", "gai.conf", "services")
    devices = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
    machine = (
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/self/cgroup",
        "/sys/devices/system/cpu",
        "/sys/fs/cgroup",
        "/usr/share/ca-certificates",
    )
    return (*sorted(found - {"/"}), *libraries, *(f"/etc/{name}" for name in names), *devices, *machine)
