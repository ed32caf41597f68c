"""What each function makes of what people type: `cases.txt`."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

_LINES = Path(__file__).with_name("cases.txt").read_text(encoding="utf-8").splitlines()
CASES = [line.split(" ⇒ ") for line in _LINES if " ⇒ " in line and not line.startswith("#")]


@pytest.mark.parametrize("function", sorted({call.split("(")[0] for call, _ in CASES}))
def test_cases(engine: duckdb.DuckDBPyConnection, function: str) -> None:
    mine = [(call.strip(), wanted) for call, wanted in CASES if call.startswith(f"{function}(")]
    assert len(mine) >= 10
    row = engine.execute(f"SELECT {', '.join(f'CAST({call} AS VARCHAR)' for call, _ in mine)}").fetchone()
    assert row is not None
    found = ["NULL" if value is None else value for value in row]
    wrong = [
        f"{call}: {got}, wanted {wanted}" for (call, wanted), got in zip(mine, found, strict=True) if got != wanted
    ]
    assert wrong == []
