"""How a column of MySQL or MariaDB travels: in the binary protocol, so most values come as they are stored.

Where the engine's reader would round, misread or refuse a value, it is sent as something else:

    type of the column                 here                       travels as
    tinyint … bigint [unsigned], year  TINYINT … UBIGINT, SMALLINT    itself; TINYINT(1) is a number as any other
    float, double                      DOUBLE                     itself; a float's own value, not its six digits
    decimal(p,s), p <= 38              DECIMAL(p,s)               itself; with its digits said, where the reader
                                                                  would count them wrong
    decimal of more digits             VARCHAR                    text: the reader would make a double of it
    bit(1), bit(n)                     BOOLEAN, UBIGINT           its number
    date, datetime(n)                  DATE, TIMESTAMP            itself; NULL where it is no day of the calendar
    timestamp(n)                       TIMESTAMP WITH TIME ZONE   its moment in UTC, the zone of the session
    time(n)                            VARCHAR                    its text: it may be negative, or more than a day
    char … longtext, enum, set, json   VARCHAR                    itself, in UTF-8; cast where a _bin collation would
                                                                  make bytes of it
    uuid, inet4, inet6                 VARCHAR                    text
    binary … longblob                  BLOB                       itself
    geometry and what else there is    -                          it is not read

A zero or incomplete date (`0000-00-00`, `2024-00-10`), a day that does not exist (`2024-02-31`, with
ALLOW_INVALID_DATES) and one of the year 0 are values that do not fit: NULL here. Day arithmetic tells them: adding no
day gives another day, or none.
Sources: mariadb.com/kb/en/data-types, dev.mysql.com/doc/refman/8.0/en/data-types.html, the round trips in the tests.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cdi_federate import tree
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_INTEGERS = {
    "tinyint": ("TINYINT", "UTINYINT"),
    "smallint": ("SMALLINT", "USMALLINT"),
    "mediumint": ("INTEGER", "UINTEGER"),
    "int": ("INTEGER", "UINTEGER"),
    "integer": ("INTEGER", "UINTEGER"),
    "bigint": ("BIGINT", "UBIGINT"),
}
TEXTS = frozenset(
    {
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
        "json",
        "inet4",
        "inet6",
        "uuid",
        "time",
    }
)
BYTES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
MOMENTS = frozenset({"date", "datetime", "timestamp"})
UTF8 = frozenset({"utf8mb4", "utf8mb3", "utf8", "ascii"})
"""Character sets whose bytes are those of UTF-8."""

_DIGITS = re.compile(r"\((\d+)(?:,\s*(\d+))?\)")

FITTING = "CASE WHEN c = c + INTERVAL '0' DAY THEN c END"
"""A date or moment `c`, NULL where it is none of the calendar's."""

_TEXT = "CAST(c AS CHAR CHARACTER SET utf8mb4)"
_NUMBER = "CAST(c AS UNSIGNED)"


def word(native: str) -> str:
    """Return the type's own word: `int` of `int(10) unsigned zerofill`."""
    found = re.match(r"[a-z0-9]+", native.lower())
    return found[0] if found else ""


def charset(collation: str) -> str:
    """Return the character set that a collation is of; empty where there is none."""
    return collation.split("_", 1)[0]


def duckdb_type(native: str) -> str:
    """Return the DuckDB type in which the residual sees a column of a type; empty for one that is not read."""
    kind = word(native)
    digits = _DIGITS.search(native)
    if kind in _INTEGERS:
        return _INTEGERS[kind]["unsigned" in native.lower()]
    match kind:
        case "float" | "double" | "real":
            return "DOUBLE"
        case "decimal" | "numeric":
            precision, scale = (int(digits[1]), int(digits[2] or 0)) if digits else (10, 0)
            return f"DECIMAL({precision},{scale})" if precision <= 38 else "VARCHAR"
        case "bit":
            return "BOOLEAN" if digits is None or digits[1] == "1" else "UBIGINT"
        case "year":
            return "SMALLINT"
        case "date":
            return "DATE"
        case "datetime":
            return "TIMESTAMP"
        case "timestamp":
            return "TIMESTAMP WITH TIME ZONE"
    return "VARCHAR" if kind in TEXTS else "BLOB" if kind in BYTES else ""


@lru_cache(maxsize=4096)
def to_wire(column: ColumnFacts) -> Tree:
    """Return the expression, in the server's dialect, that sends a column; it is shared, so do not change it.

    A column of no known type is sent as its text, whatever it is.
    """
    return wired(column, tree.column(column.name))


def wired(column: ColumnFacts, cell: Tree) -> Tree:
    """Return the expression that sends what has been computed of a column's values as the column is sent."""
    template = _sent(column)
    return cell if template == "c" else _filled(template, "mysql", cell)


def as_text(cell: Tree) -> Tree:
    """Return a cell's text."""
    return _filled(_TEXT, "mysql", cell)


def filled(template: str, column: ColumnFacts) -> Tree:
    """Return an expression in the server's words, in which `c` stands for the column."""
    return _filled(template, "mysql", tree.column(column.name))


def in_utf8(bytes_: Tree) -> Tree:
    """Return the text that bytes in UTF-8 are."""
    return _filled("CONVERT(c USING utf8mb4)", "mysql", bytes_)


def fitted(column: Tree) -> Tree:
    """Return a date or moment, NULL where it is none of the calendar's."""
    return _filled(FITTING, "mysql", column)


def from_wire(column: ColumnFacts, wire: Tree) -> Tree:
    """Return the expression, in DuckDB's dialect, that makes a value of `column.type` of what came.

    The session's time zone is UTC on both ends, so the cast of a moment reads it as it was sent.
    """
    return tree.detached(wire) if column.type in ("VARCHAR", "BLOB") else tree.cast(tree.detached(wire), column.type)


def wire_type(column: ColumnFacts) -> str:
    """Return the DuckDB type in which a column arrives."""
    match word(column.native):
        case "float":
            return "FLOAT"
        case "year":
            return "INTEGER"
        case "bit":
            return "UBIGINT"
        case "timestamp":
            return "TIMESTAMP"
    return column.type


def fitting(column: Tree) -> Tree:
    """Return the predicate that a date or moment is one of the calendar's."""
    return _filled("c = c + INTERVAL '0' DAY", "mysql", column)


def misfit(column: Tree) -> Tree:
    """Return the predicate that a date or moment is NULL, or none of the calendar's."""
    return tree.is_null(_filled(FITTING, "mysql", column))


def binary(column: ColumnFacts) -> Tree:
    """Return the UTF-8 bytes of a text column as a binary string, which compares as DuckDB compares text."""
    template = "CAST(c AS BINARY)" if charset(column.collation) in UTF8 else f"CAST({_TEXT} AS BINARY)"
    return _filled(template, "mysql", tree.column(column.name))


def folded(column: ColumnFacts) -> Tree:
    """Return a text column so that letters compare without case, one by one."""
    return _filled(f"{_TEXT} COLLATE utf8mb4_general_ci", "mysql", tree.column(column.name))


def _sent(column: ColumnFacts) -> str:
    kind = word(column.native)
    if kind in MOMENTS:
        return FITTING
    if kind == "bit":
        return _NUMBER
    if (
        not kind
        or kind in ("uuid", "inet4", "inet6", "json", "time")
        or (kind in ("decimal", "numeric") and column.type == "VARCHAR")
    ):
        return _TEXT
    if kind in TEXTS and column.collation.endswith("_bin"):
        return _TEXT
    if kind in ("decimal", "numeric"):
        return _decimal(column)
    return "c"


def _decimal(column: ColumnFacts) -> str:
    """Say the digits of a decimal so that the engine's reader counts them right.

    It takes one for a sign and one for a point, also where a number has none of the two; then one digit is missing.
    """
    known = type_info(column.type)
    if known.scale == 0:
        return f"CAST(c AS DECIMAL({known.precision + 1}, 0))"
    return f"CAST(c AS DECIMAL({known.precision}, {known.scale}))" if "unsigned" in column.native.lower() else "c"


def _filled(text: str, dialect: str, cell: Tree) -> Tree:
    return tree.slim(tree.replaced(_template(text, dialect), lambda node: cell if _is_cell(node) else None))


@lru_cache(maxsize=32)
def _template(text: str, dialect: str) -> Tree:
    return tree.parse_expression(text, dialect)


def _is_cell(node: Tree) -> bool:
    return node.key == "column" and node.name == "c"
