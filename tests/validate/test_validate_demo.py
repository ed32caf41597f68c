"""The demo company's catalog is right: no error, and its warnings tell the dirt that its departments do have."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdi_federate.cli.app import app
from examples.demo_company import build

CATALOG = Path(__file__).parents[2] / "catalog"
FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("demo") / "data"
    build(folder, 1_000)
    return folder


def validate(data: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setenv("CDI_DEMO_DATA", str(data))
    result = CliRunner().invoke(app, ["validate", "-C", str(CATALOG), *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_nothing_is_wrong_without_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = validate(tmp_path / "nowhere", monkeypatch)
    assert re.fullmatch(r"catalog \w+ is valid: \d+ tables, 6 sources, \d+ mappings\n", said)


def test_the_mapping_tests_hold(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = validate(data, monkeypatch, "--test")
    assert re.fullmatch(r"catalog \w+ is valid: \d+ tables, 6 sources, \d+ mappings\n", said)


def test_the_dirt_is_counted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = validate(data, monkeypatch, "--connect")
    with closing(sqlite3.connect(data / "crm.sqlite")) as db:
        cells = db.execute("SELECT birth FROM accounts WHERE status_cd <> 'X' AND birth IS NOT NULL").fetchall()
    lost = sum(not any(_fits(birth, form) for form in FORMATS) for (birth,) in cells)
    assert f"{lost:,} of {len(cells):,} values of birth_date do not fit DATE" in said
    assert "claim" not in said  # they all hold


def _fits(text: str, form: str) -> bool:
    try:
        return bool(datetime.strptime(text, form))
    except ValueError:
        return False
