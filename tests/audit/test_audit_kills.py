"""Processes that are killed while they answer: the log stays whole, and has every query that was answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cdi_federate.audit import asked, verify
from tests.audit.audited import ANCHOR, LOG, catalog


def killed(folder: Path, kills: int, seed: int, how: str) -> tuple[int, dict[str, int]]:
    """Have processes killed; return how many answers they noted, and the log's queries by outcome."""
    from tests.audit.killed import PROCESSES

    catalog(folder)
    command = [sys.executable, "-m", "tests.audit.killed", str(folder), str(-(-kills // PROCESSES))]
    subprocess.run([*command, str(seed), how], cwd=Path(__file__).parents[2], check=True, timeout=3_600)
    verdict = verify(folder / LOG, folder / ANCHOR)
    assert verdict.is_whole, verdict.findings
    verb = [sys.executable, "-m", "cdi_federate.cli", "-C", str(folder), "audit", "verify"]
    assert subprocess.run(verb, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL).returncode == 0
    known = {each.purpose: each for each in asked(folder / LOG)}
    answered = (folder / "answered").read_text().splitlines()
    for line in answered:
        purpose, rows = line.split()
        assert (known[purpose].outcome, known[purpose].rows) == ("complete", int(rows)), line
    outcomes: dict[str, int] = {}
    for each in known.values():
        outcomes[each.outcome] = outcomes.get(each.outcome, 0) + 1
    return len(answered), outcomes


def test_ten_kills_of_queries(tmp_path: Path) -> None:
    answered, outcomes = killed(tmp_path, 10, 1, "query")
    assert answered >= 4
    assert outcomes["complete"] >= answered


def test_fifty_kills_of_writers(tmp_path: Path) -> None:
    answered, outcomes = killed(tmp_path, 50, 2, "write")
    assert answered > 500
    assert outcomes["complete"] >= answered
    assert outcomes["aborted"] > 5  # they were killed between two lines


@pytest.mark.bars
def test_a_thousand_kills_of_queries(tmp_path: Path) -> None:
    answered, outcomes = killed(tmp_path, 1_000, 3, "query")
    print(f"1,000 kills: {answered:,} answers, all in the log; {outcomes}")
    assert answered > 1_500
    assert outcomes["aborted"] > 100
