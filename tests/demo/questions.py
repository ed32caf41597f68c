"""Reads `questions.sql`: questions asked of the virtual schema, and by hand of the raw files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """A question; both texts must give the same rows, in any order."""

    name: str
    virtual: str
    raw: str


def _read(text: str) -> tuple[Question, ...]:
    blocks = [block.partition("\n") for block in text.split("\n--- ")[1:]]
    pairs = zip(blocks[::2], blocks[1::2], strict=True)
    assert all(title == "by hand" for title, _, _ in blocks[1::2])
    return tuple(Question(name, virtual, raw) for (name, _, virtual), (_, _, raw) in pairs)


QUESTIONS = _read(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
