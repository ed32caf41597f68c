"""What Postgres' catalogs say of a table or a SELECT: columns, base types, collations, indexes; a few short questions.

Connections are psycopg's, so they are `Any` here. Errors pass through as psycopg raises them, but for a table that is
not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdi_federate import tree
from cdi_federate.dialects.postgres_wire import BYTES, duckdb_type
from cdi_federate.errors import DriftError, UnavailableError, nearest
from cdi_federate.sources.postgres_catalog import ALL, COLLATIONS, COLUMNS, NAMED, TYPES, UNIQUE
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.relations import RemoteTable


@dataclass(frozen=True, slots=True)
class _Raw:
    """A column as the catalogs have it, before its type and collation are looked up."""

    name: str
    typid: int
    typmod: int
    collation: int
    not_null: bool = False
    stamp: str = ""
    indexed: bool = False
    distinct: float | None = None
    null_fraction: float | None = None


def parts(written: str) -> tuple[tuple[str, bool], ...]:
    """Return the parts of a table's name as the catalog writes it, each with whether it stands in quotes."""
    found = re.findall(r'\s*(?:"((?:[^"]|"")+)"|([^".]+?))\s*(?:\.|$)', written)
    return tuple((quoted.replace('""', '"') or bare, bool(quoted)) for quoted, bare in found)


def of_table(connection: Any, written: str, source: str, encoding: str) -> TableFacts:
    """Return the facts of a table, a view, a foreign or partitioned table.

    Raises `DriftError` with the nearest names where there is none, `UnavailableError` where it may not be read.
    """
    found = _find(connection, written, source)
    oid, schema, name, kind, guess = found[:5]
    if not found[6]:
        raise UnavailableError(
            f"schema '{schema}' may not be used by this user", source=source, help=f"GRANT USAGE ON SCHEMA {schema} …"
        )
    rows = connection.execute(COLUMNS, (schema, name, kind == "p", oid)).fetchall()
    readable = {row[0]: row[6] for row in rows}
    if not any(readable.values()):
        raise UnavailableError(
            f"table '{schema}.{name}' may not be read by this user",
            source=source,
            help=f"GRANT SELECT ON {schema}.{name} TO …",
        )
    raw = [_Raw(r[0], r[1], r[2], r[3], r[4], r[5], r[7], _distinct(r[8], guess), r[9]) for r in rows if r[6]]
    columns = _columns(connection, raw, source, encoding)
    known = {column.name for column in columns.values()}
    unique = [tuple(names[0]) for names in connection.execute(UNIQUE, (oid,)).fetchall() if names[0]]
    return TableFacts(
        columns,
        unique=tuple(dict.fromkeys(names for names in unique if set(names) <= known and _keeps_apart(names, columns))),
        rows=None if guess is None else round(guess),
        relation=RemoteTable(name=(schema, name), stored=kind in ("r", "m")),
        pages=found[7],
    )


def of_select(connection: Any, select: str, source: str, encoding: str) -> TableFacts:
    """Return the facts of a SELECT's columns; the server reads it, and runs none of it."""
    inner = select.strip().rstrip(";")
    described = connection.execute(f"SELECT * FROM (\n{inner}\n) AS t LIMIT 0".encode()).description or []
    raw = [_Raw(column.name, column.type_code, column._fmod, 0) for column in described]
    kinds = _types(connection, raw)
    texts = [each for each, (_, _, collatable) in zip(raw, kinds, strict=True) if collatable]
    if texts:
        asked = ", ".join(f"pg_collation_for(t.{_identifier(each.name)})::regcollation::oid" for each in texts)
        (row,) = connection.execute(
            f"SELECT {asked} FROM (SELECT 1) AS d LEFT JOIN (\n{inner}\n) AS t ON FALSE".encode()
        ).fetchall()
        of = {each.name: int(oid or 0) for each, oid in zip(texts, row, strict=True)}
        raw = [_Raw(each.name, each.typid, each.typmod, of.get(each.name, 0)) for each in raw]
    return TableFacts(_columns(connection, raw, source, encoding), relation=RemoteTable(select=select))


def state_of_select(connection: Any, select: str) -> str:
    """Return a text that changes when the types of a SELECT's columns do."""
    inner = select.strip().rstrip(";")
    described = connection.execute(f"SELECT * FROM (\n{inner}\n) AS t LIMIT 0".encode()).description or []
    return ",".join(f"{column.name} {column.type_code} {column._fmod}" for column in described)


def _find(connection: Any, written: str, source: str) -> Any:
    """Return the row of the table that a name means: as written, else folded, else the only one in other case."""
    named = parts(written)[-2:]
    schema, schema_quoted = named[0] if len(named) == 2 else ("", False)
    name, quoted = named[-1]
    rows = connection.execute(NAMED, (name, schema, schema)).fetchall()
    if not schema:
        rows = [row for row in rows if not row[5]]
    for wanted in dict.fromkeys((name, name if quoted else name.lower())):
        for wanted_schema in dict.fromkeys((schema, schema if schema_quoted else schema.lower())):
            for row in rows:
                if row[2] == wanted and wanted_schema in ("", row[1]):
                    return row
    alike = [] if quoted or schema_quoted else rows
    if len(alike) == 1:
        return alike[0]
    names = [row[0] for row in connection.execute(ALL).fetchall()]
    shown = [f'"{row[1]}"."{row[2]}"' for row in rows] or list(nearest(written, names))
    raise DriftError(
        f"no table '{written}' in its database",
        source=source,
        candidates=shown,
        help=f"it has {', '.join(names[:8])}" if names else "this user sees no tables in it",
    )


def _columns(connection: Any, raw: Sequence[_Raw], source: str, encoding: str) -> dict[str, ColumnFacts]:
    collations = _collations(connection, {each.collation for each in raw if each.collation})
    found: dict[str, ColumnFacts] = {}
    folded = [each.name.lower() for each in raw]
    for each in raw:
        if folded.count(each.name.lower()) > 1:
            raise DriftError(
                f"it has two columns '{each.name.lower()}' whose names differ in case only",
                source=source,
                help="let the mapping read a SELECT that gives them other names",
            )
    for each, (native, labels, _) in zip(raw, _types(connection, raw), strict=True):
        type_ = duckdb_type(native, labels=labels)
        collation, deterministic = collations.get(each.collation, ("", True))
        if type_ == "VARCHAR" and encoding != "UTF8":
            collation = f"encoding {encoding}"
        clean = not type_.startswith("DECIMAL")  # a numeric may be NaN
        found[each.name.lower()] = ColumnFacts(
            each.name,
            type_,
            native=native,
            nullable=not (each.not_null and clean),
            collation=collation,
            binary=deterministic,
            clean=clean,
            indexed=each.indexed,
            distinct=each.distinct,
            null_fraction=each.null_fraction,
            stamp=each.stamp,
        )
    return found


def _distinct(counted: float | None, rows: float | None) -> float | None:
    """Return how many values a column holds; a negative count of the server's is a part of the rows, 0 is unknown."""
    if counted is not None and counted < 0:
        return None if rows is None else max(1.0, -counted * rows)
    return counted or None


def _types(connection: Any, raw: Sequence[_Raw]) -> list[tuple[str, bool, bool]]:
    """Return, for each column, the name of its base type, whether it is an array of an enum's, whether it collates."""
    given = ([each.typid for each in raw], [each.typmod for each in raw])
    return [tuple(row) for row in connection.execute(TYPES, given).fetchall()]


def _collations(connection: Any, oids: Iterable[int]) -> dict[int, tuple[str, bool]]:
    """Return name and determinism of collations; of one that compares bytes in order the name says so."""
    wanted = list(oids)
    if not wanted:
        return {}
    found = {}
    for oid, name, provider, deterministic, collate, default, default_provider in connection.execute(
        COLLATIONS, (wanted,)
    ).fetchall():
        if provider == "d":
            provider, collate, name = default_provider or "c", default, f"default ({default})"
        bytewise = (provider == "c" and collate in ("C", "POSIX")) or provider == "b"
        found[oid] = (f"{BYTES}{name}" if bytewise else name, deterministic)
    return found


def _keeps_apart(names: Iterable[str], columns: dict[str, ColumnFacts]) -> bool:
    """Whether values that the server tells apart stay apart here: of a numeric, NaN and NULL do not."""
    return all(columns[name.lower()].clean for name in names)


def _identifier(name: str) -> str:
    return tree.text(tree.quoted(name), "postgres")
