"""The measurement: every contender answers every question; then they run in turn, the delays one after the other."""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.cdi import answers
from benchmarks.cdi.contenders import BY_NAME
from benchmarks.cdi.places import Places
from benchmarks.cdi.proxy import Proxy, proxy
from benchmarks.cdi.questions import Question
from benchmarks.cdi.reference import Reference
from benchmarks.cdi.worker import CannotError, Worker


@dataclass
class Measured:
    """What was seen of one contender and one question.

    `verdict` is `right`, `wrong`, or why there is no answer. `fetched` is by server: bytes, rows and round trips of one
    run; `seconds` the runs by latency in ms; `peak` in MB.
    """

    question: str
    group: str
    contender: str
    verdict: str
    fetched: dict[str, dict[str, int]] = field(default_factory=dict)
    peak: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def median(self, latency: str) -> float | None:
        """Return the median seconds at a latency, or None where there is no answer."""
        return statistics.median(self.seconds[latency]) if self.seconds.get(latency) else None

    @property
    def rows(self) -> int:
        """Rows that both servers sent."""
        return sum(each["rows"] for each in self.fetched.values())


@dataclass(frozen=True)
class Plan:
    """How the measurement goes: contenders, latencies in ms, runs, and when to stop early.

    A contender that has used `patience` seconds for a question at one latency runs no more of it, but `least` times.
    """

    contenders: Sequence[str]
    latencies: Sequence[float]
    runs: int = 9
    patience: float = 20.0
    least: int = 3
    limit: float = 120.0


def measure(places: Places, questions: Sequence[Question], plan: Plan) -> Iterator[list[Measured]]:
    """Measure question by question: each gives what was seen of every contender, and is told on stderr."""
    reference = Reference(places)
    postgres, mysql = places.postgres, places.mysql
    servers = {"postgres": (postgres.host, postgres.port), "mysql": (mysql.host, mysql.port)}
    with proxy(**servers) as net, _workers(places, net, plan) as workers:
        for question in questions:
            wanted = answers.rows(reference.rows(question.unlimited if question.any_rows else question.text))
            seen = [_answered(worker, question, wanted, net) for worker in workers]
            running = [(worker, each) for worker, each in zip(workers, seen, strict=True) if each.fetched]
            for latency in plan.latencies:
                net.tell(f"delay {latency}")
                _timed(running, f"{latency:g}", plan)
            net.tell("delay 0")
            print(_line(question, seen), file=sys.stderr, flush=True)
            yield seen


@contextmanager
def _workers(places: Places, net: Proxy, plan: Plan) -> Iterator[list[Worker]]:
    workers = [Worker(who, places, net.ports, plan.limit) for who in plan.contenders]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.close()


def _answered(worker: Worker, question: Question, wanted: answers.Rows, net: Proxy) -> Measured:
    """Have a question prepared and answered twice: once to get warm, once under watch."""
    seen = Measured(question.name, question.group, worker.who, "")
    try:
        worker.ready(question)
        worker.run()
        net.tell("watch")
        given, seen.peak = worker.answer()
    except CannotError as error:
        seen.verdict = re.sub(r"\s+", " ", str(error))[:300]
        return seen
    seen.fetched = net.tell("told")
    limit = int(re.findall(r"LIMIT (\d+)", question.text)[-1]) if question.any_rows else None
    seen.verdict = "right" if answers.right(given, wanted, limit=limit) else "wrong"
    return seen


def _timed(running: Sequence[tuple[Worker, Measured]], latency: str, plan: Plan) -> None:
    for run in range(plan.runs):
        for at in range(len(running)):
            worker, seen = running[(run + at) % len(running)]
            times = seen.seconds.setdefault(latency, [])
            if not seen.fetched or (len(times) >= plan.least and sum(times) > plan.patience):
                continue
            try:
                times.append(worker.run())
            except CannotError as error:
                seen.verdict, seen.fetched = str(error)[:300], {}


def _line(question: Question, seen: Sequence[Measured]) -> str:
    parts = [f"{question.name:<28}"]
    for each in seen:
        times = [each.median(latency) for latency in each.seconds]
        told = " ".join("-" if t is None else f"{t * 1e3:.1f}" for t in times) + f" ms {each.rows} rows"
        parts.append(f"{each.contender}: {told}" + ("" if each.verdict == "right" else f" ({each.verdict[:60]})"))
    return "  ".join(parts)


CONTENDERS = tuple(BY_NAME)
