"""Every mistake a catalog may hold is told whole: place, path, cause, guess, remedy. See errors/*.txt.

`CDI_BLESS=1 pytest tests/catalog/test_catalog_errors.py` writes what is printed into the files.
Read it before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import CdiError
from tests.catalog.cases import Case, read_case

CASES = sorted((Path(__file__).parent / "errors").glob("*.txt"))


def printed(case: Case, folder: Path) -> str:
    """Return what a person sees: the mistakes, or the warnings of a catalog that can be used."""
    try:
        shown = "\n".join(load(case.write(folder), env={}).warnings) or "valid"
    except CdiError as error:
        shown = str(error)
    return shown.replace(f"{folder}{os.sep}", "").replace(str(folder), "FOLDER") + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told(path: Path, tmp_path: Path) -> None:
    case = read_case(path)
    found = printed(case, tmp_path)
    if os.environ.get("CDI_BLESS"):
        case.bless(found)
    assert case.about.startswith("# ")
    assert found == case.expected


def test_there_are_cases() -> None:
    assert len(CASES) > 40


def test_the_small_catalog_is_valid(tmp_path: Path) -> None:
    assert load(Case(Path(), "", {}, "").write(tmp_path)).name == "small"
