"""Phone numbers made at random: of the patterns that countries give out, and dressed as people write them."""

from __future__ import annotations

import random
import re._constants as code
import re._parser as parser
from collections.abc import Iterator
from typing import Any

from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata

DIALLED = ("+{cc}", "00{cc}", "+{cc} (0) ", "+{cc}(0)", "00{cc} (0)", "(+{cc}) ", "+{cc}0", "+ {cc} ", "011{cc}",
           "{cc}", "0", "(0", "1", "8", "", "++{cc}", "0{cc}")  # fmt: skip
GAPS = ("", "", " ", "-", "/", ".", "  ", " - ", ") ", "(")
ENDS = ("", "", "", "", " ext. 12", "x3", " ", "-0", "0", "#", " (work)", ";ext=7", "+", ".")


def sample(rng: random.Random, pattern: str) -> str:
    """Return a text that a pattern of phonenumbers matches."""
    return "".join(_pieces(rng, parser.parse(pattern)))


def _pieces(rng: random.Random, parsed: Any) -> Iterator[str]:
    for kind, what in parsed:
        match kind:
            case code.LITERAL:
                yield chr(what)
            case code.IN:
                yield _one(rng, what)
            case code.BRANCH:
                yield from _pieces(rng, rng.choice(what[1]))
            case code.SUBPATTERN:
                yield from _pieces(rng, what[3])
            case code.MAX_REPEAT:
                least, most, inner = what
                for _ in range(rng.randint(least, most)):
                    yield from _pieces(rng, inner)
            case _:
                raise AssertionError(f"{kind} in a pattern")


def _one(rng: random.Random, choices: Any) -> str:
    found: list[str] = []
    for kind, what in choices:
        if kind is code.LITERAL:
            found.append(chr(what))
        elif kind is code.RANGE:
            found += [chr(n) for n in range(what[0], what[1] + 1)]
        else:
            assert (kind, what) == (code.CATEGORY, code.CATEGORY_DIGIT)
            found += "0123456789"
    return rng.choice(found)


def lengths(pattern: str) -> set[int]:
    """Return how long the texts may be that a pattern of phonenumbers matches."""
    return _lengths(parser.parse(pattern))


def _lengths(parsed: Any) -> set[int]:
    found = {0}
    for kind, what in parsed:
        match kind:
            case code.LITERAL | code.IN:
                these = {1}
            case code.BRANCH:
                these = set().union(*(_lengths(branch) for branch in what[1]))
            case code.SUBPATTERN:
                these = _lengths(what[3])
            case code.MAX_REPEAT:
                least, most, inner = what
                (one,) = _lengths(inner)  # in these patterns only digits are repeated
                these = {one * times for times in range(least, most + 1)}
            case _:
                raise AssertionError(f"{kind} in a pattern")
        found = {before + this for before in found for this in these}
    return found


def written(rng: random.Random, regions: list[str]) -> tuple[str, str | None]:
    """Return a number, or nearly one, and where it is dialled."""
    plan = PhoneMetadata.metadata_for_region(rng.choice(regions))
    kind = rng.choice([kind for kind in (plan.fixed_line, plan.mobile, plan.mobile, plan.general_desc) if kind])
    digits = sample(rng, kind.national_number_pattern)
    if rng.random() < 0.15:  # one digit too many, too few, or another
        at = rng.randrange(len(digits))
        digits = digits[:at] + rng.choice(["", "0", "9", digits[at] * 2]) + digits[at + 1 :]
    text = rng.choice(DIALLED).format(cc=plan.country_code)
    for digit in digits:
        text += digit + (rng.choice(GAPS) if rng.random() < 0.2 else "")
    home = rng.choice([plan.id, plan.id, plan.id, rng.choice(regions), rng.choice(sorted(SUPPORTED_REGIONS)), None])
    return text + rng.choice(ENDS), home
