"""EXPLAIN ANALYZE: the rows of a query are taken and dropped, and what it really did is the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from cdi_federate import explain
from cdi_federate.execute.told import Around
from cdi_federate.stages.query import OutputColumn

COLUMNS = (OutputColumn("explain_key", "VARCHAR"), OutputColumn("explain_value", "VARCHAR"))


class Analysis(Around):
    """Rows (port `Rows`): one row, the plan in words with actual figures, once the query beneath has run."""

    schema = pa.schema([(column.name, pa.string()) for column in COLUMNS])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Run the query and yield the one row; raises what running raises."""
        for _ in self._rows:
            pass
        told = explain.text.render(self.plan, self.plan.residual.text, self.ran)
        yield pa.record_batch([["analyzed_plan"], [told]], schema=self.schema)
