"""A contender in a process of its own, told what to do through a pipe; what it cannot do is an answer too."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.cdi import answers, contenders
from benchmarks.cdi.places import Places
from benchmarks.cdi.questions import Question


class CannotError(Exception):
    """A contender cannot answer: it says so, or it ended or went on for too long."""


class Worker:
    """A contender's process, as the measurement sees it; begun anew when it was lost."""

    def __init__(self, who: str, places: Places, ports: dict[str, int], seconds: float) -> None:
        self.who = who
        self._begin = (who, places, ports)
        self._seconds = seconds
        self._process: Any = None

    def ready(self, question: Question) -> None:
        """Prepare a question; the commands after it mean that one."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, other = context.Pipe()
            self._process = context.Process(target=_work, args=(other, *self._begin), daemon=True)
            self._process.start()
            other.close()
        self._ask("ready", question)

    def answer(self) -> tuple[answers.Rows, float]:
        """Return the answer and the most memory (MB) that the process held while it was made."""
        return self._ask("answer")  # type: ignore[no-any-return]

    def run(self) -> float:
        """Run the question; returns seconds."""
        return self._ask("run")  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _ask(self, *words: Any) -> Any:
        try:
            self._pipe.send(words)
            if not self._pipe.poll(self._seconds):
                self.close()
                raise CannotError(f"no answer within {self._seconds:.0f} s")
            kind, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise CannotError("the process ended") from error
        if kind == "cannot":
            raise CannotError(value)
        return value


def _work(pipe: Connection, who: str, places: Places, ports: dict[str, int]) -> None:
    contender: contenders.Contender | None = None
    call: Callable[[], pa.Table] = pa.table
    while True:
        word, *rest = pipe.recv()
        try:
            if contender is None:
                contender = contenders.BY_NAME[who](places, ports)
            result: Any = None
            if word == "ready":
                call = contender.ready(rest[0])
            elif word == "answer":
                _forget_peak()
                table = call()
                peak = _peak()
                result = answers.rows(table), peak
            else:
                began = time.perf_counter()
                call()
                result = time.perf_counter() - began
            pipe.send(("done", result))
        except Exception as error:  # whatever it is, it is told in the report
            pipe.send(("cannot", f"{type(error).__name__}: {error}"))


def _forget_peak() -> None:
    """Let Linux begin the process's peak anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
