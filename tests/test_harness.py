"""A case with a typo fails, whatever the typo is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import harness

GOOD = "# about\n---\n# shows\nquery: SELECT 1\nfires: push_limit\ndoes not fire:\n  push_filters: because\nrows: 1\n"


def read(tmp_path: Path, text: str) -> list[harness.Case]:
    path = tmp_path / "x.test"
    path.write_text(text, encoding="utf-8")
    return harness.read(path)[1]


def test_a_case_is_read(tmp_path: Path) -> None:
    (case,) = read(tmp_path, GOOD)
    assert case.values["query"] == "SELECT 1"
    assert (case.rules("fires"), case.rules("does not fire"), case.lines("rows")) == (
        ["push_limit"],
        ["push_filters"],
        ["1"],
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("query:", "qery:"),
        ("fires: push_limit", "fires: push_limits"),
        ("push_filters: because", "push_filters:"),
        ("rows: 1", "row: 1"),
        ("rows: 1", "rows: 1\nrows: 1"),
        ("rows: 1", "rows: 1\nin order: 1"),
        ("# shows\n", ""),
        ("# about", "about"),
    ],
)
def test_a_typo_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in GOOD
    with pytest.raises(harness.CaseError):
        read(tmp_path, GOOD.replace(right, wrong, 1))


def test_blessing_writes_plans_and_never_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.test"
    path.write_text(GOOD + "told: old\n", encoding="utf-8")
    harness.bless(path, {0: {"told": "new"}})
    (case,) = harness.read(path)[1]
    assert (case.values["told"], case.values["rows"]) == ("new", "1")
