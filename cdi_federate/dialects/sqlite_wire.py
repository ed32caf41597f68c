"""How a SQLite cell travels: `sqlite_query` hands every column over as text, so we say which text, exactly.

A SQLite cell has its own storage class, whatever its column declares. A cell whose class is not its column's reads as
NULL here (a quality finding), so that a column has one type; only integers in columns of fractions are taken.

    type of the column           travels as                                               read back by
    BIGINT                       the integer's digits                                     CAST
    BOOLEAN                      1 or 0; any other integer is NULL                        CAST
    DOUBLE                       20 significant digits, Inf, -Inf                         CAST
    DECIMAL(p,s)                 an integer's digits; of a real 15, else 17 digits        TRY_CAST
    BLOB                         hexadecimal digits                                       unhex
    VARCHAR, text affinity       the text                                                 decode(encode())
    VARCHAR, other affinities    the text; a number by its digits (of a real 15, else 20)  decode(encode())

Text is decoded although it is text: SQLite does not check that it is UTF-8, and unchecked it would run through DuckDB.
17 digits do not suffice for a double: SQLite's own printf is not exact at its last digit for magnitudes above 1e200.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from cdi_federate import tree
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.tree import Tree

Affinity = Literal["INTEGER", "TEXT", "BLOB", "REAL", "NUMERIC"]

_SHORT = "CASE WHEN CAST(PRINTF('%!.15g', c) AS REAL) = c THEN PRINTF('%!.15g', c) ELSE PRINTF('%!.{digits}g', c) END"
_INTEGER = "CASE WHEN TYPEOF(c) = 'integer' THEN c END"
_BOOLEAN = "CASE WHEN TYPEOF(c) = 'integer' AND c IN (0, 1) THEN c END"
_DOUBLE = "CASE WHEN TYPEOF(c) IN ('real', 'integer') THEN PRINTF('%!.20g', c) END"
_CLASS = "CASE WHEN TYPEOF(c) IN ('real', 'integer') THEN c END"
_BLOB = "CASE WHEN TYPEOF(c) = 'blob' THEN HEX(c) END"
_TEXT = "CASE WHEN TYPEOF(c) = 'text' THEN c END"
_DECIMAL = f"CASE TYPEOF(c) WHEN 'integer' THEN CAST(c AS TEXT) WHEN 'real' THEN {_SHORT.format(digits=17)} END"
_ANY = (
    "CASE TYPEOF(c) WHEN 'text' THEN c WHEN 'integer' THEN CAST(c AS TEXT) "
    f"WHEN 'real' THEN {_SHORT.format(digits=20)} END"
)
_EXACT_DECIMAL = re.compile(r"^\s*(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)\s*$", re.IGNORECASE)


def affinity(native: str) -> Affinity:
    """Return the affinity that SQLite gives to a declared type; no type at all is BLOB."""
    word = native.upper()
    if "INT" in word:
        return "INTEGER"
    if any(part in word for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in word or not word.strip():
        return "BLOB"
    if any(part in word for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "NUMERIC"


def duckdb_type(native: str) -> str:
    """Return the DuckDB type in which the residual sees a column of a declared type.

    Dates and times are VARCHAR: SQLite has none, so the cell's text stands and the mapping says how to read it.
    """
    match affinity(native):
        case "INTEGER":
            return "BIGINT"
        case "TEXT":
            return "VARCHAR"
        case "REAL":
            return "DOUBLE"
        case "BLOB":
            return "BLOB" if native.strip() else "VARCHAR"
        case "NUMERIC":
            if native.strip().upper() in ("BOOLEAN", "BOOL"):
                return "BOOLEAN"
            exact = _EXACT_DECIMAL.match(native)
            if exact:
                precision, scale = int(exact[1]), int(exact[2] or 0)
                if 1 <= precision <= 38 and scale <= precision:
                    return f"DECIMAL({precision},{scale})"
            return "VARCHAR"


@lru_cache(maxsize=4096)
def to_wire(column: ColumnFacts) -> Tree:
    """Return the expression, in SQLite's dialect, that sends a column as text; it is shared, so do not change it."""
    return tree.slim(wired(column, tree.column(column.name)))


def wired(column: ColumnFacts, cell: Tree) -> Tree:
    """Return the expression that sends what has been computed of a column's values as the column is sent."""
    return tree.replaced(_template(_sent(column), "sqlite"), lambda node: cell if _is_cell(node) else None)


def typed(column: ColumnFacts) -> Tree:
    """Return the cells of the column's own class, NULL for others: what is read here, before it is made a text."""
    classes = {"BIGINT": _INTEGER, "BOOLEAN": _BOOLEAN, "DOUBLE": _CLASS, "VARCHAR": _TEXT}
    text = "c" if column.clean and column.type != "BOOLEAN" else classes[column.type]
    cell = tree.column(column.name)
    return tree.replaced(_template(text, "sqlite"), lambda node: cell if _is_cell(node) else None)


def from_wire(column: ColumnFacts, wire: Tree) -> Tree:
    """Return the expression, in DuckDB's dialect, that makes a value of `column.type` of the text that came."""
    match column.type.split("(")[0]:
        case "VARCHAR":
            return _read("DECODE(ENCODE(c))", wire)
        case "BLOB":
            return _read("UNHEX(c)", wire)
        case "DECIMAL":
            return tree.cast(tree.detached(wire), column.type, safe=True)
        case _:
            return tree.cast(tree.detached(wire), column.type)


def _read(template: str, wire: Tree) -> Tree:
    return tree.replaced(_template(template, "duckdb"), lambda node: wire if _is_cell(node) else None)


def _sent(column: ColumnFacts) -> str:
    match column.type.split("(")[0]:
        case "BIGINT":
            return "c" if column.clean else _INTEGER
        case "BOOLEAN":
            return _BOOLEAN
        case "DOUBLE":
            return _DOUBLE
        case "DECIMAL":
            return _DECIMAL
        case "BLOB":
            return _BLOB
        case "VARCHAR" if affinity(column.native) == "TEXT":
            return "c" if column.clean else _TEXT
        case _:
            return _ANY


@lru_cache(maxsize=32)
def _template(text: str, dialect: str) -> Tree:
    return tree.parse_expression(text, dialect)


def _is_cell(node: Tree) -> bool:
    return node.key == "column" and node.name == "c"
