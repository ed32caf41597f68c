"""An attacker's statements, asked in guarded roles: refused or harmless, with no hidden value in rows, errors or plans.

What an analyst asks of a company passes all the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

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

FORBIDDEN = {"support_de": ("canary",), "analyst": ("canary", "Anna", "anna@x.de", "0301234567", "1980-05-01")}
"""Role → what it must never be shown."""


@pytest.mark.parametrize("role", FORBIDDEN)
def test_no_attack_shows_what_is_hidden(asked_as, role: str) -> None:
    federation, ran = asked_as(role), 0
    for sql in ATTACKS:
        if any(word.lower() in sql.lower() for word in HEAVY):
            continue
        try:
            result = federation.sql(sql, deadline=5)
            shown = f"{result.columns}{result.fetchall()}{result.explain()}"
            ran += 1
        except CdiError as error:
            shown = str(error)
        shown = shown.replace(sql, "")
        for line in sql.splitlines():  # an error repeats the line that it speaks of
            shown = shown.replace(line, "")
        assert not any(word in shown for word in FORBIDDEN[role]), (sql, shown)
    assert ran > 10
