"""Whatever a file is turned into, it is read or refused with places: no traceback, whatever was typed."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import CatalogError

WHOLE = Path(__file__).parent / "whole"
FILES = sorted(path.relative_to(WHOLE) for path in WHOLE.rglob("*.yaml"))
_WORDS = "{ } [ ] : , - \" ' null 3 true &a *a ${ ${X} | > # !x ~ .inf é 0x1F <<:"
SCRAPS = [*_WORDS.split(), "\t", "\n", "  ", ": ", "- "]


def garbled(text: str, dice: random.Random) -> str:
    """Return the text with a piece put in, left out, put in the place of a value, or with a line elsewhere."""
    at = dice.randrange(len(text))
    match dice.randrange(4):
        case 0:
            return text[:at] + dice.choice(SCRAPS) + text[at:]
        case 1:
            return text[:at] + text[at + dice.randrange(1, 6) :]
        case 2:
            begin = text.find(" ", at) + 1
            return text[:begin] + dice.choice(SCRAPS) + text[text.find("\n", begin) :]
    lines = text.split("\n")
    lines.insert(dice.randrange(len(lines)), lines.pop(dice.randrange(len(lines))))
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_refused_in_words(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    folder = Path(shutil.copytree(WHOLE, tmp_path / "catalog"))
    refused = 0
    for _ in range(25):
        file = dice.choice(FILES)
        (folder / file).write_text(garbled((WHOLE / file).read_text(), dice))
        try:
            load(folder, env={})
        except CatalogError as error:
            refused += 1
            assert all(problem.place.line >= 1 and problem.place.file and problem.message for problem in error.problems)
            assert len(set(map(str, error.problems))) == len(error.problems), f"said twice: {error}"
        finally:
            (folder / file).write_text((WHOLE / file).read_text())
    assert refused >= 5
