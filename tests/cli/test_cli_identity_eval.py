"""`cdi identity eval`: figures worked out by hand, and files that are no truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cdi
from tests.identity.company import Company


@pytest.fixture
def where(tmp_path: Path, cdi: Cdi) -> tuple[str, str]:
    """Give a catalog whose crosswalk says {crm:1, crm:2, shop:1}, {crm:3}, {shop:2}."""
    company = Company(tmp_path, sources=("crm", "shop"))
    company.put("crm", ("1", "a@x"), ("2", "a@x"), ("3", "c@x"))
    company.put("shop", ("1", "a@x"), ("2", "d@x"))
    company.build()
    return "-C", str(tmp_path)


def figures(cdi: Cdi, where: tuple[str, str], text: str, *more: str) -> dict[str, float]:
    path = Path(where[1]) / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    done = cdi("identity", "eval", "--truth", str(path), "--format", "json", *more, *where)
    assert done.exit_code == 0, done.stderr
    return {row["what"]: row["value"] for row in json.loads(done.stdout)}


def test_against_all_pairs(cdi: Cdi, where: tuple[str, str]) -> None:
    """Known {crm:1, crm:2}, {crm:3, shop:2}, {shop:1}: one pair of three found, one pair of two known."""
    found = figures(cdi, where, 'left,right\n"crm:1","crm.people:2"\n\ncrm:3, shop:2,more\n')
    assert found == {
        "records": 5, "customers": 3, "records of the largest customer": 3,
        "pairs that were found": 3, "pairs that are known": 2, "pairs that are both": 1,
        "pairwise precision": round(1 / 3, 6), "pairwise recall": 0.5, "pairwise F1": 0.4,
        "B-cubed precision": round((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5, 6), "B-cubed recall": 0.8,
        "B-cubed F1": round(2 * 11 / 15 * 0.8 / (11 / 15 + 0.8), 6),
    }  # fmt: skip


def test_against_a_sample(cdi: Cdi, where: tuple[str, str]) -> None:
    """crm:1 and crm:2 are one, and crm:3 is alone; of shop nothing is known."""
    sample = "crm:1,crm:2\ncrm:3,\n"
    assert figures(cdi, where, sample, "--only-named")["pairwise precision"] == 1.0
    assert figures(cdi, where, sample, "--only-named")["records"] == 3
    assert figures(cdi, where, sample)["pairwise precision"] == round(1 / 3, 6)
    assert figures(cdi, where, "crm:1,\nshop:1,\n", "--only-named")["pairwise precision"] == 0.0


def test_a_record_that_is_not_there_is_told(cdi: Cdi, where: tuple[str, str]) -> None:
    path = Path(where[1]) / "pairs.csv"
    path.write_text("crm:1,crm:99\n", encoding="utf-8")
    done = cdi("identity", "eval", "--truth", str(path), *where)
    assert "the crosswalk does not know 1 record of the file: each is alone here" in done.stderr
    assert "pairwise recall" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no pairs"),
        ("left,right\n", "names no pairs"),
        ("crm:1,jane@example.org\n", "pairs.csv:1: this row does not name two records"),
        ("left,right\ncrn:1,crm:2\n", "pairs.csv:2: this row does not name two records"),
        ("crm:1,\udcff", "cannot be read: it is no CSV in UTF-8"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_files_that_are_no_truth(cdi: Cdi, where: tuple[str, str], text: str | None, says: str) -> None:
    path = Path(where[1]) / "pairs.csv"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = cdi("identity", "eval", "--truth", str(path), *where)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "jane" not in done.stderr
