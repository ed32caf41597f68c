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
    """Measure latency by latency, question by question; gives all that was seen so far, and is told on stderr.

    Each latency is a pass of its own with processes of its own, and every answer is looked at again. Who learns how far
    a source is gets each question twice before: servers do not move between two questions.
    """
    reference = Reference(places)
    wanted = {each.name: answers.rows(reference.rows(each.whole)) for each in questions}
    postgres, mysql = places.postgres, places.mysql
    servers = {"postgres": (postgres.host, postgres.port), "mysql": (mysql.host, mysql.port)}
    found: dict[tuple[str, str], Measured] = {}
    for latency in plan.latencies:
        with proxy(**servers) as net, _workers(places, net, plan) as workers:
            net.tell(f"delay {latency}")
            for worker in (each for each in workers if BY_NAME[each.who].learns):
                _settled(worker, questions)
            for question in questions:
                seen = [_answered(worker, question, wanted[question.name], net) for worker in workers]
                for each in seen:
                    known = found.setdefault((question.name, each.contender), each)
                    known.verdict = known.verdict if known.verdict != "right" else each.verdict
                    known.fetched = known.fetched and each.fetched and known.fetched
                own = [found[question.name, worker.who] for worker in workers]
                _timed([pair for pair in zip(workers, own, strict=True) if pair[1].fetched], f"{latency:g}", plan)
                print(f"{latency:g} ms  {_line(question, own, f'{latency:g}')}", file=sys.stderr, flush=True)
                yield [*found.values()]


def _settled(worker: Worker, questions: Sequence[Question]) -> None:
    for question in [*questions, *questions]:
        try:
            worker.ready(question)
            worker.run()
        except CannotError:
            continue  # it is told when it is measured


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


def _line(question: Question, seen: Sequence[Measured], latency: str) -> str:
    parts = [f"{question.name:<28}"]
    for each in seen:
        median = each.median(latency)
        told = ("-" if median is None else f"{median * 1e3:.1f}") + f" ms {each.rows} rows"
        parts.append(f"{each.contender}: {told}" + ("" if each.verdict == "right" else f" ({each.verdict[:60]})"))
    return "  ".join(parts)


CONTENDERS = tuple(BY_NAME)
