"""The sandbox's process as its parent sees it: started, asked one question at a time, and killed after the deadline."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import ExecutionError, Interrupted, InvariantError, UsageError
from cdi_federate.execute.duck import spill
from cdi_federate.federation.sandbox.message import raised, unpacked
from cdi_federate.federation.sandbox.reach import Reach
from cdi_federate.walls import landlock
from cdi_federate.walls.frames import Ended, Receiver, Sender, TimeOver

START_SECONDS = 30.0
"""How long a process may take until it can be asked."""

GRACE_SECONDS = 2.0
"""Seconds after the deadline in which a process may still end its query itself; then it is killed."""

MEMORY_LIMIT = "2GB"
"""What DuckDB may hold before it spills, where nobody says otherwise."""

_OVERHEAD = 4 << 30
"""Bytes of address space beyond DuckDB's twofold limit: libraries, stacks of threads, the answer's batches."""

_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

PLACES = "CDI_SANDBOX_PLACES"
"""The variable that tells the process where packages stand."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a process is opened with: a catalog, whose `path` it reads again; `role`, `purpose`: where none is said."""

    path: str
    target: str
    memory_limit: str
    user: str = ""
    role: str = ""
    purpose: str = ""

    @property
    def address_space(self) -> int:
        """Bytes that the process may map."""
        number = float(self.memory_limit.rstrip("iBbKMGTkmgt ") or 0)
        unit = next((letter for letter in self.memory_limit.upper() if letter in _UNITS), "G")
        return int(number * _UNITS[unit]) * 2 + _OVERHEAD


class Worker:
    """One process. `is_alive` once it can be asked; `reach` is what it may open."""

    def __init__(self, opening: Opening, catalog: Catalog, reach: Reach) -> None:
        self.reach = reach
        folder = spill.folder()  # which is swept, should this process be killed
        package = Path(__file__).parents[2]
        places = dict.fromkeys([str(package.parent), *(p for p in sys.path if p and Path(p).is_absolute())])
        more = {PLACES: os.pathsep.join(places), "LOGNAME": opening.user, "PYTHONDONTWRITEBYTECODE": "1"}
        boot = package / "federation" / "sandbox" / "boot.py"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", str(boot)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("CDI_DEBUG") else subprocess.DEVNULL,
            env={**os.environ, **more},
            start_new_session=True,  # Ctrl-C is for the parent, which stops the query in order
        )
        assert self._process.stdin and self._process.stdout
        self.kill = weakref.finalize(self, _ended, self._process, folder)
        """Ends the process and removes what it spilled; once, and at the latest when this process ends."""
        self._send = Sender(self._process.stdin.fileno())
        self._receive = Receiver(self._process.stdout.fileno())
        said = {
            "path": opening.path, "target": opening.target, "version": catalog.version, "package": str(package),
            "memory": opening.address_space, "memory_limit": opening.memory_limit, "folder": str(folder),
            "role": opening.role, "purpose": opening.purpose, "walled": landlock.version() > 0,
            "read": reach.read, "listed": reach.listed, "ports": reach.ports,
        }  # fmt: skip
        try:
            self._send(b"P", pickle.dumps(said))
            self._ready()
        except BaseException:
            self.kill()
            raise

    @property
    def process(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked: it runs, and has nothing to say about what it was not asked."""
        stdout = self._process.stdout
        if self._process.poll() is not None or stdout is None or stdout.closed:
            return False
        return not select.select([stdout], [], [], 0)[0]

    def _ready(self) -> None:
        left = START_SECONDS
        try:
            kind, raw = self._receive(lambda: left - self._receive.waited)
        except TimeOver:
            raise InvariantError("the sandbox's process did not start in time") from None
        except Ended:
            raise InvariantError("the sandbox's process did not start: CDI_DEBUG=1 shows why") from None
        if kind == b"E":
            raise UsageError(f"the sandbox cannot be opened: {raw.decode(errors='replace')}")

    def ask(
        self, question: Mapping[str, Any], *, seconds: float, written: Callable[[Mapping[str, Any], bool], str]
    ) -> Iterator[dict[str, Any] | bytes]:
        """Ask, and yield what is said: messages, and bytes of an Arrow stream. The last message ends it.

        `written` writes a line of the audit log and returns why it could not. After `seconds` of waiting, and a grace,
        the process is killed. So it is where who reads stops before the end.

        Raises:
            CdiError: what went wrong there; `Interrupted` after the deadline; `ExecutionError` where the process died.
        """
        self._receive.waited = 0.0
        is_over = False
        try:
            self._send(b"Q", pickle.dumps(dict(question)))
            while not is_over:
                kind, raw = self._receive(lambda: seconds + GRACE_SECONDS - self._receive.waited)
                if kind == b"B":
                    yield raw
                    continue
                said = unpacked(raw)
                if "audit" in said:
                    self._send(b"A", written(said["audit"], bool(said.get("forced", True))).encode())
                    continue
                is_over = "event" not in said
                if "error" in said:
                    raise raised(said["error"])
                yield said
        except TimeOver:
            raise Interrupted(f"the query took longer than its {seconds:g} s, and its process was killed") from None
        except Ended:
            raise self._died() from None
        finally:
            if not is_over:
                self._stop()

    def cancel(self) -> None:
        """Ask it to stop its query; may be called from any thread."""
        with suppress(Ended):
            self._send(b"C", b"")

    def _stop(self) -> None:
        """Let it stop its query at the sources for a moment, then kill it: it may hold an answer of nobody's."""
        if self._process.poll() is None:
            self.cancel()
            handle = self._process.stdout
            assert handle is not None
            with suppress(Ended, TimeOver, OSError, ValueError):
                self._receive.waited = 0.0
                while select.select([handle], [], [], GRACE_SECONDS)[0]:
                    kind, raw = self._receive(lambda: GRACE_SECONDS - self._receive.waited)
                    if kind == b"J" and ("error" in (said := unpacked(raw)) or "end" in said):
                        break
                    if kind == b"J" and "audit" in said:
                        self._send(b"A", b"the query was stopped")
        self.kill()

    def _died(self) -> ExecutionError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        why = signal.Signals(-code).name if code is not None and code < 0 else "without a word"
        return ExecutionError(
            f"the sandbox's process ended ({why})",
            help="Most likely the query needed more memory than it may have: --memory-limit allows more.",
        )


def _ended(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    spill.remove(folder)
