"""What a MySQL or MariaDB server says of its tables, read from its information_schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.dialects.mysql_unchanged import stamp
from cdi_federate.errors import DataError, DriftError, UnavailableError, nearest
from cdi_federate.sources.mysql_errors import number_of
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.relations import RemoteTable

_ALL_ROWS = 2**63
"""`sql_select_limit` at least so large lets every row pass."""

_SORTED = 1024
"""Bytes of a text that a server looks at while it sorts and groups; our statements rest on as many."""

_OTHER_TONGUES = ("ORACLE", "MSSQL", "DB2", "MAXDB", "PAD_CHAR_TO_FULL_LENGTH")
"""Words of `sql_mode` under which our statements would mean something else."""

_WRITES = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")

_PARTS = re.compile(r'\s*(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([^\s.`"]+))\s*(\.|$)')

_TABLES = "SELECT table_name, table_type, table_rows FROM information_schema.tables WHERE table_schema = %s"
_COLUMNS = (
    "SELECT column_name, column_type, collation_name, is_nullable FROM information_schema.columns "
    "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
)
_INDEXES = (
    "SELECT index_name, non_unique, seq_in_index, column_name, sub_part, index_type, cardinality "
    "FROM information_schema.statistics "
    "WHERE table_schema = %s AND table_name = %s ORDER BY index_name, seq_in_index"
)


def parts(written: str) -> tuple[str, ...]:
    """Return the parts of a name as it stands in a catalog: `table`, `database.table`, quoted in ` or " or not."""
    found: list[str] = []
    at = 0
    while at < len(written):
        match = _PARTS.match(written, at)
        if match is None:
            return (written.strip(),)
        tick, quoted, bare, _ = match.groups()
        found.append(tick.replace("``", "`") if tick else quoted.replace('""', '"') if quoted else bare)
        at = match.end()
    return tuple(found)


def of_table(connection: Any, relation: RemoteTable, written: str, source: str) -> TableFacts:
    """Return the facts of a table or view under the name that the server gives it.

    Raises:
        DriftError: there is no such table; with the nearest.
        UnavailableError: the account may not read it, or the server's settings would change our statements' meaning.
    """
    database, wanted = relation.name
    with connection.cursor() as cursor:
        require_settings(cursor, source)
        rows = _rows(cursor, _TABLES, (database,))
        table, guess = _table(cursor, database, wanted, rows, written, source)
        described = _rows(cursor, _COLUMNS, (database, table))
        listed = _rows(cursor, _INDEXES, (database, table))
    indexes, counted = _indexes(listed), _distinct(listed)
    leading = {columns[0][0].lower() for _, columns in indexes if columns[0][0]}
    first = next(
        (str(column).lower() for name, _, place, column, *_ in listed if name == "PRIMARY" and int(place) == 1), ""
    )
    columns = {
        name.lower(): replace(
            column(name, native, collation or "", nullable == "YES", name.lower() in leading),
            distinct=counted.get(name.lower()),
            clustered=name.lower() == first,
        )
        for name, native, collation, nullable in described
    }
    unique = [tuple(name for name, _ in columns_) for whole, columns_ in indexes if whole]
    return TableFacts(
        columns,
        unique=tuple(dict.fromkeys(unique)),
        rows=guess,
        relation=RemoteTable(name=(database, table)),
    )


def reading(grants: Iterable[str], database: str) -> str:
    """Return what makes sure that nothing is written, from the account's own grants."""
    names = ("*.*", f"`{database}`.*", f"{database}.*")
    for grant in grants:
        what, _, where = grant.upper().removeprefix("GRANT ").partition(" ON ")
        concerned = any(where.startswith(name.upper()) for name in names) or f"`{database.upper()}`." in where
        if concerned and any(re.search(rf"\b{word}\b", what) for word in _WRITES):
            return "read-only transactions; the account itself could write"
    return "read-only transactions, and the account may only read"


def _rows(cursor: Any, text: str, given: tuple[str, ...]) -> list[tuple[Any, ...]]:
    cursor.execute(text, given)
    return [tuple(row) for row in cursor.fetchall()]


def require_settings(cursor: Any, source: str) -> None:
    """Refuse (`UnavailableError`) a server whose sessions would read our statements otherwise, or cut their answers."""
    cursor.execute("SELECT @@GLOBAL.sql_mode, @@GLOBAL.sql_select_limit, @@GLOBAL.max_sort_length")
    mode, limit, sorted_ = cursor.fetchone()
    words = [word for word in str(mode).upper().split(",") if word in _OTHER_TONGUES]
    if words:
        raise UnavailableError(
            f"the server's sql_mode has {words[0]}, which changes what statements and texts mean",
            source=source,
            help="let its administrator take it out of the global sql_mode",
        )
    if int(limit) < _ALL_ROWS:
        raise UnavailableError(
            "the server's sql_select_limit cuts every answer", source=source, help="let its administrator reset it"
        )
    if int(sorted_) < _SORTED:
        raise UnavailableError(
            f"the server's max_sort_length is {sorted_}, so it takes different texts for equal while it sorts",
            source=source,
            help=f"let its administrator set it to {_SORTED} or more, as it is by itself",
        )


def _table(
    cursor: Any, database: str, wanted: str, rows: list[tuple[Any, ...]], written: str, source: str
) -> tuple[str, int | None]:
    """Return the table's own name and the server's guess of its rows."""
    known = {str(name): rows_ for name, _, rows_ in rows}
    alike = [name for name in known if name == wanted] or [n for n in known if n.lower() == wanted.lower()]
    if len(alike) == 1:
        guess = known[alike[0]]
        return alike[0], None if guess is None else int(guess)
    try:  # an account sees in information_schema only what it may read
        cursor.execute(f"SELECT 1 FROM {tree.text(tree.table(database, wanted), 'mysql')} LIMIT 0")
    except Exception as error:
        if number_of(error) in (1142, 1044, 1143):
            raise UnavailableError(
                f"the account may not read '{written}'", source=source, help="it needs SELECT on the table"
            ) from None
    names = sorted(known)
    raise DriftError(
        f"no table '{written}' in database '{database}'",
        source=source,
        candidates=nearest(wanted, names),
        help=f"it has {', '.join(names[:8])}" if names else "it has no tables that this account may read",
    )


def _indexes(rows: list[tuple[Any, ...]]) -> list[tuple[bool, list[tuple[str, Any]]]]:
    """Return, for each index that look-ups can use, whether whole values are unique in it, and its columns."""
    found: dict[str, tuple[bool, list[tuple[str, Any]]]] = {}
    for name, not_unique, _, column, part, kind, _ in rows:
        if str(kind).upper() in ("BTREE", "HASH"):
            whole, columns = found.get(name, (not int(not_unique), []))
            columns.append((str(column or ""), part))  # an index over an expression names no column
            found[name] = (whole and part is None and bool(column), columns)
    return list(found.values())


def _distinct(rows: list[tuple[Any, ...]]) -> dict[str, float]:
    """Return about how many values a column holds, by the server's sample of an index that begins with all of it."""
    found: dict[str, float] = {}
    for _, _, place, column, part, _, count in rows:
        if int(place) == 1 and column and part is None and count:
            found[str(column).lower()] = max(float(count), found.get(str(column).lower(), 0.0))
    return found


def column(name: str, native: str, collation: str, nullable: bool, indexed: bool) -> ColumnFacts:
    """Return the facts of a column from what the server calls its type and its collation."""
    kind = mysql_wire.word(native)
    return ColumnFacts(
        name,
        mysql_wire.duckdb_type(native),
        native=native,
        nullable=nullable or kind in mysql_wire.MOMENTS,
        collation=collation,
        binary=not collation or by_bytes(collation, kind),
        clean=kind not in mysql_wire.MOMENTS,
        indexed=indexed,
        stamp=stamp(name, native, collation),
    )


def by_bytes(collation: str, kind: str) -> bool:
    """Whether texts of a collation are equal, and in order, as their UTF-8 bytes are: no padding, no folding."""
    if kind in ("enum", "set"):
        return False
    return collation in ("utf8mb4_nopad_bin", "utf8mb3_nopad_bin", "utf8_nopad_bin", "utf8mb4_0900_bin")


def unreadable(column: ColumnFacts, source: str) -> DataError:
    """Return why a column of a type that is not read cannot be used."""
    return DataError(
        f"column '{column.name}' is of type {column.native}, which cannot be read",
        source=source,
        help="let the mapping's SELECT make text or numbers of it (ST_AsText, ST_X)",
    )
