"""One customer, written for people (a profile, lists, a timeline) or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from cdi_federate.cli.formats import text
from cdi_federate.cli.formats.output import opened, terminal_width
from cdi_federate.cli.formats.table import Table, visible
from cdi_federate.federation.customer import Customer, Part, own_fields
from cdi_federate.query.virtual import AS_OF, SOURCE


def write(customer: Customer, *, as_json: bool, file: Path | None) -> None:
    """Write a customer to a file or standard output."""
    with opened(file) as out:
        if as_json:
            out.write(_object(customer).encode() + b"\n")
        else:
            _draw(customer, out, None if file else terminal_width())


# --- for people ------------------------------------------------------------------------------------------------------


def _draw(customer: Customer, out: BinaryIO, width: int | None) -> None:
    known = f", known to {', '.join(customer.sources)}" if customer.sources else ""
    _line(out, f"{customer.entity.name} {customer.id}{known}")
    profile = [
        (name, *(_plain(customer.row, column, at) for column in columns)) for name, at, columns in _known(customer)
    ]
    _table(out, width, ("field", "value", "source", "as of"), profile)
    same = {(name, value) for name, value, *_ in profile}
    for part in customer.parts:
        if part.at is None and part.total:
            rest = part.total - part.rows.num_rows
            _line(out, f"{part.facet.title}{f': {part.rows.num_rows:,} of {part.total:,}' if rest else ''}")
            _listed(out, width, part, same)
    moments = [_moment(part, at, same) for part, at in customer.moments()]
    if moments:
        more = f" (… {customer.left_out:,} more: --limit)" if customer.left_out else ""
        _line(out, f"timeline, newest first{more}")
        _table(out, width, ("when", "what", "department", "details"), moments)


Same = set[tuple[str | None, str | None]]
"""What the profile says: fields and values."""


def _moment(part: Part, at: int, same: Same) -> tuple[str | None, ...]:
    """Return a line of the timeline; what the profile says already is not said again."""
    assert part.at is not None
    cells = {name: _plain(part.rows, name, at) for name in part.rows.column_names}
    time = part.facet.time
    said = [
        f"{name} {cells[name]}"
        for name in own_fields(part.facet)
        if name != time and cells[name] not in (None, "") and (name, cells[name]) not in same
    ]
    return (cells[time], part.facet.title, cells.get("_department"), ", ".join(said))


def _listed(out: BinaryIO, width: int | None, part: Part, same: Same) -> None:
    """Draw the rows of a table without a time; a column that says nothing, or nothing new, is left out."""
    names = [*own_fields(part.facet), *(name for name in ("_department",) if name in part.rows.column_names)]
    cells = {name: text.plain(part.rows.column(name).combine_chunks()).to_pylist() for name in names}
    said = {
        name.lstrip("_"): values
        for name, values in cells.items()
        if any(value is not None and (name, value) not in same for value in values)
    }
    _table(out, width, tuple(said), list(zip(*said.values(), strict=True)))


def _table(out: BinaryIO, width: int | None, names: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> None:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    batch = pa.record_batch([pa.array(cells, pa.string()) for cells in columns], names=list(names))
    table = Table(out, batch.schema, limit=0, width=width)
    table.write(batch)
    table.close()


def _line(out: BinaryIO, words: str) -> None:
    out.write(f"{visible(words)}\n".encode())


# --- for programs ----------------------------------------------------------------------------------------------------


def _object(customer: Customer) -> str:
    kinds = dict(zip(customer.row.column_names, customer.types, strict=True))
    profile, moments = [], []
    for name, at, columns in _known(customer):
        said = (_json(customer.row, column, at, is_json=kinds.get(column) == "JSON") for column in columns)
        profile.append(
            _braced({"field": json.dumps(name), **dict(zip(("value", "source", "as_of"), said, strict=True))})
        )
    for part, at in customer.moments():
        row = _row(part.rows.slice(at, 1), own_fields(part.facet), part.types)
        head = {"at": _json(part.rows, part.facet.time, at), "table": json.dumps(part.facet.title)}
        for name in ("department", "source"):
            head[name] = _json(part.rows, f"_{name}", at) if f"_{name}" in part.rows.column_names else "null"
        moments.append(_braced({**head, "values": _braced(row)}))
    lists = {
        part.facet.title: _bracketed(
            _braced(_row(part.rows.slice(at, 1), tuple(part.rows.column_names), part.types))
            for at in range(part.rows.num_rows)
        )
        for part in customer.parts
        if part.at is None
    }
    missing = [
        {"source": each.source, "department": each.department, "tables": each.entities, "reason": each.reason,
         "harm": each.harm}
        for each in customer.omissions
    ]  # fmt: skip
    return _braced(
        {
            "id": json.dumps(customer.id),
            "table": json.dumps(customer.entity.name),
            "sources": json.dumps(customer.sources, ensure_ascii=False),
            "profile": _bracketed(profile),
            "timeline": _bracketed(moments),
            "left_out": str(customer.left_out),
            "lists": _braced(lists),
            "missing": json.dumps(missing, ensure_ascii=False),
        }
    )


def _row(row: pa.Table, names: tuple[str, ...], types: tuple[str, ...]) -> dict[str, str]:
    kinds = dict(zip(row.column_names, types, strict=True))
    return {name: _json(row, name, 0, is_json=kinds[name] == "JSON") for name in names}


def _known(customer: Customer) -> Iterator[tuple[str, int, tuple[str, str, str]]]:
    """Yield each value of the profile: its field, its row, and the columns of value, source and moment."""
    rows, keys = customer.row, {name.lower() for name in customer.entity.key}
    for field in customer.entity.fields.values():
        source, as_of = f"{field.name}{SOURCE}", f"{field.name}{AS_OF}"
        if source not in rows.column_names:
            source, as_of = ("_source", "_updated_at") if customer.entity.grain == "records" else ("", "")
        for at in range(rows.num_rows if field.name.lower() not in keys else 0):
            if rows.column(field.name)[at].is_valid:
                yield field.name, at, (field.name, source, as_of)


def _plain(rows: pa.Table, name: str, at: int) -> str | None:
    if not name:
        return None
    found: str | None = text.plain(rows.column(name).slice(at, 1).combine_chunks())[0].as_py()
    return found


def _json(rows: pa.Table, name: str, at: int, *, is_json: bool = False) -> str:
    if not name:
        return "null"
    return str(text.as_json(rows.column(name).slice(at, 1).combine_chunks(), is_json=is_json)[0].as_py())


def _braced(parts: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {said}" for name, said in parts.items()) + "}"


def _bracketed(parts: Iterable[str]) -> str:
    return "[" + ", ".join(parts) + "]"
