"""Parameters and the places that SQL comes from."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.cli.inputs import parameters, sql_text
from cdi_federate.errors import UsageError


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("n=5", "5"),
        ("$n=5", "5"),
        ("n=", ""),
        ("n=a=b", "a=b"),
        ("n:text=5", "5"),
        ("n:int=5", 5),
        ("n:float=0.5", 0.5),
        ("n:decimal=19.90", Decimal("19.90")),
        ("n:bool=true", True),
        ("n:bool=0", False),
        ("n:date=2026-01-31", date(2026, 1, 31)),
        ("n:timestamp=2026-01-31T08:30:00", datetime(2026, 1, 31, 8, 30)),
        ('n:json=["DE", 1]', ["DE", 1]),
        ("n:json=null", None),
    ],
)
def test_a_parameter_has_its_type(given: str, value: Any) -> None:
    found = parameters([given])
    assert found == {"n": value} and type(found["n"]) is type(value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["n"], "a parameter is written name=value\nFor example `-p country=DE` or `-p since:date=2026-01-31`."),
        (["1n=5"], "a parameter is written name=value\nFor example `-p country=DE` or `-p since:date=2026-01-31`."),
        (["n=1", "n=2"], "parameter 'n' is given twice"),
        (
            ["n:itn=5"],
            "parameter 'n' has an unknown type 'itn'\ndid you mean 'int'?\n"
            "Types are text, int, float, decimal, bool, date, timestamp, json.",
        ),
        (["n:int=secret"], "the value of parameter 'n' is not of type int\nWrite `-p n:int=5`."),
        (["n:bool=2"], "the value of parameter 'n' is not of type bool\nWrite `-p active:bool=true` or false."),
        (["n:decimal=x"], "the value of parameter 'n' is not of type decimal\nWrite `-p amount:decimal=19.90`."),
    ],
)
def test_a_wrong_parameter_is_told_without_its_value(given: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parameters(given)
    assert str(caught.value) == message


def test_where_sql_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "q.sql"
    file.write_text("SELECT 'é'", encoding="utf-8")
    assert sql_text("SELECT 1", None) == "SELECT 1"
    assert sql_text(None, file) == "SELECT 'é'"
    for argument, path in [(None, None), ("-", None), (None, Path("-"))]:
        monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 2"))
        assert sql_text(argument, path) == "SELECT 2"


def test_no_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    latin = tmp_path / "latin.sql"
    latin.write_bytes(b"SELECT '\xe9'")
    cases: list[tuple[str | None, Path | None, str]] = [
        (None, None, 'no SQL\nGive it as an argument, `cdi query "SELECT …"`, with -f FILE, or pipe it in.'),
        ("SELECT 1", latin, "the SQL is given twice, as an argument and as a file"),
        (None, latin, f"{latin} is not UTF-8 text"),
        (None, tmp_path / "no.sql", f"cannot read {tmp_path / 'no.sql'}: No such file or directory"),
    ]
    for argument, file, message in cases:
        with pytest.raises(UsageError) as caught:
            sql_text(argument, file)
        assert str(caught.value) == message
