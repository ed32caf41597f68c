"""What is known of one customer: the profile, what happened as one timeline, and what has no time in lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdi_federate.catalog.around import Facet
from cdi_federate.catalog.model import Entity
from cdi_federate.execute.partial import Omission
from cdi_federate.query.virtual import AS_OF, SOURCE


@dataclass(frozen=True, slots=True)
class Value:
    """A field of a customer: its value, the source that it is from, and when that last changed the record."""

    field: str
    value: Any
    source: str | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """What one table tells of a customer: its newest rows, of `total` there are. `at` are their times (None: none)."""

    facet: Facet
    rows: pa.Table
    at: pa.ChunkedArray | None
    total: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened: when (None: some day), of which table, at whose department, and the row's values."""

    at: datetime | None
    table: str
    department: str | None
    source: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer. `row` are the rows of it as they were answered: one where they are merged.

    `parts` are the tables that refer to it; `omissions` what could not be read, where that was allowed.
    """

    id: str
    entity: Entity
    row: pa.Table
    types: tuple[str, ...]
    parts: tuple[Part, ...]
    limit: int
    omissions: tuple[Omission, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that know the customer."""
        if self.entity.grain == "merged":
            return tuple(self.row.column("_sources").to_pylist()[0] or ())
        return tuple(dict.fromkeys(name for name in self.row.column("_source").to_pylist() if name))

    @property
    def profile(self) -> tuple[Value, ...]:
        """The fields that have a value, in the entity's order, with where each is from."""
        return tuple(self._values())

    @property
    def timeline(self) -> tuple[Moment, ...]:
        """What happened, newest first, what is of no known day last; `limit` moments at most."""
        rows = {id(part): python_rows(part.rows) for part in self.parts}
        return tuple(_moment(part, at, rows[id(part)][at]) for part, at in self.moments())

    def moments(self) -> tuple[tuple[Part, int], ...]:
        """The timeline as tables and the numbers of their rows."""
        found: list[tuple[int | None, Part, int]] = []
        for part in self.parts:
            if part.at is not None:
                ticks = pc.cast(part.at, pa.int64()).to_pylist()
                found += [(tick, part, at) for at, tick in enumerate(ticks)]
        found.sort(key=lambda each: (each[0] is not None, each[0] or 0), reverse=True)
        return tuple((part, at) for _, part, at in found[: self.limit])

    @property
    def lists(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of the tables that say no time, by the table's name."""
        found: dict[str, list[dict[str, Any]]] = {}
        for part in self.parts:
            if part.at is None:
                found[part.facet.title] = python_rows(part.rows)
        return found

    @property
    def left_out(self) -> int:
        """How many moments there are beyond those of the timeline."""
        return max(0, sum(part.total for part in self.parts if part.at is not None) - self.limit)

    def _values(self) -> Iterator[Value]:
        rows, keys = python_rows(self.row), {name.lower() for name in self.entity.key}
        for field in self.entity.fields.values():
            for row in rows if field.name.lower() not in keys else ():
                if row[field.name] is not None:
                    source = row.get(f"{field.name}{SOURCE}", row.get("_source"))
                    as_of = row.get(f"{field.name}{AS_OF}", row.get("_updated_at"))
                    yield Value(field.name, row[field.name], source, as_of)


def _moment(part: Part, at: int, row: dict[str, Any]) -> Moment:
    assert part.at is not None
    (when,) = python_rows(pa.table({"at": part.at.slice(at, 1)}))
    known = when["at"] if isinstance(when["at"], datetime) else None
    shown = {name: row[name] for name in own_fields(part.facet) if row[name] is not None}
    return Moment(known, part.facet.title, row.get("_department"), row.get("_source"), shown)


def own_fields(facet: Facet) -> tuple[str, ...]:
    """Return the fields of a table but the one that says whose its rows are."""
    return tuple(field.name for field in facet.entity.fields.values() if field.name != facet.field)


def python_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dictionaries; what Python has no value for (infinity, a year beyond 9999) as text."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            columns[name] = column.to_pylist()
        except (OverflowError, ValueError):
            columns[name] = column.cast(pa.int64()).cast(pa.string()).to_pylist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
