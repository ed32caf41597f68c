"""The shell, without a screen: what is typed, what is answered, what does not end it."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from cdi_federate.cli.shell.commands import COMMANDS
from cdi_federate.cli.shell.loop import run
from cdi_federate.federation import connect

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"


def typed(catalog: Path, *lines: str, history: Path | None = None) -> None:
    """Type lines into a shell over the catalog; it must end with them."""
    with create_pipe_input() as keys, connect(catalog) as federation:
        keys.send_text("".join(line if line in (CTRL_C, CTRL_D) else line + ENTER for line in lines))
        run(federation, history, input=keys, output=DummyOutput())


def test_a_statement_may_take_several_lines(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(catalog, "SELECT full_name", "FROM customer", "WHERE country = 'NO';", CTRL_D)
    out, err = capsys.readouterr()
    assert "│ Kari Nordmann │" in out
    assert err == "my_company: 1 table of 1 source. `.help` lists the commands.\n"


def test_an_error_does_not_end_it(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(catalog, "SELECT * FROM custmer;", ".nope", ".describe", "SELECT 42 AS answer;", ".quit", "SELECT 43;")
    out, err = capsys.readouterr()
    assert "no table 'custmer'" in err and "did you mean 'customer'?" in err
    assert "no command '.nope'\n`.help` lists them." in err
    assert ".describe needs TABLE\nWrite .describe TABLE." in err
    assert "42" in out and "43" not in out and "Traceback" not in err


def test_ctrl_c_throws_away_what_was_typed(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(catalog, "SELECT 1 AS thrown", CTRL_C, "SELECT 2 AS kept;", CTRL_D)
    out = capsys.readouterr().out
    assert "kept" in out and "thrown" not in out


def test_commands(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(
        catalog,
        ".tables",
        ".describe customer",
        ".sources",
        ".search tag:pii",
        ".lineage customer.email",
        ".explain SELECT email FROM customer;",
        ".analyze SELECT email FROM customer WHERE country = 'NO';",
        ".help",
        CTRL_D,
    )
    out, err = capsys.readouterr()
    assert err.count("\n") == 1
    for part in (
        "│ customer │",
        "│ email ",
        "Online Shop",
        "pii.name",
        "lower(trim(email))",
        "source shop: read in place",
        "ran         1 row in ",
    ):
        assert part in out
    for command in COMMANDS:
        assert command.help in out


def test_history_is_kept_only_where_asked_and_for_nobody_else(catalog: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    typed(catalog, "SELECT 'secret';", CTRL_D)
    assert sorted(tmp_path.rglob("*")) == before
    file = tmp_path / "history"
    typed(catalog, "SELECT 'secret';", CTRL_D, history=file)
    assert "SELECT 'secret';" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
