"""Every mutant names lines that are in the code, once: those of long runs are looked at here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential import mutate

TESTS = Path(__file__).parent.parent
FILES = sorted(TESTS.rglob("mutants*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_the_lines_of_every_mutant_are_in_its_file_once(file: Path) -> None:
    code = TESTS.parent / "cdi_federate"
    mutants = mutate.read(file)
    assert mutants
    for mutant in mutants:
        found = (code / mutant.path).read_text(encoding="utf-8").count(mutant.old)
        assert found == 1, f"{mutant.path} has these lines {found} times: {mutant.old}"
