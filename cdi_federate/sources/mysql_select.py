"""Facts of a SELECT of the catalog's on MySQL or MariaDB: what the protocol says of its columns, no row of it read."""

from __future__ import annotations

import hashlib
from typing import Any

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.errors import DriftError, UnavailableError
from cdi_federate.sources.mysql_errors import number_of
from cdi_federate.sources.mysql_facts import column, require_settings
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.relations import RemoteTable

_NUMBERS = {
    1054: "it names a column that there is not",
    1146: "it names a table that there is not",
    1064: "the server cannot read it",
    1060: "two of its columns have one name",
    1356: "it reads a view that does not work any more",
}
"""The server's numbers of what keeps a SELECT from running; its own words may hold constants."""


def facts(connection: Any, relation: RemoteTable, source: str) -> TableFacts:
    """Return the facts of a SELECT's columns; no row of it is read. Raises `DriftError` where it does not run."""
    select = relation.select.strip().rstrip(";")
    with connection.cursor() as cursor:
        require_settings(cursor, source)
        fields = _fields(cursor, select, source)
        names = [tree.text(tree.column(field.name, "t"), "mysql") for field in fields]
        asked = ", ".join(f"COLLATION({name})" for name in names)
        nothing = f"(SELECT 1 AS one) AS o LEFT JOIN (SELECT * FROM ({select}\n) AS s LIMIT 0) AS t ON 1 = 1"
        cursor.execute(f"SELECT {asked} FROM {nothing}")
        collations = cursor.fetchone()
    columns = {}
    for field, collation in zip(fields, collations, strict=True):
        native = _native(field, str(collation or ""))
        written = mysql_wire.word(native) in ("longtext", "enum", "set")
        columns[field.name.lower()] = column(field.name, native, str(collation) if written else "", True, False)
    return TableFacts(columns, relation=relation)


def state(connection: Any, relation: RemoteTable, source: str) -> str:
    """Return a text that changes with the columns of a SELECT; raises `DriftError` where it does not run."""
    with connection.cursor() as cursor:
        fields = _fields(cursor, relation.select.strip().rstrip(";"), source)
    said = [(f.name, int(f.type_code), int(f.flags), int(f.charsetnr), int(f.length), int(f.scale)) for f in fields]
    return hashlib.md5(repr(said).encode(), usedforsecurity=False).hexdigest()


def _fields(cursor: Any, select: str, source: str) -> list[Any]:
    """Return what the protocol says of a SELECT's columns."""
    try:
        cursor.execute(f"SELECT * FROM ({select}\n) AS t LIMIT 0")
    except Exception as error:
        number = number_of(error)
        if number in (1142, 1143):
            raise UnavailableError("the account may not read what its SELECT names", source=source) from None
        if 1000 < number < 2000 and number not in (1040, 1053, 1205, 1213, 1927):
            raise DriftError(
                f"its SELECT does not run: {_NUMBERS.get(number, f'error {number}')}", source=source
            ) from None
        raise
    return list(cursor._result.fields)


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
            return f"decimal({precision},{scale}){unsigned}"
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
