"""A value that must never be shown."""

from __future__ import annotations

import re
from typing import Any

STARS = "***"

_WORDS = re.compile(
    r"pass(word|wd|phrase)?$|pwd$|secret|token|dsn$|credential|private_?key|access_?key|api_?key|account_?key|sas|"
    r"connection_?string|headers$|authorization",
    re.I,
)


class Secret:
    """A text that prints as `***` wherever it is shown; `reveal()` is the only way to its value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return STARS

    def __str__(self) -> str:
        return STARS

    def __format__(self, spec: str) -> str:
        return STARS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not written anywhere")


def reveal(value: Any) -> Any:
    """Return the value of a `Secret`, and anything else as it is."""
    return value.reveal() if isinstance(value, Secret) else value


def names_a_secret(key: str) -> bool:
    """Return whether a key such as `password`, `api_key` or `dsn` holds a secret by its name."""
    return bool(_WORDS.search(key))
