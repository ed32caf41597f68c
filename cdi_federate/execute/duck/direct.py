"""Fragments of which few rows are expected come by their server's own driver, all servers' at the same time.

Their rows are kept in temporary tables of the query's own connection, made of the server's words by casts to the types
in which they would have come otherwise. Whatever does not fit goes the engine's way (decision 026).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from cdi_federate.execute.duck.literal import name
from cdi_federate.execute.duck.spell import empty
from cdi_federate.sources.direct import Row, Unsuited
from cdi_federate.stages.actual import Actual
from cdi_federate.stages.ports import Source
from cdi_federate.stages.steps import FederatedPlan, Fragment

LISTED = 200
"""Rows up to which lists as parameters are quicker than an Arrow table, whose view alone takes two milliseconds."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Statements that one connection answers."""

    source: Source
    fragments: tuple[Fragment, ...]
    texts: tuple[str, ...]


class Direct:
    """What of a plan goes this way. `spelt` gives a fragment's text as it is sent; `places` are a source's for it."""

    def __init__(
        self,
        plan: FederatedPlan,
        sources: Mapping[str, Source],
        spelt: Callable[[Fragment], str],
        places: Mapping[str, int],
    ) -> None:
        self._jobs: list[_Job] = []
        self._sources, self._spelt = sources, spelt
        of: dict[str, list[Fragment]] = {}
        for fragment in plan.fragments:
            of.setdefault(fragment.source, []).append(fragment)
        rows, self._few = _expected(plan) if any(sources[name].exact for name in of) else ({}, {})
        for source, fragments in of.items():
            together = [fragments] if sources[source].one_moment else [[each] for each in fragments]
            fitting = [few for few in together if _fits(sources[source], few, rows, self._few)][: places[source]]
            self._jobs += (_Job(sources[source], tuple(few), tuple(map(spelt, few))) for few in fitting)
        self._alone = {source for source, fragments in of.items() if len(fragments) == 1}
        self.figures: dict[str, Actual] = {}

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The fragments that are tried this way."""
        return tuple(fragment for job in self._jobs for fragment in job.fragments)

    def fetch(self, connection: duckdb.DuckDBPyConnection, wanted: Callable[[], bool]) -> dict[str, str]:
        """Return what stands in FROM for each fragment whose rows came; raises the `SourceError` of one that failed.

        Of those that see one moment all came, or none. `wanted` says whether the query still runs.
        """
        asked = [partial(_fetched, job, wanted) for job in self._jobs]
        return self._kept(connection, zip(self._jobs, _at_once(asked), strict=True))

    def fetch_told(
        self, connection: duckdb.DuckDBPyConnection, fragment: Fragment, rows: float, wanted: Callable[[], bool]
    ) -> str:
        """Return what stands in FROM for a fragment that was told keys, for which about `rows` rows are expected.

        Empty where it does not go this way: for many rows, or where others of its source see the same moment.
        """
        source = self._sources[fragment.source]
        together = source.one_moment and fragment.source not in self._alone
        if together or not _fits(source, [fragment], {fragment.name: rows}, self._few):
            return ""
        job = _Job(source, (fragment,), (self._spelt(fragment),))
        return self._kept(connection, [(job, _fetched(job, wanted))]).get(fragment.name, "")

    def _kept(self, connection: duckdb.DuckDBPyConnection, over: Iterable[tuple[_Job, _Came | None]]) -> dict[str, str]:
        """Keep the rows that came, and return what stands in FROM for their fragments."""
        found: dict[str, str] = {}
        for job, came in over:
            tables = (
                [] if came is None else [kept(connection, *each) for each in zip(job.fragments, came.rows, strict=True)]
            )
            if came is None or "" in tables:
                continue
            for fragment, rows, table in zip(job.fragments, came.rows, tables, strict=True):
                found[fragment.name] = table
                self.figures[fragment.name] = Actual(len(rows), _size(rows), came.seconds, driver=True)
        return found


@dataclass(frozen=True, slots=True)
class _Came:
    rows: Sequence[Sequence[Row]]
    seconds: float


def _fits(
    source: Source, fragments: list[Fragment], rows: Mapping[str, float | None], few: Mapping[str, float]
) -> bool:
    if not source.exact or any(fragment.holes or not fragment.wire for fragment in fragments):
        return False
    if not all(type_.partition("(")[0] in source.exact for each in fragments for _, type_ in each.wire):
        return False
    known = [rows.get(fragment.name) for fragment in fragments]
    return all(each is not None for each in known) and sum(each or 0.0 for each in known) <= min(
        few.get(each.name, 0.0) for each in fragments
    )


def _expected(plan: FederatedPlan) -> tuple[dict[str, float | None], dict[str, float]]:
    """Return how many rows are expected of each fragment, and how many are few.

    It is the most that any branch expects that may read it, None where nobody knows.
    """
    found: dict[str, float | None] = {}
    few: dict[str, float] = {}
    branches = [branch for scan in plan.plan.asked for branch in scan.branches if branch.dialect]
    for fragment in plan.fragments:
        own = [branch for branch in branches if fragment.may_be_of(branch)]
        known = [branch.expected for branch in own]
        sure = [each for each in known if each is not None]
        found[fragment.name] = max(sure) if sure and len(sure) == len(known) else None
        few[fragment.name] = min((branch.few for branch in own), default=0.0)
    return found, few


def _at_once(asked: Sequence[Callable[[], _Came | None]]) -> list[_Came | None]:
    """Return what each gives; the first error is raised once all are over, so that none runs on unseen."""
    if len(asked) < 2:
        return [each() for each in asked]
    with ThreadPoolExecutor(len(asked), "cdi-direct") as threads:
        running = [threads.submit(each) for each in asked]
    return [each.result() for each in running]


def _fetched(job: _Job, wanted: Callable[[], bool]) -> _Came | None:
    began = time.monotonic()
    try:
        rows = job.source.fetch(job.texts, wanted)
    except Unsuited:
        return None
    return _Came(rows, time.monotonic() - began)


def kept(connection: duckdb.DuckDBPyConnection, fragment: Fragment, rows: Sequence[Row]) -> str:
    """Make a table of rows and return what stands in FROM for it; empty where a value has no form here."""
    if not rows:
        return empty(fragment.wire)
    if any(len(row) != len(fragment.wire) for row in rows[:1]):
        return ""
    columns = list(zip(*rows, strict=True))
    table = f"temp.{name(f'cdi_rows_{fragment.name}')}"
    cells = [_cell(f"c{number}", type_) for number, (_, type_) in enumerate(fragment.wire)]
    outputs = ", ".join(f"{cell} AS {name(given)}" for cell, (given, _) in zip(cells, fragment.wire, strict=True))
    making = f"CREATE TEMP TABLE {table} AS SELECT {outputs} FROM"
    make = _made_of_lists if len(rows) <= LISTED else _made_of_arrow
    try:
        make(connection, making, columns, [type_ == "BLOB" for _, type_ in fragment.wire])
    except (UnicodeDecodeError, pa.ArrowException, duckdb.ConversionException, duckdb.InvalidInputException):
        return ""  # a text that is not UTF-8, a day before Christ: the engine's reader knows what to make of it
    return table


def _made_of_lists(
    connection: duckdb.DuckDBPyConnection, making: str, columns: Sequence[Sequence[Any]], binary: Sequence[bool]
) -> None:
    lists = [
        [cell if cell is None or isinstance(cell, str) or raw else cell.decode() for cell in column]
        for column, raw in zip(columns, binary, strict=True)
    ]
    unnested = (f"unnest(${n + 1}::{'BLOB' if raw else 'VARCHAR'}[]) AS c{n}" for n, raw in enumerate(binary))
    connection.execute(f"{making} (SELECT {', '.join(unnested)})", lists)


def _made_of_arrow(
    connection: duckdb.DuckDBPyConnection, making: str, columns: Sequence[Sequence[Any]], binary: Sequence[bool]
) -> None:
    arrays = [pa.array(cells, pa.binary() if raw else pa.string()) for cells, raw in zip(columns, binary, strict=True)]
    connection.register("cdi_incoming", pa.table(arrays, names=[f"c{number}" for number in range(len(arrays))]))
    try:
        connection.execute(f"{making} cdi_incoming")
    finally:
        connection.unregister("cdi_incoming")


def _cell(column: str, type_: str) -> str:
    return column if type_ in ("VARCHAR", "BLOB") else f"CAST({column} AS {type_})"


def _size(rows: Sequence[Row]) -> int:
    """Return about what the rows take as the engine lays them out, where a text counts 16."""
    return 16 * sum(len(row) for row in rows)
