"""What the figures say: ratios, means, and which bars are reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.cdi.measure import Measured

RIVALS = ("attach", "chdb")
OWN_ROWS = 10
"""Rows that DuckDB asks for on its own, such as `SELECT 1` of a connection it wakes: so many more are no difference."""


@dataclass(frozen=True)
class Results:
    """One measurement. `about` tells of the machine and how it was measured."""

    about: Mapping[str, Any]
    measured: Sequence[Measured]

    @cached_property
    def by(self) -> dict[tuple[str, str], Measured]:
        """What was seen, by question and contender."""
        return {(each.question, each.contender): each for each in self.measured}

    @property
    def questions(self) -> list[str]:
        """The questions that were asked."""
        return list(dict.fromkeys(each.question for each in self.measured))

    @property
    def contenders(self) -> list[str]:
        """Who was asked."""
        return list(dict.fromkeys(each.contender for each in self.measured))

    @property
    def latencies(self) -> list[str]:
        """The latencies in ms, as they were given."""
        return list(dict.fromkeys(latency for each in self.measured for latency in each.seconds))

    def median(self, question: str, who: str, latency: str, *, right: bool = True) -> float | None:
        """Return the median seconds, or None where there is no answer, or (`right`) none that is right."""
        each = self.by.get((question, who))
        return None if each is None or (right and each.verdict != "right") else each.median(latency)

    def against_rivals(self, question: str, latency: str) -> float | None:
        """Return how many times faster we are than the better rival whose answer is right."""
        ours = self.median(question, "ours", latency)
        theirs = [time for who in RIVALS if (time := self.median(question, who, latency))]
        return min(theirs) / ours if ours and theirs else None

    def of_expert(self, question: str, latency: str) -> float | None:
        """Return our time as a multiple of the expert's."""
        ours, theirs = self.median(question, "ours", latency), self.median(question, "expert", latency)
        return ours / theirs if ours and theirs else None

    def fewest_rows(self, question: str, latency: str) -> int | None:
        """Return the fewest rows among right plans within 1.2 times the fastest."""
        times = {who: time for who in self.contenders if (time := self.median(question, who, latency))}
        near = [who for who, time in times.items() if time <= 1.2 * min(times.values())]
        return min((self.by[question, who].rows for who in near), default=None)


@dataclass(frozen=True)
class Bar:
    """One promise and what was measured."""

    what: str
    wanted: str
    measured: str
    reached: bool


def geometric(values: Iterable[float | None]) -> float:
    """Return the geometric mean of what is known; NaN of nothing."""
    logs = [math.log(value) for value in values if value]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def bars(results: Results) -> list[Bar]:
    """Return the bars that these figures can speak of."""
    names = results.questions
    wrong = [name for name in names if results.by[name, "ours"].verdict != "right"]
    found = [Bar("answers of ours that are wrong or missing", "0", _listed(wrong), not wrong)]
    for latency in results.latencies:
        least = 5.0 if float(latency) >= 20 else 3.0
        mean = geometric(results.against_rivals(name, latency) for name in names)
        what = f"times faster than the better of ATTACH and chdb, geometric mean, {latency} ms"
        found.append(Bar(what, f"≥ {least:g}", f"{mean:.2f}", mean >= least))
    for latency in results.latencies:
        mean = geometric(results.of_expert(name, latency) for name in names)
        what = f"of the expert's time, geometric mean, {latency} ms"
        found.append(Bar(what, "≤ 1.15", f"{mean:.2f}", mean <= 1.15))
        over = [name for name in names if _over(results, name, latency)]
        what = f"questions over 1.1 × the expert's time + 3 ms, {latency} ms"
        found.append(Bar(what, "0", f"{len(over)} of {len(names)}", not over))
    first = results.latencies[0]
    more = []
    for name in names:
        fewest = results.fewest_rows(name, first)
        if fewest is not None and results.by[name, "ours"].rows > 1.1 * fewest + OWN_ROWS:
            more.append(name)
    what = "questions that fetch over 1.1 × the fewest rows among plans within 1.2 × of the fastest"
    return [*found, Bar(what, "0", f"{len(more)} of {len(names)}", not more)]


def _over(results: Results, name: str, latency: str) -> bool:
    ours, theirs = results.median(name, "ours", latency), results.median(name, "expert", latency)
    return bool(ours and theirs and ours > 1.1 * theirs + 0.003)


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "0"
