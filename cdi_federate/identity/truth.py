"""A file of pairs of records that are known to be one customer."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from cdi_federate.errors import UsageError
from cdi_federate.identity.store import Named

Truth = list[tuple[Named, Named]]


def read(path: Path, named: Callable[[str], Named]) -> Truth:
    """Return the pairs of a CSV file: a record in each of the first two columns, named as `named` reads it.

    A first row in which nothing has the form of a record is a heading. A record without a partner, with an empty cell
    beside it, is known to be a customer of its own; here it is its own partner.

    Raises:
        UsageError: the file cannot be read, or a row does not name two records; with the file and the line.
    """
    pairs: Truth = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            for row in rows:
                cells = [cell.strip() for cell in row[:2]]
                if not any(cells) or (rows.line_num == 1 and not any(":" in cell for cell in cells)):
                    continue
                pairs.append(_pair(cells, named, f"{path}:{rows.line_num}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no CSV in UTF-8"
        raise UsageError(f"'{path}' cannot be read: {reason}") from None
    if not pairs:
        raise UsageError(f"'{path}' names no pairs", help="A row names two records: crm:4711,shop:9.")
    return pairs


def _pair(cells: list[str], named: Callable[[str], Named], place: str) -> tuple[Named, Named]:
    """Name what a row says; a message does not repeat it, for a cell may hold anything."""
    left, right = cells[0], cells[-1] or cells[0]
    try:
        return named(left), named(right)
    except UsageError as error:
        help = error.help or "A row names two records: crm:4711,shop:9."
        raise UsageError(
            f"{place}: this row does not name two records", candidates=error.candidates, help=help
        ) from None
