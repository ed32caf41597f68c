"""One file's plain data, and the place in the file of each key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cdi_federate.errors import Place

Path = tuple[str | int, ...]
"""A way into a document: keys and positions."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a key or value begins and ends (lines and columns from 0), and how it is written."""

    line: int
    column: int
    end_line: int
    end_column: int
    style: str = ""


@dataclass(slots=True)
class Document:
    """One file: plain data, and the place of each key and value by its path."""

    file: str
    lines: list[str]
    data: Any = None
    shown: list[str] = field(default_factory=list)
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return the place of a value, or of its key; of the nearest thing around it where it is not in the file."""
        marks = self.keys if key else self.values
        mark = marks.get(path)
        if mark is None:
            mark = self.values.get(path) or self.keys.get(path)
        above = path
        while mark is None and above:
            above = above[:-1]
            mark = self.keys.get(above) or self.values.get(above)
        mark = mark or Mark(0, 0, 0, 0)
        length = mark.end_column - mark.column if mark.line == mark.end_line else 1
        return self.spot(mark.line, mark.column, path, max(1, length))

    def into(self, path: Path, offset: int, length: int = 1) -> Place:
        """Return the place of the character at `offset` of a text value, however the text is quoted or folded."""
        mark, value = self.values.get(path), self.at(path)
        if mark is None or not isinstance(value, str):
            return self.place(path)
        wanted = sum(not c.isspace() for c in value[:offset])
        seen = 0
        for line, column, char in self._characters(mark):
            if char.isspace():
                continue
            if seen == wanted:
                return self.spot(line, column, path, length)
            seen += 1
        return self.spot(mark.end_line, max(mark.column, mark.end_column - 1), path, 1)

    def at(self, path: Path) -> Any:
        """Return the value at a path, or None."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def renamed(self, path: Path, name: str) -> None:
        """Let a misspelt key's places be found under the name that was meant."""
        for marks in (self.keys, self.values):
            for old in [old for old in marks if old[: len(path)] == path]:
                marks[(*path[:-1], name, *old[len(path) :])] = marks[old]

    def spot(self, line: int, column: int, path: Path, length: int) -> Place:
        """Return a stretch of a line as a place; line and column count from 0 here."""
        text = self.shown[line] if line < len(self.shown) else ""
        return Place(line + 1, column + 1, self.file, dotted(path), text, length)

    def _characters(self, mark: Mark) -> list[tuple[int, int, str]]:
        """Return the characters of a scalar as they stand in the file, without quotes or block indicator."""
        found = []
        for line in range(mark.line, min(mark.end_line, len(self.lines) - 1) + 1):
            first = mark.column if line == mark.line else 0
            last = mark.end_column if line == mark.end_line else len(self.lines[line])
            found += [(line, column, self.lines[line][column]) for column in range(first, last)]
        if mark.style in ("|", ">"):
            return [item for item in found if item[0] > mark.line]
        if mark.style in ("'", '"'):
            found = found[1:-1]
            escape = "'" if mark.style == "'" else "\\"
            skip, kept = False, []
            for item, following in zip(found, [*found[1:], None], strict=True):
                skip = (
                    not skip and item[2] == escape and following is not None and (escape == "\\" or following[2] == "'")
                )
                if not skip:
                    kept.append(item)
            return kept
        return found


def dotted(path: Path) -> str:
    """Return a path as people read it: `provides.customer[1].fields.email`."""
    result = ""
    for step in path:
        result += f"[{step}]" if isinstance(step, int) else f".{step}" if result else step
    return result
