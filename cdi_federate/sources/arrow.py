"""Tables held in memory: pandas, polars, Arrow, or rows as dictionaries, registered from Python.

What is registered is turned into one Arrow table at once, so that a reader that can be read only once is read once.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import UnavailableError, UsageError, nearest
from cdi_federate.sources.base import BaseSource, columns_of
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Attachment, Probe
from cdi_federate.stages.relations import MemoryScan, Relation


class ArrowSource(BaseSource):
    """Kind `arrow`; the tables come by `register`."""

    kind = "arrow"

    def __init__(self, model: catalog.Source) -> None:
        super().__init__(model)
        self._tables: dict[str, pa.Table] = {}
        self._changes = 0

    def register(self, name: str, data: Any) -> None:
        """Hold a table under a name (any case), in place of one that has it; raises `UsageError` for other data."""
        self._tables = {**self._tables, name.lower(): as_table(data)}
        self._changes += 1

    def attachment(self) -> Attachment:
        """Register every table with the engine."""
        return Attachment(self.name, tables={self._memory_name(name): data for name, data in self._tables.items()})

    def relation(self, mapping: catalog.Mapping) -> Relation:
        """Return the table by the name under which the engine knows it."""
        return MemoryScan(self._memory_name(mapping.relation))

    def token(self, relation: Relation) -> str:
        """Return how often tables were registered."""
        return str(self._changes)

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read the columns; raises `UnavailableError` where nothing was registered under the name."""
        held = self._tables.get(mapping.relation.lower())
        if held is None:
            raise UnavailableError(
                f"no table '{mapping.relation}' was registered",
                source=self.name,
                candidates=nearest(mapping.relation, self._tables),
                help=f"register it: federation.register({mapping.relation!r}, data)",
            )
        relation = self.relation(mapping)
        return TableFacts(columns_of(probe.columns(self, relation)), rows=held.num_rows, relation=relation)

    def version(self, probe: Probe) -> str:
        """Say how many tables there are."""
        return f"{len(self._tables)} table{'s' if len(self._tables) != 1 else ''} in memory"

    def _memory_name(self, name: str) -> str:
        return f"{self.name}.{name.lower()}"


def as_table(data: Any) -> pa.Table:
    """Return data as one Arrow table; raises `UsageError` for what is not a table."""
    try:
        if isinstance(data, pa.Table):
            return data
        if isinstance(data, pa.RecordBatchReader):
            return data.read_all()
        if isinstance(data, pa.RecordBatch):
            return pa.Table.from_batches([data])
        if isinstance(data, list):
            return pa.Table.from_pylist(data)
        if isinstance(data, dict):
            return pa.table(data)
        if type(data).__module__.startswith("pandas"):
            return pa.Table.from_pandas(data, preserve_index=False)
        if hasattr(data, "collect") and hasattr(data, "lazy"):
            data = data.collect()  # a polars LazyFrame
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
    except (pa.ArrowException, TypeError, ValueError):
        raise UsageError("this data cannot be turned into a table: a column holds values of several types") from None
    raise UsageError(
        f"a {type(data).__name__} is not a table",
        help="give a pandas or polars frame, an Arrow table, or a list of dicts",
    )
