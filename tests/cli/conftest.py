"""The command line over a catalog of its own: what `cdi init` writes, with its few rows of CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdi_federate.catalog.template import template
from cdi_federate.cli.app import app

Cdi = Callable[..., Result]


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Return the folder of a small catalog that may be changed."""
    folder = tmp_path / "catalog"
    for name, text in template().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def cdi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cdi:
    """Return what runs `cdi` with the given words, in a folder of its own and without the user's settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("CDI_CATALOG", "CDI_HISTORY", "CDI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()
    return lambda *words, **options: runner.invoke(app, [str(word) for word in words], **options)
