"""`make fuzz N=minutes`: worlds and questions at random, until the time is up; what is answered wrongly becomes a test.

Each seed is a world (now and then the trap world itself), some tens of questions of all kinds, each asked by all rules
and by some of them. A wrong answer is made small, the question first, then the world, and written to `found/`.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from tests import servers
from tests.differential import found, randomly
from tests.differential.alone import Parting, contradiction, partings
from tests.differential.answers import Question
from tests.differential.described import Described, Made
from tests.differential.found import Finding
from tests.differential.grammar import KINDS, questions
from tests.differential.shrink import shrunk
from tests.differential.suite import NAMES, Asker, Seen, Suite

MIX, EACH = 6, 7
"""Kinds of questions a world is asked, and questions of each: one long run of hypothesis asks ever the same kind."""

TRAPS_EVERY = 6
"""Once in so many seeds the world is the trap world."""

PARTED = 25
"""The weight of questions that are parted, beside those of `KINDS`."""

SHRINKING = 60.0
"""Seconds for making a world small; half as many go before for its question."""

ENOUGH = 5
"""Findings after which a run stops: most of them are one mistake."""


@dataclass
class Tally:
    """What a run did."""

    seen: Seen = field(default_factory=Seen)
    worlds: int = 0
    parted: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    found: list[Path] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def words(self) -> str:
        """Say it in one line."""
        asked, gone = self.seen.asked + self.parted, time.monotonic() - self.started
        fired = ", ".join(f"{rule} {count}" for rule, count in sorted(self.seen.fired.items()))
        return (
            f"{self.worlds} worlds, {asked} questions ({self.parted} parted), {asked / gone:.1f}/s, "
            f"{self.seen.failed} fail at the reference, {sum(self.seen.refused.values())} refused; fired: {fired}"
        )


class _Late(BaseException):
    """The time for making a question small is over."""


def run(
    minutes: float,
    *,
    first: int | None = None,
    folder: Path = found.HERE,
    enough: int = ENOUGH,
    say: Callable[[str], None] = print,
) -> Tally:
    """Fuzz for so many minutes; `first` is the first seed, which is drawn otherwise, as all others are."""
    tally, until, told = Tally(), time.monotonic() + 60 * minutes, time.monotonic()
    kinds = (*randomly.KINDS, *(kind for kind in randomly.SERVERS if servers.is_there(kind)))
    say(f"sources: {', '.join(kinds)}; rules: {', '.join(NAMES)}")
    with _trap_worlds(kinds) as traps:
        while time.monotonic() < until and len(tally.found) < enough:
            number = first if first is not None else int.from_bytes(os.urandom(4))
            first = None
            finding = _of_seed(number, kinds, traps, tally, until)
            if finding is not None:
                say(f"seed {number}: WRONG: {finding.wrong.splitlines()[0][:300]}\n{finding.asked}\nmaking it small …")
                _keep(shrunk(finding, partial(_again, finding, traps), seconds=SHRINKING), folder, tally, say)
            if time.monotonic() - told > 10:
                say(f"seed {number}: {tally.words()}")
                told = time.monotonic()
    for line in _summary(tally):
        say(line)
    return tally


@contextmanager
def _trap_worlds(kinds: Collection[str]) -> Iterator[dict[str, Suite]]:
    """The trap worlds that can be had, made when they are first asked for."""
    names = ["files"] + (["servers"] if {*randomly.SERVERS} <= {*kinds} else [])
    with ExitStack() as held:
        made: dict[str, Suite] = {}
        for name in names:
            made[name] = held.enter_context(closing(Suite(servers=name == "servers")))
        yield made


def _of_seed(
    number: int, kinds: Collection[str], traps: dict[str, Suite], tally: Tally, until: float
) -> Finding | None:
    if number % TRAPS_EVERY == 0:
        name = [*traps][number // TRAPS_EVERY % len(traps)]
        tally.worlds += 1
        return _first_wrong(number, name, traps[name], tally, until)
    return ask(number, randomly.KINDS if number % 2 == 0 else kinds, tally, until)


def ask(number: int, kinds: Collection[str], tally: Tally, until: float = math.inf) -> Finding | None:
    """Make the world of a seed and ask its questions; returns the simplest that was answered wrongly."""
    world = randomly.described(number, kinds)
    tally.worlds += 1
    with closing(Made(world)) as asker:
        return _first_wrong(number, world, asker, tally, until)


def _first_wrong(number: int, world: Described | str, asker: Asker, tally: Tally, until: float) -> Finding | None:
    wrong: list[Finding] = []
    late = [until]

    def hold(each: tuple[Question | Parting, tuple[str, ...]]) -> None:
        asked, without = each
        if time.monotonic() > late[0]:
            raise _Late
        told = wrongly(asker, asked, without, None if wrong else tally)
        if told:
            if not wrong:
                late[0] = time.monotonic() + SHRINKING / 2
            wrong.append(Finding(world, asked, without, told))
        assert not told

    grown = settings(
        max_examples=EACH, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False,
    )  # fmt: skip
    kinds = Random(number).choices([*KINDS, "parted"], [*KINDS.values(), PARTED], k=MIX)
    with suppress(AssertionError, Flaky, _Late):
        for at, kind in enumerate(kinds):
            seed(number + at)(grown(given(asks(kind))(hold)))()
            tally.kinds[kind] += EACH
    return min(wrong, key=lambda each: (len(str(each.asked)), len(each.without)), default=None)


@st.composite
def asks(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> tuple[Question | Parting, tuple[str, ...]]:
    """A question of a kind, and the rules that the second asking leaves out."""
    asked = draw(partings() if kind == "parted" else questions(kind))
    mask = draw(st.integers(0, 2 ** len(NAMES) - 1))
    return asked, tuple(name for at, name in enumerate(NAMES) if mask >> at & 1)


def wrongly(asker: Asker, asked: Question | Parting, without: tuple[str, ...], tally: Tally | None = None) -> str:
    """Return what is wrong with the answer to a question, by all rules or without some; empty where all is well."""
    try:
        if isinstance(asked, Parting):
            told = contradiction(asker, asked, without)
            if tally is not None and told is not None:
                tally.parted += 1
            return told or ""
        variants = ["all rules", *([f"without {', '.join(without)}"] if without else [])]
        return asker.differences(asked, variants, tally.seen if tally else None)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _again(finding: Finding, traps: dict[str, Suite], smaller: Finding) -> str:
    """Ask a smaller finding; returns what is wrong where that is of the same sort as before."""
    try:
        if isinstance(smaller.world, str):
            told = wrongly(traps[smaller.world], smaller.asked, smaller.without)
        else:
            with closing(Made(smaller.world)) as asker:
                told = wrongly(asker, smaller.asked, smaller.without)
    except Exception:
        return ""  # it cannot be built any more
    return told if told and _sort(told) == _sort(finding.wrong) else ""


def _sort(wrong: str) -> str:
    return next((word for word in (" an error ", "planning fails", "Error: ", "columns", "TLP", "NoREC")
                 if word in wrong.splitlines()[0]), "rows")  # fmt: skip


def _keep(finding: Finding, folder: Path, tally: Tally, say: Callable[[str], None]) -> None:
    path = found.write(finding, folder)
    if path not in tally.found:
        tally.found.append(path)
    rules = ", ".join(finding.without) or "nothing"
    say(f"written to {path}\n{finding.asked}\nwithout: {rules}\n{finding.wrong[:600]}")


def _summary(tally: Tally) -> Iterator[str]:
    seen = tally.seen
    yield f"\n{tally.words()}"
    yield f"{seen.filled} of {seen.asked} answers are not empty"
    yield "reasons: " + ", ".join(f"{reason} {count}" for reason, count in sorted(seen.reasons.items()))
    for refusal, count in seen.refused.most_common(5):
        yield f"refused {count} times: {refusal[:150]}"
    yield f"{len(tally.found)} found" + "".join(f"\n  {path}" for path in tally.found)


if __name__ == "__main__":
    given_seed = os.environ.get("CDI_FUZZ_SEED", "")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    done = run(float(sys.argv[1]) if len(sys.argv) > 1 else 10, first=int(given_seed) if given_seed else None)
    sys.exit(bool(done.found))
