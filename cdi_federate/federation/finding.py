"""Find one customer, and ask every table that refers to it.

The catalog alone says what belongs together (`catalog/around.py`). Each table is asked one question, by the customer's
id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cdi_federate.catalog.around import Facet, facets, found_by, whose
from cdi_federate.catalog.model import Entity
from cdi_federate.errors import Interrupted, SourceError, UsageError
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.execute.partial import Omission, OnFailure
from cdi_federate.execute.result import Result
from cdi_federate.federation.customer import Customer, Part, own_fields, python_rows
from cdi_federate.hub import Crosswalk
from cdi_federate.query.shapes import name_of
from cdi_federate.stages.subject import Subject

if TYPE_CHECKING:
    from cdi_federate.federation.api import Federation

LIMIT = 100
"""Moments of the timeline, and rows of each list, unless more are asked for."""

LISTED = 10
"""Customers that are named where several are found."""

TICKS = pa.timestamp("us")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a customer is asked for; `since` is the day or moment from which on the timeline is wanted."""

    since: date | datetime | None = None
    limit: int = LIMIT
    deadline: float | None = None
    on_failure: OnFailure | None = None
    allow_wrong: bool = False
    subject: Subject | None = None


def customer(
    federation: Federation, id: str | None, by: Mapping[str, str], entity: str | None, wanted: Wanted
) -> Customer:
    """Return everything about the customer of an id, or of whom some records have all these values.

    Raises:
        UsageError: there is no such customer, or several; a field is unknown; the entity is not merged.
    """
    if wanted.subject is not None:
        federation = federation.as_subject(wanted.subject)
    return _Asking(federation, whose(federation.catalog, entity), wanted).customer(id, by)


class _Asking:
    """Asks one question after the other, within one deadline; gathers what could not be read."""

    def __init__(self, federation: Federation, entity: Entity, wanted: Wanted) -> None:
        self.federation, self.catalog, self.entity, self.wanted = federation, federation.catalog, entity, wanted
        seconds = self.catalog.deadline_seconds if wanted.deadline is None else wanted.deadline
        self.seconds, self.until = seconds, time.monotonic() + seconds
        self.omissions: dict[tuple[str, tuple[str, ...]], Omission] = {}

    def customer(self, id: str | None, by: Mapping[str, str]) -> Customer:
        """Find the customer, then ask every table."""
        if by:
            id = self._found(by, id)
        if not id:
            raise UsageError("which customer?", help="Give an id, or a value: --email X, --phone X, --by FIELD=VALUE.")
        key = name_of(self.entity.key[0])
        asked = f"FROM {name_of(self.entity.name)} WHERE {key} = $id"
        result, given = self._ask(asked, id=id), id
        row = _read(result, Result.arrow)
        if not row.num_rows and (renamed := self._renamed(id)):
            id, result = renamed, self._ask(asked, id=renamed)
            row = _read(result, Result.arrow)
        if not row.num_rows:
            # As it was given: the id in force is nobody's business who may not see that customer.
            raise UsageError(f"no customer has the id '{given}'", help="--email X or --phone X looks for records.")
        self._note(result)
        parts = tuple(part for facet in facets(self.catalog, self.entity) if (part := self._part(facet, id)))
        types = tuple(column.type for column in result.columns)
        lacks = tuple(self.omissions.values())
        return Customer(id, self.entity, row, types, parts, self.wanted.limit, lacks)

    # --- who ---------------------------------------------------------------------------------------------------------

    def _found(self, by: Mapping[str, str], id: str | None) -> str:
        """Return the one customer of whom some records have all these values."""
        sets = [self._having(name, value) for name, value in by.items()]
        found = set.intersection(*sets) & ({id} if id else sets[0])
        if len(found) == 1:
            return found.pop()
        names = " and ".join(by)
        if not found:
            raise UsageError(
                f"no customer has that {names}",
                help="Values are compared as they are after mapping; see `cdi lineage`.",
            )
        known = sorted(found)
        more = f", and {len(known) - LISTED:,} more" if len(known) > LISTED else ""
        help = f"Name one: {', '.join(known[:LISTED])}{more}."
        if self.entity.grain == "merged" and Crosswalk.current(self.catalog.base, self.entity.name) is None:
            help += "\nNo records are linked yet: `cdi identity build` links them."
        raise UsageError(f"{len(found):,} customers have that {names}", help=help)

    def _having(self, name: str, value: str) -> set[str]:
        """Return the customers of whom a record has a value: as it is given, or in small letters without spaces."""
        key, table = name_of(self.entity.key[0]), name_of(self._records())
        conditions, values = [], {"v": value.strip(), "folded": value.strip().lower()}
        for field in found_by(self.entity, name):
            is_text = field.type == "VARCHAR"
            given = "$v, $folded" if is_text else f"TRY_CAST($v AS {field.type})"
            conditions.append(f"{name_of(field.name)} IN ({given})")
            if not is_text:
                values.pop("folded", None)
        result = self._ask(f"SELECT DISTINCT {key} FROM {table} WHERE {' OR '.join(conditions)}", **values)
        found = _read(result, Result.fetchall)
        self._note(result)
        return {id for (id,) in found if id is not None}

    def _records(self) -> str:
        derived = self.catalog.derived.values()
        unmerged = (each.name for each in derived if each.of == self.entity.name and each.part == "records")
        return next(unmerged, self.entity.name)

    def _renamed(self, id: str) -> str:
        """Return the id in force of a customer who once had another."""
        known = Crosswalk.current(self.catalog.base, self.entity.name) if self.entity.grain == "merged" else None
        if known is None:
            return ""
        with Workbench() as bench:
            asked = {"file": str(known.aliases), "old": id}
            rows = bench.rows("SELECT master_id FROM read_parquet($file) WHERE old_master_id = $old", asked)
        return rows[0][0] if rows else ""

    # --- what --------------------------------------------------------------------------------------------------------

    def _part(self, facet: Facet, id: str) -> Part | None:
        """Return what a table tells; None where its only source failed and may be left out."""
        columns = ", ".join(map(name_of, (*own_fields(facet), *_origin(facet))))
        sql: str = f"SELECT {columns} FROM {name_of(facet.entity.name)} WHERE {name_of(facet.field)} = $id"
        values: dict[str, Any] = {"id": id}
        if facet.time and self.wanted.since is not None:
            sql, values = f"{sql} AND {name_of(facet.time)} >= $since", {**values, "since": self.wanted.since}
        try:
            result = self._ask(sql, **values)
            rows, at, total = _read(result, lambda it: _newest(it, facet.time, self.wanted.limit))
        except SourceError as error:
            self._forgive(error, facet)
            return None
        self._note(result)
        return Part(facet, rows, at, total, tuple(column.type for column in result.columns))

    def _forgive(self, error: SourceError, facet: Facet) -> None:
        """Note that a table is lacking altogether; raises the error where that is not allowed."""
        source = self.catalog.sources.get(error.source)
        if source is None or (self.wanted.on_failure or source.on_failure) != "partial":
            raise error
        lacking = Omission(source.name, source.department, source.owner, (facet.entity.name,), error.message)
        self.omissions[source.name, lacking.entities] = lacking

    def _ask(self, sql: str, **values: Any) -> Result:
        left = self.until - time.monotonic()
        if left <= 0:
            raise Interrupted(f"the customer took longer than the deadline of {self.seconds:g} s")
        of = self.wanted
        return self.federation.sql(
            sql, parameters=values, deadline=left, on_failure=of.on_failure, allow_wrong=of.allow_wrong,
            subject=of.subject,
        )  # fmt: skip

    def _note(self, result: Result) -> None:
        self.omissions |= {(each.source, each.entities): each for each in result.omissions}


T = TypeVar("T")


def _read(result: Result, take: Callable[[Result], T]) -> T:
    """Return what is taken of an answer; whoever stops it stops the sources too."""
    try:
        return take(result)
    except BaseException:
        result.cancel()
        raise


def _newest(result: Result, at: str, limit: int) -> tuple[pa.Table, pa.ChunkedArray | None, int]:
    """Return the newest rows of an answer with their times, and how many there are; never many more are held."""
    reader = result.reader()
    kept, total = reader.schema.empty_table(), 0
    for batch in reader:
        total += batch.num_rows
        kept = pa.concat_tables([kept, pa.Table.from_batches([batch])])
        if kept.num_rows > 10 * limit:
            kept = _sorted(kept, at)[:limit]
    kept = _sorted(kept, at)[:limit]
    times = pc.cast(kept.column(at), TICKS, safe=False) if at else None
    return kept, times, total


def _sorted(rows: pa.Table, at: str) -> pa.Table:
    if not at:  # in some order that is always the same
        said = [repr(row) for row in python_rows(rows)]
        return rows.take(pa.array(sorted(range(rows.num_rows), key=said.__getitem__), pa.int64()))
    order = pc.sort_indices(pc.cast(rows.column(at), TICKS, safe=False), sort_keys=[("", "descending")])
    return rows.take(order)


def _origin(facet: Facet) -> tuple[str, ...]:
    return ("_department", "_source") if facet.entity.grain == "records" else ()
