"""An answer that comes from another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from cdi_federate.errors import InvariantError, UsageError
from cdi_federate.execute.result import Origin, Result
from cdi_federate.federation.sandbox.asking import Asking
from cdi_federate.federation.sandbox.message import omissions, origins
from cdi_federate.federation.sandbox.stream import batches
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.steps import FederatedPlan


class Distant(Result):
    """An answer whose plan and rows another process has; errors of the SQL are raised as it is made."""

    def __init__(self, asking: Asking) -> None:
        told = asking.once("plan")
        self._asking, self._told = asking, told
        try:
            self.columns = tuple(OutputColumn(str(name), str(type_)) for name, type_ in told["columns"])
            self.plan_was_kept = bool(told["kept"])
            self._origins, self._planned = origins(told["sources"]), omissions(told["omissions"])
        except (TypeError, ValueError, KeyError):
            raise InvariantError("the sandbox's process told of a plan in no way that is known") from None
        self._table = None
        self._began = None
        self._streamed = False
        self._failed = None
        self._rows = None

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as they come, once; raises `UsageError` when asked again."""
        if self._table is not None:
            return self._table.to_reader()
        if self._streamed:
            raise UsageError("this answer was streamed already", help="Ask again, or take .arrow(), which keeps it.")
        self._streamed, self._began = True, datetime.now(UTC)
        stream = self._asking.stream()
        schema, rows = batches(stream)

        def checked() -> Iterator[pa.RecordBatch]:
            for batch in rows:
                self._asking.check_released(self.columns)
                yield batch
            self._planned = omissions(stream.last.get("omissions"))

        return pa.RecordBatchReader.from_batches(schema, checked())

    def cancel(self) -> None:
        """Stop the query wherever it runs; may be called from any thread, more than once."""
        self._asking.cancel()

    @property
    def plan(self) -> FederatedPlan:
        """Raise `UsageError`: the plan stays where the query runs."""
        raise UsageError("the plan of a query in the sandbox stays there", help="explain() says it in words.")

    @property
    def statement(self) -> str:
        """The statement that runs in the engine, with the sources' fragments in their places."""
        return str(self._told["statement"])

    @property
    def sent(self) -> tuple[tuple[str, str, str], ...]:
        """What each source is sent: its name, its dialect, the text."""
        return tuple((str(source), str(dialect), str(text)) for source, dialect, text in self._told["sent"])

    @property
    def sources(self) -> tuple[Origin, ...]:
        """The sources that were read, and when."""
        lacking = {omission.source for omission in self.omissions}
        return tuple(replace(each, as_of=self._began) for each in self._origins if each.name not in lacking)

    def explain(self, *, analyze: bool = False) -> str:
        """Return the plan in words; with `analyze` the query runs for it, and what really came stands beside it."""
        return str(self._asking.once("explain", analyze=analyze).get("text", ""))

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return, for each entity that was read, the mappings that its rows came from."""
        return {str(name): tuple(map(str, each)) for name, each in self._told["lineage"].items()}
