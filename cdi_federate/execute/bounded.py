"""The rows of an answer that may only be so large; what is larger is refused, never cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdi_federate.catalog.limits import Limits
from cdi_federate.errors import TooLargeError
from cdi_federate.execute.told import Around, Told


class Bounded(Around):
    """Rows of which at most so many leave; raises `TooLargeError` before one more does."""

    def __init__(self, rows: Told, limits: Limits) -> None:
        super().__init__(rows)
        self._limits = limits

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches."""
        rows = size = 0
        for batch in self._rows:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if self._limits.rows is not None and rows > self._limits.rows:
                self._rows.close()
                raise _too_large(f"more than {self._limits.rows:,} rows")
            if self._limits.bytes is not None and size > self._limits.bytes:
                self._rows.close()
                raise _too_large(f"more than {self._limits.bytes:,} bytes")
            yield batch


def _too_large(what: str) -> TooLargeError:
    return TooLargeError(
        f"the answer has {what}, and may not", help="Ask for less: WHERE, LIMIT, GROUP BY, or fewer columns."
    )
