"""Rows that know their plan, and what stands around such rows: each does one thing to them and passes on the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from cdi_federate.execute.partial import Omission
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.steps import FederatedPlan


class Told(Protocol):
    """Rows (port `Rows`) that know their plan, which may change until the first of them comes, and what they lack."""

    @property
    def plan(self) -> FederatedPlan:
        """The plan of the attempt that runs."""

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What the answer lacks."""

    @property
    def ran(self) -> Ran | None:
        """What the query did; None until its last row is ready."""

    @property
    def schema(self) -> Any:
        """The Arrow schema; waits for the first row, or the end."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches."""

    def cancel(self) -> None:
        """Stop; may be called from any thread, more than once."""

    def close(self) -> None:
        """Free what the answer holds."""


class Around:
    """Rows (`Told`) around others, whose they are but for what a subclass makes of them."""

    def __init__(self, rows: Told) -> None:
        self._rows = rows

    @property
    def plan(self) -> FederatedPlan:
        """The plan of the attempt that runs."""
        return self._rows.plan

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What the answer lacks."""
        return self._rows.omissions

    @property
    def ran(self) -> Ran | None:
        """What the query did; None until its last row is ready."""
        return self._rows.ran

    @property
    def schema(self) -> Any:
        """The Arrow schema; waits for the first row, or the end."""
        return self._rows.schema

    def cancel(self) -> None:
        """Stop; may be called from any thread, more than once."""
        self._rows.cancel()

    def close(self) -> None:
        """Free what the answer holds."""
        self._rows.close()
