"""An attacker's statements, asked in guarded roles: refused or harmless, with no hidden value in rows, errors or plans.

What an analyst asks of a company passes all the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdi_federate.cli.app import app
from cdi_federate.errors import CdiError

CORPUS = Path(__file__).parents[1] / "corpus"


def _decoded(text: str) -> str:
    import re

    return re.sub(r"⟪U\+([0-9A-F]+)⟫", lambda found: chr(int(found[1], 16)), text)


ATTACKS = [
    _decoded(line.split(" | ", 1)[1])
    for line in (CORPUS / "attacks.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("--")
]
HEAVY = ("repeat(", "range(", "generate_series(", "list_transform", "levenshtein", "rpad", "lpad", "WITH RECURSIVE")
"""What fills the memory or the time: no matter of who may see what."""

PEOPLE = ("Anna", "anna@x.de", "0301234567", "1980-05-01")
FORBIDDEN = {
    "support_de": ("canary",),
    "analyst": ("canary", *PEOPLE),
    "no_desk": ("canary Ida", "canary2@x.it", "canary 99"),
    "counter": ("canary", *PEOPLE),
    "campaign": ("canary", "Bert", "bert@x.de"),
}
"""Role → what it must never be shown."""
PURPOSE = {"campaign": "marketing"}
LIGHT = [sql for sql in ATTACKS if not any(word.lower() in sql.lower() for word in HEAVY)]


def _leaked(shown: str, sql: str, role: str) -> bool:
    """Return whether a role is shown what it may not see, beside the statement's own lines, which an error repeats."""
    for said in (sql, *sql.splitlines()):
        shown = shown.replace(said, "")
    return any(word in shown for word in FORBIDDEN[role])


@pytest.mark.parametrize("role", FORBIDDEN)
def test_no_attack_shows_what_is_hidden(asked_as, folder: Path, role: str) -> None:
    federation, ran = asked_as(role, PURPOSE.get(role, "")), 0
    for sql in LIGHT:
        try:
            result = federation.sql(sql, deadline=5)
            shown = f"{result.columns}{result.fetchall()}{result.explain()}"
            ran += 1
        except CdiError as error:
            shown = str(error)
        assert not _leaked(shown, sql, role), (sql, shown)
    assert ran > 5
    assert "canary" not in (folder / ".cdi/audit/log.jsonl").read_text()


def _on_the_command_line(folder: Path, role: str, attacks: list[str]) -> None:
    asking = ["-C", str(folder), "--as", role, *(["--purpose", PURPOSE[role]] if role in PURPOSE else [])]
    for sql in attacks:
        for verb in (["query", "--deadline", "5", "-v"], ["explain", "--deadline", "5", "--analyze"]):
            said = CliRunner().invoke(app, [*asking, *verb, "--", sql])
            assert said.exit_code in (0, 2, 3), (sql, said.output, said.exception)
            assert not _leaked(f"{said.stdout}{said.stderr}", sql, role), (sql, said.output)


@pytest.mark.parametrize("role", FORBIDDEN)
def test_some_attacks_on_the_command_line(folder: Path, role: str) -> None:
    _on_the_command_line(folder, role, LIGHT[list(FORBIDDEN).index(role) :: 25])


@pytest.mark.bars
@pytest.mark.parametrize("role", FORBIDDEN)
def test_every_attack_on_the_command_line(folder: Path, role: str) -> None:
    _on_the_command_line(folder, role, LIGHT)
