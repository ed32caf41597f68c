"""The rows of a query that leave lines in the audit log: none runs, and none leaves, before its line is on the disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cdi_federate.audit import Account, Trail
from cdi_federate.audit.account import Outcome
from cdi_federate.errors import AuditError, CdiError, Interrupted
from cdi_federate.execute.partial import Omission
from cdi_federate.execute.told import Around, Told


class Audited(Around):
    """Rows (port `Rows`) of the query of an id; `kind` says what it is for, `lacks` are sources left out already.

    Raises `AuditError` besides what the rows raise.
    """

    def __init__(self, rows: Told, trail: Trail, query: str, kind: str, lacks: tuple[Omission, ...] = ()) -> None:
        super().__init__(rows)
        self._trail, self._query, self._kind, self._lacks = trail, query, kind, lacks
        self._account: Account | None = None
        self._began = time.monotonic()
        self._is_closed = False

    @property
    def schema(self) -> Any:
        """The Arrow schema; the query begins with it."""
        self._begin()
        try:
            return self._rows.schema
        except BaseException as error:
            self._failed(error, 0)
            raise

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches."""
        self._begin()
        rows, is_released = 0, False
        try:
            for batch in self._rows:
                if not is_released:
                    self._released()
                    is_released = True
                rows += batch.num_rows
                yield batch
        except BaseException as error:
            self._failed(error, rows)
            raise
        self._close("complete", rows)

    def _begin(self) -> None:
        if self._account is None:
            self._began = time.monotonic()
            self._account = self._trail.begin(self._query, self.plan, self._kind)

    def _released(self) -> None:
        assert self._account is not None
        try:
            self._account.released()
        except AuditError:
            self._rows.close()
            raise

    def _failed(self, error: BaseException, rows: int) -> None:
        """Write down how it ended otherwise than well; the error that ended it is what the user is told."""
        outcome: Outcome = "failed"
        if isinstance(error, GeneratorExit):
            outcome = "left"
        elif isinstance(error, Interrupted | KeyboardInterrupt):
            outcome = "stopped"
        with suppress(AuditError):
            self._close(outcome, rows, error.code if isinstance(error, CdiError) else "")

    def _close(self, outcome: Outcome, rows: int, code: str = "") -> None:
        if self._is_closed or self._account is None:
            return
        self._is_closed = True
        lacks = tuple(omission.source for omission in (*self._lacks, *self.omissions))
        seconds = time.monotonic() - self._began
        self._account.closed(outcome, self.plan, self.ran, rows=rows, seconds=seconds, lacks=lacks, code=code)
