"""What does not fit a file's shape, in a steward's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdi_federate.config.located import Document, Path
from cdi_federate.errors import Problems, nearest

_HIDDEN = ("connection", "targets")
"""Where a value may be a secret and is not repeated."""


@dataclass(slots=True)
class Complaints:
    """Notes what is wrong with one file, each thing at its place.

    `spoilt` says that there was more than misspelt keys, so that what was read is not what was meant.
    """

    document: Document
    problems: Problems
    spoilt: bool = False

    def say(self, path: Path, message: str, candidates: Sequence[str] = (), help: str = "") -> None:
        """Note something at a value."""
        self.spoilt = True
        self.problems.add(self.document.place(path), message, candidates=candidates, help=help)

    def unfit(self, path: Path, value: Any, wanted: str) -> None:
        """Note a value of another kind than is wanted."""
        verb = "are" if wanted == "keys and values" else "is"
        given = "a text" if isinstance(value, str) and path[0] in _HIDDEN else called(value)
        self.say(path, f"{wanted} {verb} wanted here, not {given}", help=_hint(wanted, value))

    def unknown_word(self, path: Path, value: Any, known: Sequence[str]) -> None:
        """Note a word that is none of those known."""
        self.say(
            path,
            f"{_quoted(value)} is not one of {', '.join(filter(None, known))}",
            nearest(str(value), known, limit=1),
        )

    def missing(self, path: Path, key: str, about: str) -> None:
        """Note a key that must be there, at what it should stand under."""
        self.spoilt = True
        place = self.document.place(path, key=True)
        self.problems.add(place, f"the key '{key}' is missing", help=f"{key}: {about}")

    def unknown_keys(self, path: Path, data: dict[str, Any], known: Sequence[str]) -> None:
        """Note each key that is not known, and put the one that was meant in its place."""
        for key in [key for key in data if key not in known]:
            place = self.document.place((*path, key), key=True)
            guesses = nearest(key, [name for name in known if name not in data], limit=1)
            help = "" if guesses else f"known here: {', '.join(known)}"
            if " " in key and data[key] is None:
                help = "a text that holds a comma must stand in quotes between { and }"
            self.problems.add(place, f"unknown key '{key}'", candidates=guesses, help=help)
            value = data.pop(key)
            for name in guesses:
                data[name] = value
                self.document.renamed((*path, key), name)


def called(value: Any) -> str:
    """Return what a value is, as a person would call it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {_quoted(value)}"
        case list():
            return "a list"
        case dict():
            return "keys and values"
    return "this"


def _hint(wanted: str, value: Any) -> str:
    if wanted == "a text" and isinstance(value, bool | int | float):
        return "put it in quotes"
    words = ("yes", "no", "on", "off", "y", "n", "true", "false")
    return "write true or false, without quotes" if wanted == "true or false" and str(value).lower() in words else ""


def _quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text if len(text) <= 40 else text[:37] + '…'}'"
