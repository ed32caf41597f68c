"""Questions as text: what failed once is written down in the form in which the failure was printed.

    -- why this question is asked
    -- $p = 'x'
    -- any rows of: SELECT … (where LIMIT leaves open which)
    -- in the order of columns: 2 (the first two are what ORDER BY says)
    SELECT …

Blocks are parted by empty lines.
"""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

from tests.differential.suite import Question

HERE = Path(__file__).parent


def read(text: str) -> list[Question]:
    """Return the questions of a text."""
    return [question(block) for block in text.split("\n\n") if block.strip() and not _is_comment(block)]


def question(block: str) -> Question:
    """Return the question of one block."""
    sql, parameters, whole, keys = [], {}, "", 0
    for line in block.strip("\n").split("\n"):
        if line.startswith("-- $"):
            name, value = line[4:].split(" = ", 1)
            parameters[name] = eval(value, {"datetime": datetime, "Decimal": decimal.Decimal})
        elif line.startswith("-- any rows of: "):
            whole = line[len("-- any rows of: ") :]
        elif line.startswith("-- in the order of columns: "):
            keys = int(line.rsplit(" ", 1)[-1])
        elif not line.startswith("-- "):
            sql.append(line)
    return Question("\n".join(sql), parameters, whole, keys)


def _is_comment(block: str) -> bool:
    return all(line.startswith("--") for line in block.strip("\n").split("\n"))
