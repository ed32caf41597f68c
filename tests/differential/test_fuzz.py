"""Fuzzing finds a mistake, makes it small, and writes a test that shows it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.differential import found, fuzz, mutate
from tests.differential.alone import Parting
from tests.differential.answers import Question
from tests.differential.described import Described, Made
from tests.differential.found import Finding
from tests.differential.randomly import KINDS, SERVERS, described

MISTAKES = [
    "a disjunction goes down whole or not at all",
    "NOT turns AND into OR",
    "codes outside the list take the value of ELSE",
]
"""Conditions that are taken away, by what their mutants say."""


@pytest.mark.bars
@pytest.mark.parametrize("why", MISTAKES)
def test_a_mistake_is_found_and_written_down(why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mutant,) = (mutant for mutant in mutate.read() if mutant.why == why)
    with mutate.without(mutant):
        done = fuzz.run(5, folder=tmp_path, enough=1)
        (path,) = done.found
        (finding,) = found.read(path)
        assert wrong_in(finding)
    assert not wrong_in(finding), "wrong even without the mistake"
    assert f"written to {path}" in capsys.readouterr().out
    if isinstance(finding.world, Described):
        assert sum(len(table.rows) for table in finding.world.tables) <= 6, path.read_text(encoding="utf-8")


def wrong_in(finding: Finding) -> str:
    """Ask a finding again in its own world."""
    if isinstance(finding.world, str):
        with closing(fuzz.Suite(servers=finding.world == "servers")) as suite:
            return fuzz.wrongly(suite, finding.asked, finding.without)
    with closing(Made(finding.world)) as asker:
        return fuzz.wrongly(asker, finding.asked, finding.without)


@pytest.mark.parametrize(
    "asked",
    [
        Question("SELECT trap FROM client WHERE name = $p", {"p": "a\0b\n# x"}, "SELECT trap FROM client", 1),
        Parting("count(*) AS n", "ticket", "priority > 1", ("sum",), {}),
    ],
    ids=["question", "parting"],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_is_written_is_what_was_found(number: int, asked: Question | Parting, tmp_path: Path) -> None:
    finding = Finding(described(number, (*KINDS, *SERVERS)), asked, ("push_limit", "push_filters"), "other rows")
    (again,) = found.read(found.write(finding, tmp_path))
    assert repr((again.world, again.asked, again.without)) == repr((finding.world, finding.asked, finding.without))
