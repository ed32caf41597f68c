"""The bar of work that says how far it is: drawn on a terminal, and nowhere else."""

from __future__ import annotations

import pytest

from cdi_federate.cli.work import Work


def test_it_draws_what_it_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Work(shown=True) as work:
        work("reading [crm].people", 0.1)
        work("grouping", 0.7)
    told = capsys.readouterr()
    assert "grouping" in told.err and "━" in told.err and told.out == ""


def test_where_nobody_looks_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with Work() as work:
        work("grouping", 0.7)
    assert capsys.readouterr() == ("", "")
