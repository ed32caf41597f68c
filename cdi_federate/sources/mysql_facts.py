"""What a MySQL or MariaDB server says of its tables, read from its information_schema."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.dialects.mysql import stamp
from cdi_federate.errors import DataError, DriftError, UnavailableError, nearest
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.relations import RemoteTable

_ALL_ROWS = 2**63
"""`sql_select_limit` at least so large lets every row pass."""

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
    "SELECT index_name, non_unique, seq_in_index, column_name, sub_part, index_type FROM information_schema.statistics "
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
        _require_settings(cursor, source)
        rows = _rows(cursor, _TABLES, (database,))
        table, guess = _table(cursor, database, wanted, rows, written, source)
        described = _rows(cursor, _COLUMNS, (database, table))
        indexes = _indexes(_rows(cursor, _INDEXES, (database, table)))
    leading = {columns[0][0].lower() for _, columns in indexes if columns[0][0]}
    columns = {
        name.lower(): _column(name, native, collation or "", nullable == "YES", name.lower() in leading)
        for name, native, collation, nullable in described
    }
    unique = [tuple(name for name, _ in columns_) for whole, columns_ in indexes if whole]
    return TableFacts(
        columns,
        unique=tuple(dict.fromkeys(unique)),
        rows=guess,
        relation=RemoteTable(name=(database, table)),
    )


def of_select(connection: Any, relation: RemoteTable, source: str) -> TableFacts:
    """Return the facts of a SELECT's columns; no row of it is read. Raises `DriftError` where it does not run."""
    select = relation.select.strip().rstrip(";")
    with connection.cursor() as cursor:
        _require_settings(cursor, source)
        try:
            cursor.execute(f"SELECT * FROM ({select}) AS t LIMIT 0")
        except Exception as error:
            number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
            if number in (1142, 1143):
                raise UnavailableError("the account may not read what its SELECT names", source=source) from None
            if 1000 < number < 2000 and number not in (1040, 1053, 1205, 1213, 1927):
                raise DriftError(f"its SELECT does not run: the server's error {number}", source=source) from None
            raise
        fields = cursor._result.fields
        names = [tree.text(tree.column(field.name, "t"), "mysql") for field in fields]
        asked = ", ".join(f"COLLATION({name})" for name in names)
        nothing = f"(SELECT 1 AS one) AS o LEFT JOIN (SELECT * FROM ({select}) AS s LIMIT 0) AS t ON 1 = 1"
        cursor.execute(f"SELECT {asked} FROM {nothing}")
        collations = cursor.fetchone()
    columns = {}
    for field, collation in zip(fields, collations, strict=True):
        native = _native(field, str(collation or ""))
        written = mysql_wire.word(native) in ("longtext", "enum", "set")
        columns[field.name.lower()] = _column(field.name, native, str(collation) if written else "", True, False)
    return TableFacts(columns, relation=relation)


def state_of_select(connection: Any, relation: RemoteTable) -> str:
    """Return a text that changes with the columns of a SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({relation.select.strip().rstrip(';')}) AS t LIMIT 0")
        said = [
            (f.name, int(f.type_code), int(f.flags), int(f.charsetnr), int(f.length), int(f.scale))
            for f in cursor._result.fields
        ]
    return hashlib.md5(repr(said).encode(), usedforsecurity=False).hexdigest()


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


def _require_settings(cursor: Any, source: str) -> None:
    """Refuse a server whose sessions would read our statements otherwise, or cut their answers."""
    cursor.execute("SELECT @@GLOBAL.sql_mode, @@GLOBAL.sql_select_limit")
    mode, limit = cursor.fetchone()
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
        if error.args and error.args[0] in (1142, 1044, 1143):
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
    for name, not_unique, _, column, part, kind in rows:
        if str(kind).upper() in ("BTREE", "HASH"):
            whole, columns = found.get(name, (not int(not_unique), []))
            columns.append((str(column or ""), part))  # an index over an expression names no column
            found[name] = (whole and part is None and bool(column), columns)
    return list(found.values())


def _column(name: str, native: str, collation: str, nullable: bool, indexed: bool) -> ColumnFacts:
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


def _native(field: Any, collation: str) -> str:
    """Return the type of a SELECT's column, as information_schema would write it."""
    flags, scale = int(field.flags), int(field.scale)
    unsigned = " unsigned" if flags & 32 else ""
    binary = collation in ("binary", "")
    match int(field.type_code):
        case 1 | 2 | 3 | 8 | 9 as code:
            return {1: "tinyint", 2: "smallint", 3: "int", 8: "bigint", 9: "mediumint"}[code] + unsigned
        case 4:
            return "float"
        case 5:
            return "double"
        case 0 | 246:
            precision = int(field.length) - (1 if scale else 0) - (0 if unsigned else 1)
            return f"decimal({precision},{scale})"
        case 7:
            return f"timestamp({scale})"
        case 12:
            return f"datetime({scale})"
        case 10 | 14:
            return "date"
        case 11:
            return "time"
        case 13:
            return "year"
        case 16:
            return f"bit({field.length})"
        case 245:
            return "json"
        case 255:
            return "geometry"
        case 6:
            return "varchar(1)"
    if flags & 256:
        return "enum"
    if flags & 2048:
        return "set"
    if binary:
        return "longblob"
    if flags & 128 and not collation.endswith("_bin"):  # MariaDB's own types, which travel as bytes
        return {144: "uuid", 156: "inet6", 60: "inet4"}.get(int(field.length), "json")
    return "longtext"


def unreadable(column: ColumnFacts, source: str) -> DataError:
    """Return why a column of a type that is not read cannot be used."""
    return DataError(
        f"column '{column.name}' is of type {column.native}, which cannot be read",
        source=source,
        help="let the mapping's SELECT make text or numbers of it (ST_AsText, ST_X)",
    )
