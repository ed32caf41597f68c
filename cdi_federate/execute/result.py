"""The answer of a query: runs when first used, keeps its table, and knows where its rows came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from cdi_federate import explain
from cdi_federate.errors import AuditError, CdiError, ExecutionError, Interrupted, SourceError, UsageError
from cdi_federate.execute.analysis import COLUMNS, Analysis
from cdi_federate.execute.partial import Omission
from cdi_federate.execute.told import Told
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.steps import FederatedPlan

PREVIEW = 20
"""Rows that a notebook shows."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A source that the answer came from; `as_of` is when it was read (None: not yet)."""

    name: str
    kind: str
    department: str
    owner: str
    as_of: datetime | None = None


class Result:
    """One answer. Errors of the SQL were raised before it was made; errors of sources come when it is first used."""

    def __init__(
        self,
        plan: FederatedPlan,
        rows: Told | None,
        origins: Sequence[Origin] = (),
        omissions: Sequence[Omission] = (),
        *,
        plan_was_kept: bool = False,
    ) -> None:
        self.columns: tuple[OutputColumn, ...] = COLUMNS if isinstance(rows, Analysis) else plan.columns
        self.plan_was_kept = plan_was_kept
        self._plan, self._rows, self._origins, self._planned = plan, rows, tuple(origins), tuple(omissions)
        self._table: pa.Table | None = None
        self._began: datetime | None = None
        self._streamed = False
        self._failed: CdiError | None = None

    @classmethod
    def of_rows(
        cls,
        columns: tuple[OutputColumn, ...],
        rows: Sequence[Sequence[Any]],
        plan: FederatedPlan,
        omissions: Sequence[Omission] = (),
        *,
        plan_was_kept: bool = False,
    ) -> Result:
        """Return an answer that is known already (EXPLAIN); all its columns are text."""
        result = cls(plan, None, omissions=omissions, plan_was_kept=plan_was_kept)
        result.columns = columns
        names = [column.name for column in columns]
        result._table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
        return result

    # --- the rows ----------------------------------------------------------------------------------------------------

    def arrow(self) -> pa.Table:
        """Return the answer as a pyarrow table, which is kept."""
        if self._failed is not None:
            raise self._failed
        if self._table is None:
            try:
                self._table = self.reader().read_all()
            except (SourceError, ExecutionError, Interrupted, AuditError) as error:
                self._failed = error
                raise
        return self._table

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as they come, once; raises `UsageError` when asked again."""
        if self._table is not None:
            return self._table.to_reader()
        if self._streamed:
            raise UsageError("this answer was streamed already", help="Ask again, or take .arrow(), which keeps it.")
        assert self._rows is not None, "what has no rows to run has its table"
        self._streamed, self._began = True, datetime.now(UTC)
        return pa.RecordBatchReader.from_batches(self._rows.schema, iter(self._rows))

    def df(self) -> Any:
        """Return the answer as a pandas frame."""
        _need("pandas")
        return self.arrow().to_pandas()

    def pl(self) -> Any:
        """Return the answer as a polars frame."""
        return _need("polars").from_arrow(self.arrow())

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the answer as tuples of Python values; raises `UsageError` for one that Python has no value for."""
        table = self.arrow()
        try:
            columns = [column.to_pylist() for column in table.columns]
        except (OverflowError, ValueError):
            raise UsageError(
                "the answer holds a date or time that Python cannot hold (infinity, or a year beyond 9999)",
                help="Take .arrow(), or CAST the column to VARCHAR.",
            ) from None
        return list(zip(*columns, strict=True))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.fetchall())

    def __len__(self) -> int:
        return int(self.arrow().num_rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the answer to any library that reads Arrow streams."""
        return self.arrow().__arrow_c_stream__(requested_schema)

    def cancel(self) -> None:
        """Stop the query wherever it runs; may be called from any thread, more than once."""
        if self._rows is not None:
            self._rows.cancel()

    # --- what is known of it -----------------------------------------------------------------------------------------

    @property
    def plan(self) -> FederatedPlan:
        """The plan; without the sources that failed once they were left out, and without those that were not needed."""
        return self._plan if self._rows is None else self._rows.plan

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What a partial answer lacks; empty for a whole one. Known for good once the first row has come."""
        return self._planned if self._rows is None else (*self._planned, *self._rows.omissions)

    @property
    def statement(self) -> str:
        """The statement that runs in the engine, with the fragments in their places; empty to who may not see plans."""
        if self.plan.plan.query.is_opaque:
            return ""
        return self.plan.residual.text

    @property
    def sent(self) -> tuple[tuple[str, str, str], ...]:
        """What each source is sent: its name, its dialect, the text; nothing to who may not see plans."""
        if self.plan.plan.query.is_opaque:
            return ()
        return tuple((each.source, each.dialect, each.text) for each in self.plan.fragments)

    @property
    def sources(self) -> tuple[Origin, ...]:
        """The sources that were read, and when; to who may not see plans, those that provide what was asked for."""
        if self.plan.plan.query.is_opaque:
            read = {name for names in self.lineage().values() for name in names}
        else:
            read = {branch.mapping.source for scan in self.plan.plan.scans for branch in scan.branches}
        return tuple(replace(each, as_of=self._began) for each in self._origins if each.name in read)

    @property
    def ran(self) -> Ran | None:
        """What each source really gave, and how long it took; None until the last row is ready."""
        return None if self._rows is None else self._rows.ran

    def explain(self, *, analyze: bool = False) -> str:
        """Return the plan in words; with `analyze` beside it what really came, for which the query runs if it has not.

        Raises:
            UsageError: the answer was streamed, and not to its end.
        """
        ran = self._analyzed() if analyze else None  # first, for the plan is then that of the try that was enough
        return explain.text.render(self.plan, self.plan.residual.text, ran)

    def _analyzed(self) -> Ran | None:
        if self.ran is None and self._rows is not None:
            if self._streamed and self._failed is None:
                raise UsageError("what a stream did is known once it was read to its end")
            self.arrow()
        return self.ran

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return, for each entity that was read, the mappings that its rows came from.

        Who may not see plans is told the sources, of what was asked for: what a guard read besides, and whether a
        source had to be asked, would tell of rows that are hidden.
        """
        if self.plan.plan.query.is_opaque:
            lacks = {each.source for each in self.omissions}
            known = explain.guarded.read(self.plan)
            return {name: tuple(each for each in of if each not in lacks) for name, of in known.items()}
        found: dict[str, tuple[str, ...]] = {}
        for scan in self.plan.plan.scans:
            names = tuple(branch.mapping.qualified for branch in scan.branches)
            found[scan.entity.name] = tuple(dict.fromkeys((*found.get(scan.entity.name, ()), *names)))
        return found

    # --- for people --------------------------------------------------------------------------------------------------

    def show(self, limit: int = 40) -> None:
        """Print the first rows as a table."""
        print(self._drawn(limit))

    def __repr__(self) -> str:
        names = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"Result({names})"

    def _repr_html_(self) -> str:
        table = self.arrow()
        rows = _rows_of(table.slice(0, PREVIEW))
        note = f"first {PREVIEW} of {table.num_rows:,} rows" if table.num_rows > PREVIEW else f"{table.num_rows} rows"
        return explain.preview.preview_html([(column.name, column.type) for column in self.columns], rows, note)

    def _drawn(self, limit: int) -> str:
        table = self.arrow()
        head = [column.name for column in self.columns]
        body = [["NULL" if v is None else str(v) for v in row] for row in _rows_of(table.slice(0, limit))]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [head, *body]
        ]
        lines.insert(1, "  ".join("─" * width for width in widths))
        if table.num_rows > limit:
            lines.append(f"… {table.num_rows - limit:,} more rows")
        return "\n".join(lines)


def _rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _need(package: str) -> Any:
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError:
        raise UsageError(f"{package} is not installed", help=f"pip install 'cdi-federate[{package}]'") from None
