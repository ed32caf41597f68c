"""What `cdi validate` says of each kind of mistake, whole. See cases/*.txt and world.py.

`CDI_BLESS=1 pytest tests/validate` writes what is printed into the files. Read it before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdi_federate.cli.app import app
from tests.validate.world import CANARY, Company, read_case

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))


def run(company: Company, words: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the command prints to stderr, and its exit code."""
    monkeypatch.chdir(company.folder)
    monkeypatch.delenv("CDI_CATALOG", raising=False)
    result = CliRunner().invoke(app, words)
    assert CANARY not in result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return f"{result.output.replace(str(company.folder), 'FOLDER')}exit {result.exit_code}\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_case(path)
    company = Company(tmp_path)
    case.make(company)
    found = run(company, case.words, monkeypatch)
    if os.environ.get("CDI_BLESS"):
        case.bless(found)
    assert case.about.startswith("# ")
    assert found == case.expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("words", [[], ["--connect"], ["--test"], ["--connect", "--test"]], ids=" ".join)
def test_the_small_company_is_right(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(Company(tmp_path), ["validate", *words], monkeypatch)
    assert found == "catalog small is valid: 1 table, 5 sources, 5 mappings\nexit 0\n"
