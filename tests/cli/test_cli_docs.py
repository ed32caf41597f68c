"""docs/cli.md names every verb, option, format, suffix, shell command and key of the explanation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from cdi_federate.cli.app import app
from cdi_federate.cli.formats.names import SUFFIXES, Format
from cdi_federate.cli.inputs import _READERS
from cdi_federate.cli.shell.commands import COMMANDS
from cdi_federate.explain.document import document
from tests.explain.worlds import plan

DOCS = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in _keys(inner)}
    return {key for inner in value for key in _keys(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    "word",
    [
        *(f"`{verb}" for verb in GROUP.commands),  # type: ignore[attr-defined]
        *(option for parameter in GROUP.params for option in parameter.opts if option not in ("-h", "--help")),
        *(kind.value for kind in Format),
        *SUFFIXES,
        *_READERS,
        *(command.name for command in COMMANDS),
        *sorted(f'"{key}"' for key in _keys(document(*plan()))),
    ],
)
def test_it_is_documented(word: str) -> None:
    assert word in DOCS


def test_the_verbs_listed_are_all_there_are() -> None:
    listed = re.findall(r"^\| `(\w+)[^|]*\|", DOCS.split("## Options")[0], re.MULTILINE)
    commands = GROUP.commands  # type: ignore[attr-defined]
    assert sorted(dict.fromkeys(listed)) == sorted(commands)  # verbs below a verb have rows of their own
