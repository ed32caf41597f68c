"""Errors for a role that may not see how sources keep things: what failed and whose it is, in virtual words.

An error's own words may name tables, columns, files or the key of a record that the role may not see. Its code, its
source and whom to ask stay; which entity it was stays where the role may read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import (
    CatalogError,
    CdiError,
    DataError,
    DriftError,
    ExecutionError,
    MissingExtraError,
    OverdueError,
    SourceError,
)
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.ports import Rows

T = TypeVar("T")

OURS = ("No partial answer is given", "--allow-wrong")
"""How lines of an error's help begin that say, of the question alone, why nothing is answered without a source."""

_WORDS: dict[type[SourceError], str] = {
    DataError: "it holds something that cannot be read as the catalog says",
    DriftError: "it is no longer as the catalog says",
    MissingExtraError: "what reads it is not installed",
    OverdueError: "it took longer than it may",
}


def discreet(error: CdiError, seen: Catalog) -> CdiError:
    """Return an error without the words of a source; `seen` is the catalog as who asks sees it."""
    if isinstance(error, CatalogError):
        return ExecutionError("the catalog has mistakes in what was asked for", help="Ask who keeps it.")
    if not isinstance(error, SourceError):
        return error
    words = next((said for kind, said in _WORDS.items() if isinstance(error, kind)), "it cannot be reached")
    entity = error.entity if seen.entity(error.entity) is not None else ""
    if error.source not in seen.sources:
        return type(error)(words, source="another", help="Ask who keeps the catalog.")
    ours = [line for line in error.help.splitlines() if line.startswith(OURS)]
    help = "\n".join(["Ask its owner.", *ours])
    return type(error)(
        words, source=error.source, department=error.department, owner=error.owner, entity=entity, help=help
    )


class Discreet:
    """Rows (port `Rows`) whose errors are discreet."""

    def __init__(self, rows: Rows, seen: Catalog) -> None:
        self._rows, self._seen = rows, seen
        self.ran: Ran | None = None

    @property
    def schema(self) -> Any:
        """The Arrow schema; waits until the engine has begun to answer."""
        return guarded(lambda: self._rows.schema, self._seen)

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches."""
        batches = iter(self._rows)
        while True:
            batch = guarded(lambda: next(batches, None), self._seen)
            self.ran = self._rows.ran
            if batch is None:
                return
            yield batch

    def cancel(self) -> None:
        """Stop; may be called from any thread, more than once."""
        self._rows.cancel()

    def close(self) -> None:
        """Free what the answer holds."""
        self._rows.close()


def guarded(step: Callable[[], T], seen: Catalog) -> T:
    """Return what a step gives; its errors are discreet."""
    try:
        return step()
    except (SourceError, CatalogError) as error:
        raise discreet(error, seen) from None
