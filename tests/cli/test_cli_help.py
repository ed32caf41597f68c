"""Help: every verb has it, and asking for it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from cdi_federate.cli.app import app, identity
from tests.cli.conftest import Cdi

_LOOKING = "init validate schema doctor diff sources tables describe search lineage"
VERBS = f"{_LOOKING} query explain shell customer version identity policy audit".split()

PROBE = """
import sys, time
began = time.perf_counter()
from typer.testing import CliRunner
from cdi_federate.cli.app import app, identity
shown = [CliRunner().invoke(app, words) for words in (["--help"], ["query", "--help"], ["--show-completion"])]
assert all(result.exit_code == 0 for result in shown[:2]), shown
heavy = {"duckdb", "sqlglot", "pyarrow", "pydantic", "yaml", "pandas", "polars", "prompt_toolkit", "IPython", "numpy"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
print(f"{time.perf_counter() - began:.3f}")
"""


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    heavy, seconds = done.stdout.splitlines()
    assert heavy == "[]"
    assert float(seconds) < 5, "help is slow"


def test_the_verbs_are_those_of_the_design() -> None:
    groups = [group.typer_instance.info.name for group in app.registered_groups if group.typer_instance]
    assert [*(command.name for command in app.registered_commands), *groups] == VERBS


def test_identity_has_the_verbs_of_the_design(cdi: Cdi) -> None:
    names = [command.name for command in identity.registered_commands]
    assert names == ["build", "status", "show", "why", "why-not", "quarantine", "export", "eval", "pin", "split"]
    for name in names:
        shown = cdi("identity", name, "--help", env={"COLUMNS": "200"})
        assert shown.exit_code == 0
        assert "Examples:" in shown.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(cdi: Cdi, verb: str) -> None:
    shown = cdi(verb, "--help", env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert f"Usage: cdi {verb}" in shown.stdout or f" {verb} " in shown.stdout
    command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
    assert len(command.help or "") > 40 and command.help.rstrip()[-1] in ".`)", verb


def test_no_verb_shows_the_help(cdi: Cdi) -> None:
    shown = cdi()
    assert "The catalog" in shown.output and "Exit codes: 0 ok" in shown.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_every_shell(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from cdi_federate.cli import main; main()"],
        env={"_CDI_COMPLETE": f"source_{shell}", "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "_CDI_COMPLETE" in done.stdout, done
