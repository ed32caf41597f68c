"""The questions, and what rivals are sent for them, read from files of SQL in which `-- name: …` begins an entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_ENTRY = re.compile(r"^-- ([a-z_]+): *(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """One question over the virtual schema. `any_rows`: LIMIT leaves open which rows are meant."""

    name: str
    group: str
    text: str
    any_rows: bool

    @property
    def whole(self) -> str:
        """Return what gives all rows that may be of the answer: without LIMIT, where it leaves open which."""
        return re.sub(r"\s+LIMIT \d+\s*$", "", self.text) if self.any_rows else self.text


def entries(file: str) -> list[tuple[str, str, str]]:
    """Return name, words behind it and text of each entry of a file beside this one."""
    _, *parts = _ENTRY.split((FOLDER / file).read_text(encoding="utf-8"))
    return [
        (name, words.strip(), "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip())
        for name, words, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


def questions() -> list[Question]:
    """Return all questions in their order."""
    return [
        Question(name, words.removesuffix(", any"), text, words.endswith(", any"))
        for name, words, text in entries("questions.sql")
    ]
