"""How a Postgres value travels: the engine reads COPY's binary form, so only types that both hold alike go as they are.

    type at the source                         type here                  travels as
    smallint, integer, bigint, oid             SMALLINT, INTEGER, BIGINT  itself
    real, double precision                     DOUBLE                     itself; real is widened, which is exact
    numeric(p,s) of up to 38 digits            DECIMAL(p,s)               itself; NaN, which a DECIMAL lacks, is NULL
    numeric without p, or of more digits       VARCHAR                    its text: every digit, NaN, Infinity
    boolean, date, bytea                       BOOLEAN, DATE, BLOB        itself
    time, timetz, interval                     TIME, TIMETZ, INTERVAL     itself; an infinite interval is an error
    timestamp, timestamptz                     TIMESTAMP, TIMESTAMPTZ     itself; beyond the year 294246 an error
    text, varchar                              VARCHAR                    itself
    char(n), name, citext                      VARCHAR                    its text; char(n) without its padding
    uuid, enums, json, jsonb, xml, inet, …     VARCHAR                    its text
    one-dimensional arrays of booleans,        LIST                       itself; with more dimensions an error
      integers, floats, dates, texts, enums
    other arrays, composites, ranges, …        VARCHAR                    its text

Left to itself the engine would read NaN in a numeric as 0 and a timestamp of the year 294276 as one before Christ.
Sources: postgresql.org/docs/current/datatype.html, and the values of the round-trip tests.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cdi_federate import tree
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.tree import Tree

UNREADABLE = "cdi cannot read"
"""How an error of the server begins that a value which cannot travel has caused."""

LAST_MOMENT = "294246-12-31 23:59:59.999999"
"""The last timestamp that both engines hold; Postgres goes on for thirty years."""

SQL_ASCII = "encoding SQL_ASCII"
"""The mark, in `ColumnFacts.collation`, of a text of which the server does not know the encoding."""

BYTES = "bytes: "
"""How `ColumnFacts.collation` begins for a collation that compares bytes in order; its name follows."""

_SAME = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "oid": "BIGINT",
    "real": "DOUBLE",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "bytea": "BLOB",
    "time without time zone": "TIME",
    "time with time zone": "TIME WITH TIME ZONE",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "interval": "INTERVAL",
}
_LISTS = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "DOUBLE",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
_TEXTS = frozenset({"text", "character varying"})
"""Types whose values are sent as they are, and compared as they are."""
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)$")
_INTERVAL = re.compile(r"interval\b.*")
_PRECISION = re.compile(r"\(\d+\)")


def by_bytes(column: ColumnFacts) -> bool:
    """Return whether a column's own collation compares bytes in order."""
    return column.collation.startswith(BYTES)


def plain(native: str) -> str:
    """Return a type's name without length and precision (`character varying(20)` → `character varying`)."""
    if native.startswith("interval"):
        return _INTERVAL.sub("interval", native)
    return _PRECISION.sub("", native)


def duckdb_type(native: str, *, labels: bool = False) -> str:
    """Return the DuckDB type in which the residual sees a column; `native` is what `format_type` says of its base type.

    `labels` says of an array that its elements are of an enum.
    """
    if native.endswith("[]"):
        element = plain(native[:-2])
        if element in _LISTS:
            return f"{_LISTS[element]}[]"
        return "VARCHAR[]" if labels or element in _TEXTS or element in ("character", "bpchar", "uuid") else "VARCHAR"
    exact = decimal(native)
    if exact is not None:
        return f"DECIMAL({exact[0]},{exact[1]})"
    return _SAME.get(plain(native), "VARCHAR")


def decimal(native: str) -> tuple[int, int] | None:
    """Return precision and scale of the DECIMAL that holds every number of a numeric, or None where none does.

    A numeric's scale may be negative, or greater than its precision.
    """
    found = _NUMERIC.match(native)
    if found is None:
        return None
    precision, scale = int(found[1]), int(found[2])
    if scale < 0:
        precision, scale = precision - scale, 0
    precision = max(precision, scale)
    return (precision, scale) if precision <= 38 else None


def is_text(column: ColumnFacts) -> bool:
    """Return whether the column is text at the source, and no other type that is sent as text."""
    return plain(column.native) in _TEXTS


def as_text(column: ColumnFacts) -> Tree:
    """Return the text, in Postgres' dialect, that a VARCHAR column's cell is here."""
    return _made("c" if is_text(column) else "CAST(c AS TEXT)", column.name)


def compared(column: ColumnFacts) -> Tree:
    """Return what is compared of a column that is no text here. An oid would take -1 for its greatest number."""
    return _made("CAST(c AS BIGINT)" if plain(column.native) == "oid" else "c", column.name)


@lru_cache(maxsize=4096)
def to_wire(column: ColumnFacts) -> Tree:
    """Return the expression, in Postgres' dialect, that sends a column; it is shared, so do not change it."""
    return tree.slim(_made(_sent(column), column.name))


def wire_type(column: ColumnFacts) -> str:
    """Return the DuckDB type in which a column arrives."""
    return "BLOB" if _is_checked(column) else column.type


def from_wire(column: ColumnFacts, wire: Tree) -> Tree:
    """Return the expression, in DuckDB's dialect, that makes a value of what came."""
    return tree.call("decode", tree.detached(wire)) if _is_checked(column) else tree.detached(wire)


def nan() -> Tree:
    """Return the NaN of numeric."""
    return _template("CAST('NaN' AS DECIMAL)")


def _is_checked(column: ColumnFacts) -> bool:
    """Whether the text goes as bytes, because nobody but us checks that it is UTF-8."""
    return column.collation == SQL_ASCII and column.type == "VARCHAR"


def _sent(column: ColumnFacts) -> str:
    native = plain(column.native)
    kind = column.type.split("(")[0]
    if kind == "VARCHAR":
        text = "c" if native in _TEXTS else "CAST(c AS TEXT)"
        return f"CONVERT_TO({text}, 'SQL_ASCII')" if _is_checked(column) else text
    if kind.endswith("[]"):
        wanted = {"VARCHAR[]": "TEXT[]", "DOUBLE[]": "DOUBLE PRECISION[]"}.get(kind)
        cell = f"CAST(c AS {wanted})" if wanted else "c"
        return _unless(column, "an array of more than one dimension", "COALESCE(ARRAY_NDIMS(c), 0) > 1", cell)
    match kind:
        case "DECIMAL":
            # Said once more: of a domain, and of an odd scale, the engine would make a double.
            return f"CAST(NULLIF(c, CAST('NaN' AS DECIMAL)) AS {column.type})"
        case "BIGINT" if native == "oid":
            return "CAST(c AS BIGINT)"
        case "DOUBLE" if native == "real":
            return "CAST(c AS DOUBLE PRECISION)"
        case "TIMESTAMP":
            beyond = f"ISFINITE(c) AND c > CAST('{LAST_MOMENT}' AS TIMESTAMP)"
            return _unless(column, "a moment beyond the year 294246", beyond, "c")
        case "TIMESTAMP WITH TIME ZONE":
            beyond = f"ISFINITE(c) AND c > CAST('{LAST_MOMENT}+00' AS TIMESTAMPTZ)"
            return _unless(column, "a moment beyond the year 294246", beyond, "c")
        case "INTERVAL":
            return _unless(column, "an infinite interval", "NOT ISFINITE(c)", "c")
    return "c"


def _unless(column: ColumnFacts, what: str, bad: str, cell: str) -> str:
    """Return a cell, or an error in words of ours; of a cell that is not NULL it is known whether it is `bad`.

    What fails depends on the cell, or it would fail while the statement is planned.
    """
    said = f"{UNREADABLE} {what} in column {column.name.replace(';', ' ')}; ".replace("'", "''")
    return f"CASE WHEN {bad} AND CAST('{said}' || LEFT(CAST(c AS TEXT), 0) AS BOOLEAN) THEN NULL ELSE {cell} END"


def wired(column: ColumnFacts, cell: Tree) -> Tree:
    """Return the expression that sends what has been computed of a column's values as the column is sent."""
    return _filled(_sent(column), cell)


def _made(template: str, name: str) -> Tree:
    return _filled(template, tree.column(name))


def _filled(template: str, cell: Tree) -> Tree:
    return tree.replaced(_template(template), lambda node: cell if node.key == "column" and node.name == "c" else None)


@lru_cache(maxsize=512)
def _template(text: str) -> Tree:
    return tree.parse_expression(text, "postgres")
