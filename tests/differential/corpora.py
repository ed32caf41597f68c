"""Which columns each kind of source can have, with the traps that they hold."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from tests.differential import world

CANONICAL = ["ann@x.de", "mike@x.org", "bob@y.com", "us", "de", "42", "alice", None]
"""Texts that are small and have no spaces around."""

_NUL = [text for text in world.TEXTS if text is None or len(text) < 100]
_FLOATS = [0.0, -0.0, 0.1, 1.5, 2.5, -2.5, 100.0, 16777216.0, None]
_SINGLE = [f if f is None else struct.unpack("f", struct.pack("f", f))[0] for f in _FLOATS]
"""What a MySQL keeps of them, and means: 0.1 is 0.10000000149011612 there, though it writes six digits."""
_NO_NAN = [d for d in world.DOUBLES if d is None or d == d]
_FINITE = [d for d in world.DOUBLES if d is None or math.isfinite(d)]
_RATIOS = [Decimal("1.0000"), Decimal("2.5000"), Decimal("-3.1250"), None, Decimal("99999.9999"), Decimal("7.2500")]
_UNSIGNED = [n for n in world.INTEGERS if n is None or n >= 0]
_INTS = [n for n in world.INTEGERS if n is None or abs(n) < 2**31]
_SHORTS = [n for n in world.SMALL if n is None or abs(n) < 2**15]
_TINY = [1, 2, 100, 0, None, -1, 127, 7]
_INSTANTS = [s if s is None else s.replace(tzinfo=UTC) for s in world.STAMPS]


@dataclass(frozen=True)
class Kind:
    """A kind of column: what the source declares, the DuckDB type in which values are the same, and its values."""

    name: str
    native: str
    type: str
    values: list[Any]


def family(type_: str) -> str:
    """Return what a DuckDB type holds: text, number, moment or boolean."""
    if type_ in ("VARCHAR", "BOOLEAN"):
        return {"VARCHAR": "text", "BOOLEAN": "boolean"}[type_]
    return "moment" if type_.startswith(("DATE", "TIMESTAMP")) else "number"


_TEXTS = {
    "trap": ["x"], "mail": world.EMAILS, "text": _NUL, "land": world.COUNTRIES, "canonical": CANONICAL,
    "state": world.STATES, "day text": world.DATE_TEXTS, "dmy": world.DMY, "time text": world.DMY_TIMES,
    "number text": world.NUMBER_TEXTS,
}  # fmt: skip


def _texts(native: str, more: tuple[str, ...] = ()) -> list[Kind]:
    plain = [Kind(name, native, "VARCHAR", values) for name, values in _TEXTS.items()]
    collated = [Kind("text", other, "VARCHAR", values) for other in more for values in (_NUL, world.COUNTRIES)]
    return plain + collated


_TYPED = [
    Kind("key", "BIGINT", "BIGINT", []), Kind("big", "BIGINT", "BIGINT", world.INTEGERS),
    Kind("small", "SMALLINT", "SMALLINT", _SHORTS), Kind("code", "INTEGER", "INTEGER", [1, 2, 3, 9, -1, None, 7]),
    Kind("int", "INTEGER", "INTEGER", _INTS), Kind("tiny", "TINYINT", "TINYINT", _TINY),
    Kind("unsigned", "UBIGINT", "UBIGINT", [*_UNSIGNED, 2**64 - 1]), Kind("double", "DOUBLE", "DOUBLE", world.DOUBLES),
    Kind("float", "FLOAT", "FLOAT", [*_FLOATS, math.nan, math.inf]), Kind("money", "", "DECIMAL(12,2)", world.DECIMALS),
    Kind("wide", "", "DECIMAL(38,2)", world.LONG_DECIMALS), Kind("ratio", "", "DECIMAL(9,4)", _RATIOS),
    Kind("day", "DATE", "DATE", world.DATES), Kind("moment", "TIMESTAMP", "TIMESTAMP", world.STAMPS),
    Kind("instant", "TIMESTAMPTZ", "TIMESTAMPTZ", _INSTANTS), Kind("truth", "BOOLEAN", "BOOLEAN", world.BOOLEANS),
]  # fmt: skip
_ENGINE = [*_texts("VARCHAR"), *_TYPED]

COLUMNS: dict[str, list[Kind]] = {
    "sqlite": [
        *_texts("TEXT", ("TEXT COLLATE NOCASE", "VARCHAR(20) COLLATE RTRIM")),
        Kind("key", "INTEGER", "BIGINT", []), Kind("big", "INTEGER", "BIGINT", world.INTEGERS),
        Kind("dirty", "BIGINT", "BIGINT", [*_INTS, "many", 10.5, b"\1"]),
        Kind("code", "INTEGER", "BIGINT", [1, 2, 3, 9, -1, None, 7, "one"]),
        Kind("double", "REAL", "DOUBLE", [*_NO_NAN, "high"]),
        Kind("ratio", "DECIMAL(9,4)", "DECIMAL(9,4)", [1, 2.5, -3.125, None, "x", 7.25]),
        Kind("truth", "BOOLEAN", "BOOLEAN", [0, 1, None, 2, "yes"]),
        Kind("any", "", "VARCHAR", ["a", 5, None, "X ", 2.5]),
        Kind("mixed text", "TEXT", "VARCHAR", [b"alice", *world.WITH_NUL]),
    ],
    "parquet": _ENGINE, "duckdb": _ENGINE, "arrow": _ENGINE,
    "csv": [*_texts("VARCHAR"), Kind("key", "VARCHAR", "VARCHAR", [])],
    "json": [
        *_texts("VARCHAR"), Kind("key", "BIGINT", "BIGINT", []), Kind("big", "BIGINT", "BIGINT", world.INTEGERS),
        Kind("code", "BIGINT", "BIGINT", [1, 2, 3, None, 7]), Kind("truth", "BOOLEAN", "BOOLEAN", world.BOOLEANS),
        Kind("double", "DOUBLE", "DOUBLE", _FINITE),
    ],
    "postgres": [
        *_texts("text", ('text COLLATE "C"', 'text COLLATE "en-x-icu"', "varchar(400)")),
        Kind("key", "bigint PRIMARY KEY", "BIGINT", []), Kind("big", "bigint", "BIGINT", world.INTEGERS),
        Kind("int", "integer", "INTEGER", _INTS), Kind("code", "integer", "INTEGER", [1, 2, 3, 9, -1, None, 7]),
        Kind("small", "smallint", "SMALLINT", _SHORTS), Kind("double", "double precision", "DOUBLE", world.DOUBLES),
        Kind("float", "real", "FLOAT", [*_FLOATS, math.nan, -math.inf]),
        Kind("money", "numeric(12,2)", "DECIMAL(12,2)", [*world.DECIMALS, Decimal("NaN")]),
        Kind("wide", "numeric(38,2)", "DECIMAL(38,2)", world.LONG_DECIMALS),
        Kind("ratio", "numeric(9,4)", "DECIMAL(9,4)", _RATIOS), Kind("day", "date", "DATE", world.DATES),
        Kind("moment", "timestamp without time zone", "TIMESTAMP", world.STAMPS),
        Kind("instant", "timestamp with time zone", "TIMESTAMPTZ", _INSTANTS),
        Kind("truth", "boolean", "BOOLEAN", world.BOOLEANS),
    ],
    "mysql": [
        *_texts("varchar(400) COLLATE utf8mb4_bin", ("varchar(400) COLLATE utf8mb4_general_ci",
                                                     "varchar(400) COLLATE utf8mb4_nopad_bin")),
        Kind("key", "bigint PRIMARY KEY", "BIGINT", []), Kind("big", "bigint", "BIGINT", world.INTEGERS),
        Kind("int", "int", "INTEGER", _INTS), Kind("code", "int", "INTEGER", [1, 2, 3, 9, -1, None, 7]),
        Kind("small", "smallint", "SMALLINT", _SHORTS), Kind("tiny", "tinyint(1)", "TINYINT", [0, 1, 2, None, -1]),
        Kind("unsigned", "bigint unsigned", "UBIGINT", [*_UNSIGNED, 2**64 - 1, 2**63]),
        Kind("double", "double", "DOUBLE", _FINITE), Kind("float", "float", "DOUBLE", _SINGLE),
        Kind("money", "decimal(12,2)", "DECIMAL(12,2)", world.DECIMALS),
        Kind("wide", "decimal(38,2)", "DECIMAL(38,2)",
             [d for d in world.LONG_DECIMALS if d is None or abs(d) < Decimal(10) ** 36]),
        Kind("day", "date", "DATE", [*world.DATES, "0000-00-00"]),
        Kind("moment", "datetime(6)", "TIMESTAMP", [*world.STAMPS, "0000-00-00 00:00:00"]),
    ],
}  # fmt: skip
"""Kind of source → its kinds of columns: one `trap`, one `key` and one `mail` among them."""
