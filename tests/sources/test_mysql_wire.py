# ruff: noqa: E501 - tables are read across
"""What stands in MySQL or MariaDB comes out of the engine as pymysql reads it, or an error names what cannot."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql
import pytest

from cdi_federate.catalog.model import Column
from cdi_federate.errors import DataError
from tests.execute.plans import mapping, source_of
from tests.mysql import attached, facts, fetch, source
from tests.servers import Server, database

LONG = "x😀" * 250_000
TEXTS = [
    "",
    " ",
    "a",
    "a ",
    "é",
    "e\u0301",
    "ß",
    "😀",
    "\U0010ffff",
    "\ufeff",
    "\x00",
    "a\x00b",
    "a'b",
    'a"b',
    "a\\b",
    "a\nb\r\t",
    "NULL",
    "\\N",
    "%_",
]
REALS = [
    0.0,
    -0.0,
    0.1,
    0.1 + 0.2,
    1 / 3,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    2.0**53,
    2.0**53 + 2,
    1e15,
    123456789.12345679,
]
SINGLES = [0.1, -0.0, 1e-45, 3.4028234e38, 16777217.0, 1 / 3]
INVALID = ["0000-00-00", "2024-00-10", "2024-01-00", "2024-02-31", "2023-02-29", "0000-12-31"]
CASES: dict[str, tuple[str, list[Any]]] = {
    "tinyint": ("TINYINT", [-128, 127, 0]),
    "tinyint unsigned": ("UTINYINT", [255, 0]),
    "tinyint(1)": ("TINYINT", [0, 1, 2, -1, 127]),
    "bool": ("TINYINT", [0, 1, 2]),
    "smallint": ("SMALLINT", [-32768, 32767]),
    "smallint unsigned": ("USMALLINT", [65535]),
    "mediumint": ("INTEGER", [-8388608, 8388607]),
    "mediumint unsigned": ("UINTEGER", [16777215]),
    "int": ("INTEGER", [-(2**31), 2**31 - 1]),
    "int(5) unsigned zerofill": ("UINTEGER", [2**32 - 1, 7]),
    "bigint": ("BIGINT", [-(2**63), 2**63 - 1, 2**53 + 1]),
    "bigint unsigned": ("UBIGINT", [2**64 - 1, 2**53 + 1, 0]),
    "bit(1)": ("BOOLEAN", [0, 1]),
    "bit(8)": ("UBIGINT", [0, 1, 255]),
    "bit(64)": ("UBIGINT", [0, 2**64 - 1, 2**53 + 1]),
    "decimal(1,0)": ("DECIMAL(1,0)", ["9", "-9", "0"]),
    "decimal(3,0)": ("DECIMAL(3,0)", ["999", "-999"]),
    "decimal(3,0) unsigned": ("DECIMAL(3,0)", ["999", "0"]),
    "decimal(10,2)": ("DECIMAL(10,2)", ["99999999.99", "-99999999.99", "0.01", "0.00"]),
    "decimal(10,2) unsigned": ("DECIMAL(10,2)", ["99999999.99", "0.01"]),
    "decimal(4,4)": ("DECIMAL(4,4)", ["0.9999", "-0.0001"]),
    "decimal(18,0)": ("DECIMAL(18,0)", ["9" * 18]),
    "decimal(19,0)": ("DECIMAL(19,0)", ["9" * 19]),
    "decimal(37,0) unsigned": ("DECIMAL(37,0)", ["9" * 37]),
    "decimal(38,0)": ("DECIMAL(38,0)", ["9" * 38, "-" + "9" * 38]),
    "decimal(38,10)": ("DECIMAL(38,10)", ["9" * 28 + "." + "9" * 10]),
    "decimal(38,10) unsigned": ("DECIMAL(38,10)", ["9" * 28 + "." + "9" * 10]),
    "decimal(38,30)": ("DECIMAL(38,30)", ["12345678." + "1" * 30]),
    "decimal(39,1)": ("VARCHAR", ["9" * 38 + ".9", "-0.5"]),
    "decimal(65,0)": ("VARCHAR", ["9" * 65]),
    "decimal(65,30)": ("VARCHAR", ["9" * 35 + "." + "9" * 30, "0." + "0" * 29 + "1"]),
    "double": ("DOUBLE", REALS),
    "double(10,2)": ("DOUBLE", [0.1, 99999999.99]),
    "float": ("DOUBLE", SINGLES),
    "float(7,2)": ("DOUBLE", [0.1, 99999.99]),
    "year": ("SMALLINT", [0, 1901, 2024, 2155]),
    "date": ("DATE", [date(1, 1, 1), date(1582, 10, 10), date(2024, 2, 29), date(9999, 12, 31), *INVALID]),
    "datetime": ("TIMESTAMP", [datetime(1, 1, 1), datetime(2024, 2, 29, 12, 30, 1), datetime(9999, 12, 31, 23, 59, 59), *(f"{d} 00:00:00" for d in INVALID)]),
    "datetime(6)": ("TIMESTAMP", [datetime(1, 1, 1, 0, 0, 0, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), *(f"{d} 23:59:59.999999" for d in INVALID)]),
    "datetime(3)": ("TIMESTAMP", [datetime(2024, 1, 1, 0, 0, 0, 123000)]),
    "timestamp(6) NULL": ("TIMESTAMP WITH TIME ZONE", [datetime(1970, 1, 1, 0, 0, 1, 1), datetime(2024, 3, 31, 2, 30), datetime(2038, 1, 19, 3, 14, 7, 999999), "0000-00-00 00:00:00"]),
    "timestamp NULL": ("TIMESTAMP WITH TIME ZONE", [datetime(2024, 10, 27, 2, 30)]),
    "time(6)": ("VARCHAR", ["00:00:00.000000", "23:59:59.999999", "838:59:58.999999", "-838:59:58.999999", "-00:00:00.000001", "25:00:00.000000"]),
    "time": ("VARCHAR", ["-01:00:00", "24:00:00"]),
    "char(12)": ("VARCHAR", TEXTS),
    "varchar(20)": ("VARCHAR", TEXTS),
    "tinytext": ("VARCHAR", TEXTS),
    "text": ("VARCHAR", TEXTS),
    "longtext": ("VARCHAR", [*TEXTS, LONG]),
    **{f"varchar(20) CHARACTER SET {charset} COLLATE {collation}": ("VARCHAR", TEXTS) for charset, collation in
       [("utf8mb4", "utf8mb4_bin"), ("utf8mb4", "utf8mb4_nopad_bin"), ("utf8mb3", "utf8mb3_general_ci"), ("latin1", "latin1_swedish_ci"), ("latin1", "latin1_bin"),
        ("utf16", "utf16_bin"), ("ascii", "ascii_bin"), ("sjis", "sjis_japanese_ci"), ("cp1251", "cp1251_bin")]},
    "longtext COLLATE utf8mb4_bin": ("VARCHAR", [*TEXTS, LONG]),
    "binary(4)": ("BLOB", [b"", b"a", b"\x00\xff\\'", b"abcd"]),
    "varbinary(300)": ("BLOB", [b"", b"\x00", b"a ", bytes(range(256))]),
    "blob": ("BLOB", [b"", bytes(range(256))]),
    "longblob": ("BLOB", [b"\x00\xff" * 500_000]),
    "enum('a','B','é😀','it''s','')": ("VARCHAR", ["a", "B", "é😀", "it's", ""]),
    "set('x','y','Z')": ("VARCHAR", ["", "x", "x,y", "x,y,Z"]),
    "json": ("VARCHAR", ['{"a": 1.10, "é": "😀"}', "null", "[]", '"\\u00e9"']),
    "uuid": ("VARCHAR", ["123e4567-e89b-12d3-a456-426655440000"]),
    "inet6": ("VARCHAR", ["::1", "::ffff:10.0.0.1", "2001:db8::ff00:42:8329"]),
    "inet4": ("VARCHAR", ["10.0.0.1"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("mysql", options="CHARACTER SET utf8mb4") as made:
        yield made


def read(server: Server, type_: str, values: list[Any], relation: str) -> tuple[str, list[Any], list[Any]]:
    """Return the type here, what came, and what pymysql reads."""
    with server.mysql(
        init_command="SET SESSION time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES,STRICT_ALL_TABLES'"
    ) as db:
        cursor = db.cursor()
        cursor.execute("DROP TABLE IF EXISTS t")
        try:
            cursor.execute(f"CREATE TABLE t (k int PRIMARY KEY AUTO_INCREMENT, c {type_})")
        except pymysql.Error:
            pytest.skip("this server does not have the type")
        for value in [*values, None]:
            try:
                cursor.execute("INSERT INTO t (c) VALUES (%s)", (value,))
            except pymysql.Error:  # the character set does not have it
                assert "CHARACTER SET" in type_
        kind = type_.split("(")[0].split(" ")[0]
        shown = {
            "float": "CAST(c AS DOUBLE)", "time": "CAST(c AS CHAR)", "bit": "CAST(c AS UNSIGNED)",
            "date": "CAST(c AS CHAR)", "datetime": "CAST(c AS CHAR)", "timestamp": "CAST(c AS CHAR)", "decimal": "CAST(c AS CHAR)",
        }.get(kind, "c")  # fmt: skip
        if kind == "float" or (kind == "double" and "(" not in type_):
            shown = f"{shown} + 0e0"  # and not its few digits
        cursor.execute(f"SELECT {shown} FROM t ORDER BY k")
        wanted = [as_here(value, kind, type_) for (value,) in cursor.fetchall()]
    made = source(server, relation)
    known = facts(made)
    with attached(made) as connection:
        fetch(connection, known)
        assert connection.execute("SELECT typeof(c) FROM local LIMIT 1").fetchone() == (known.columns["c"].type,)
        got = [row[0] for row in connection.execute("SELECT c FROM local ORDER BY k").fetchall()]
    return known.columns["c"].type, got, wanted


def as_here(value: Any, kind: str, type_: str) -> Any:
    """What pymysql read, as the value that it stands for here."""
    if value is None:
        return None
    match kind:
        case "bit":
            return bool(value) if "(1)" in type_ else value
        case "decimal":
            return value if int(type_.split("(")[1].split(",")[0]) > 38 else Decimal(value)
        case "date":
            return None if value in INVALID else date.fromisoformat(value)
        case "datetime":
            return None if value[:10] in INVALID else datetime.fromisoformat(value)
        case "timestamp":
            return None if value.startswith("0000") else datetime.fromisoformat(value).replace(tzinfo=UTC)
        case "uuid" | "inet6" | "inet4":
            return str(value)
    return value


def bits(value: Any) -> Any:
    """repr tells -0.0 from 0.0 and 1 from True; a float is its bits."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    return repr(value.astimezone(UTC).isoformat() if isinstance(value, datetime) and value.tzinfo else value)


@pytest.mark.parametrize("type_", CASES)
def test_a_value_survives(server: Server, type_: str) -> None:
    wanted_type, values = CASES[type_]
    found, got, wanted = read(server, type_, values, "t")
    assert found == wanted_type
    assert [bits(value) for value in got] == [bits(value) for value in wanted]
    assert len(got) > (5 if "CHARACTER SET" in type_ else len(values))


@pytest.mark.parametrize("type_", CASES)
def test_a_value_of_a_select_survives(server: Server, type_: str) -> None:
    wanted_type, values = CASES[type_]
    found, got, wanted = read(server, type_, values, "SELECT k, c FROM t WHERE k > 0;")
    assert found == wanted_type
    assert [bits(value) for value in got] == [bits(value) for value in wanted]


def test_what_is_not_read_is_named(server: Server) -> None:
    server.run("CREATE TABLE shops (id int, place geometry)")
    made = source_of("mysql", Path("/"), [], "billing", **server.connection())
    m = replace(mapping("billing", "shops"), fields={"place": Column("place")})
    with pytest.raises(DataError, match="column 'place' is of type geometry, which cannot be read") as caught:
        made.facts(m, None)
    assert "ST_AsText" in str(caught.value)
