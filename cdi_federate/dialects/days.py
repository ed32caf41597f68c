"""Days that stand in texts: of which formats a text in its full width says the same day to every engine.

A format names day, month and year once each, with one sign between two: `%d/%m/%Y`. A text of full width (two digits,
two, and four) that is a day of the calendar is that day, here and everywhere. Of all other texts each engine thinks
what it likes (`1/2/24`, ` 01/02/2024`, `31/02/2024`), so nothing is told of them: they are looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from cdi_federate.stages.facts import ColumnFacts

ISO = "%Y-%m-%d"
"""How a day is read from a text without a format."""

_FORM = re.compile(r"%([dmY])([-/.])%([dmY])([-/.])%([dmY])")
_WIDTHS = {"d": 2, "m": 2, "Y": 4}


@dataclass(frozen=True, slots=True)
class RawDay:
    """A day in a column: a date, or with a `form` a text."""

    column: ColumnFacts
    form: str = ""


OtherDay = RawDay | date


def is_plain(form: str) -> bool:
    """Return whether a format is one of those of which texts of full width say one day everywhere."""
    found = _FORM.fullmatch(form)
    return found is not None and {found[1], found[3], found[5]} == {"d", "m", "Y"}


def apart(form: str, other: str) -> bool:
    """Return whether no text of full width in one format is read by another: its signs are others."""
    one, two = _FORM.fullmatch(form), _FORM.fullmatch(other)
    return one is not None and two is not None and (one[2], one[4]) != (two[2], two[4])


def digits(form: str, digit: str, sign: str) -> str:
    """Return a pattern of the texts of full width: `digit` for each digit, `sign` around the `@` of each sign."""
    found = _FORM.fullmatch(form)
    assert found is not None, "only plain formats are told"
    parts = [digit * _WIDTHS[found[at]] for at in (1, 3, 5)]
    return parts[0] + sign.replace("@", found[2]) + parts[1] + sign.replace("@", found[4]) + parts[2]


def pieces(form: str) -> tuple[tuple[int, int], ...]:
    """Return where year, month and day stand in a text of full width: (place of the first digit, digits)."""
    found = _FORM.fullmatch(form)
    assert found is not None, "only plain formats are told"
    starts: dict[str, tuple[int, int]] = {}
    at = 1
    for letter in (found[1], found[3], found[5]):
        starts[letter] = (at, _WIDTHS[letter])
        at += _WIDTHS[letter] + 1
    return starts["Y"], starts["m"], starts["d"]
