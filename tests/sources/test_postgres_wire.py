"""What stands in Postgres comes out of the engine as psycopg reads it, or an error names the column that cannot."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from cdi_federate.execute.duck import faults
from tests.postgres import attached, facts, fetch, fragment, source
from tests.servers import Server, database

LONG = "x😀" * 500_000
TEXTS = [
    "",
    " ",
    "a ",
    "é",
    "e\u0301",
    "ß",
    "😀",
    "\U0010ffff",
    "\ufeff",
    "a'b",
    'a"b',
    "a\\b",
    "a\nb\r\t",
    "NULL",
    "\\N",
    "%_",
    LONG,
]
SMALL = [text for text in TEXTS if len(text) < 10]
BEFORE = [
    "CREATE EXTENSION citext",
    "CREATE EXTENSION hstore",
    "CREATE EXTENSION ltree",
    "CREATE TYPE mood AS ENUM ('sad', 'happy 😀', '')",
    "CREATE TYPE pair AS (a integer, b text)",
    "CREATE DOMAIN cents AS numeric(10,2)",
    "CREATE DOMAIN deeper AS cents",
    "CREATE DOMAIN tags AS text[]",
]
SAME = "{c}"
"""The value that psycopg reads of the column itself."""
TEXT = "{c}::text"
"""The text that the server makes of it."""
CASES: dict[str, tuple[str, str, list[Any]]] = {
    # name: (type here, what psycopg reads, values in the server's words)
    "smallint": ("SMALLINT", SAME, ["-32768", "32767", "0"]),
    "integer": ("INTEGER", SAME, ["-2147483648", "2147483647", "0"]),
    "bigint": ("BIGINT", SAME, ["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
    "oid": ("BIGINT", SAME, ["0", "4294967295"]),
    "boolean": ("BOOLEAN", SAME, ["true", "false"]),
    "numeric(10,2)": ("DECIMAL(10,2)", f"nullif({SAME}, 'NaN')", ["12345678.91", "-0.01", "0", "NaN", "99999999.99"]),
    "numeric(4,0)": ("DECIMAL(4,0)", SAME, ["9999", "-9999"]),
    "numeric(38,0)": ("DECIMAL(38,0)", SAME, ["9" * 38, "-" + "9" * 38]),
    "numeric(38,38)": ("DECIMAL(38,38)", SAME, ["0." + "9" * 38, "-0." + "0" * 37 + "1"]),
    "numeric(5,-2)": ("DECIMAL(7,0)", f"nullif({SAME}, 'NaN')", ["9999900", "-100", "149", "NaN"]),
    "numeric(2,4)": ("DECIMAL(4,4)", f"nullif({SAME}, 'NaN')", ["0.0099", "-0.0001", "NaN"]),
    "numeric(39,1)": ("VARCHAR", TEXT, ["9" * 38 + ".9", "NaN"]),
    "numeric": (
        "VARCHAR",
        TEXT,
        ["1.50", "1.5", "NaN", "Infinity", "-Infinity", "9" * 60 + "." + "1" * 60, "1e-300", "0"],
    ),
    "cents": ("DECIMAL(10,2)", f"nullif({SAME}::numeric, 'NaN')", ["1.50", "NaN"]),
    "deeper": ("DECIMAL(10,2)", f"nullif({SAME}::numeric, 'NaN')", ["1.50", "NaN"]),
    "double precision": (
        "DOUBLE",
        SAME,
        [
            "NaN",
            "Infinity",
            "-Infinity",
            "-0.0",
            "9007199254740993",
            "5e-324",
            "0.1",
            "1.7976931348623157e308",
            "1e15",
            "123456789.12345679",
        ],
    ),
    "real": (
        "DOUBLE",
        f"{SAME}::float8",
        ["NaN", "Infinity", "-Infinity", "-0.0", "0.1", "1e-45", "3.4028235e38", "16777217"],
    ),
    "text": ("VARCHAR", SAME, TEXTS),
    "varchar(20)": ("VARCHAR", SAME, SMALL),
    "char(12)": ("VARCHAR", TEXT, SMALL),
    '"char"': ("VARCHAR", TEXT, ["a", ""]),
    "name": ("VARCHAR", TEXT, SMALL),
    "citext": ("VARCHAR", TEXT, ["Alice", ""]),
    "bytea": ("BLOB", SAME, ["", "\\x00", "\\x00ff5c27", "\\x" + "00ff" * 1000]),
    "date": (
        "DATE",
        f"{SAME}::text",
        [
            "0001-01-01",
            "1582-10-10",
            "9999-12-31",
            "infinity",
            "-infinity",
            "0044-03-15 BC",
            "4713-01-01 BC",
            "5874897-12-31",
        ],
    ),
    "timestamp": (
        "TIMESTAMP",
        f"{SAME}::text",
        [
            "0001-01-01 00:00:00.000001",
            "1969-12-31 23:59:59.999999",
            "infinity",
            "-infinity",
            "0044-03-15 12:00 BC",
            "294246-12-31 23:59:59.999999",
            "4713-02-02 BC",
        ],
    ),
    "timestamp(0)": ("TIMESTAMP", f"{SAME}::text", ["2024-02-29 12:00:00.6"]),
    "timestamptz": (
        "TIMESTAMP WITH TIME ZONE",
        f"{SAME}::text",
        ["2024-03-31 02:30+01", "1900-01-01 00:00+00:19:32", "infinity", "-infinity", "294246-12-31 23:59:59+00"],
    ),
    "time": ("TIME", f"{SAME}::text", ["00:00", "23:59:59.999999", "24:00"]),
    "timetz": ("TIME WITH TIME ZONE", f"{SAME}::text", ["10:00+02", "23:59:59.999999-15:59", "24:00+00"]),
    "interval": (
        "INTERVAL",
        TEXT,
        ["1 mon 2 days 03:04:05.000006", "-1 mon +30 days", "178000000 years", "-00:00:00.000001", "999 days"],
    ),
    "uuid": ("VARCHAR", TEXT, ["00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"]),
    "json": ("VARCHAR", TEXT, ['{"b": 1,  "a": 1e5}', "null", '"\\u00e9"']),
    "jsonb": ("VARCHAR", TEXT, ['{"b": 1,  "a": 1.10}', "null"]),
    "mood": ("VARCHAR", TEXT, ["sad", "happy 😀", ""]),
    "hstore": ("VARCHAR", TEXT, ['"a"=>NULL, "b"=>"c"', ""]),
    "ltree": ("VARCHAR", TEXT, ["a.b.c"]),
    "xml": ("VARCHAR", TEXT, ["<a>é</a>"]),
    "inet": ("VARCHAR", TEXT, ["10.0.0.1", "10.0.0.1/8", "::1"]),
    "cidr": ("VARCHAR", TEXT, ["10.0.0.0/8"]),
    "macaddr": ("VARCHAR", TEXT, ["08:00:2b:01:02:03"]),
    "bit(3)": ("VARCHAR", TEXT, ["101"]),
    "varbit": ("VARCHAR", TEXT, ["", "1", "10110111"]),
    "money": ("VARCHAR", TEXT, ["12.34", "-1"]),
    "int4range": ("VARCHAR", TEXT, ["[1,5)", "empty", "(,)"]),
    "point": ("VARCHAR", TEXT, ["(1.1,-2)"]),
    "pair": ("VARCHAR", TEXT, ['(1,"a,b")', "(,)"]),
    "tsvector": ("VARCHAR", TEXT, ["a:1 b:2"]),
    "regclass": ("VARCHAR", TEXT, ["pg_class"]),
    "integer[]": ("INTEGER[]", SAME, ["{}", "{1,NULL,-2}", "[0:1]={7,8}"]),
    "boolean[]": ("BOOLEAN[]", SAME, ["{t,f,NULL}"]),
    "bigint[]": ("BIGINT[]", SAME, ["{9223372036854775807}"]),
    "real[]": ("DOUBLE[]", f"{SAME}::float8[]", ["{NaN,0.1,-0}"]),
    "double precision[]": ("DOUBLE[]", SAME, ["{NaN,0.1,-0,Infinity}"]),
    "text[]": ("VARCHAR[]", SAME, ['{"",NULL,"NULL","a,b","{}","😀"}', "{}"]),
    "tags": ("VARCHAR[]", f"{SAME}::text[]", ["{a,NULL}"]),
    "varchar(3)[]": ("VARCHAR[]", SAME, ["{abc}"]),
    "char(3)[]": ("VARCHAR[]", f"{SAME}::text[]", ["{a}"]),
    "uuid[]": ("VARCHAR[]", f"{SAME}::text[]", ["{00000000-0000-0000-0000-000000000000}"]),
    "mood[]": ("VARCHAR[]", f"{SAME}::text[]", ["{sad,NULL}"]),
    "date[]": ("DATE[]", f"{SAME}::text", ["{2024-02-29,NULL}"]),
    "numeric(10,2)[]": ("VARCHAR", TEXT, ["{1.50,NaN}"]),
    "timestamp[]": ("VARCHAR", TEXT, ['{"2024-02-29 00:00:00"}']),
    "pair[]": ("VARCHAR", TEXT, ['{"(1,a)"}']),
    "jsonb[]": ("VARCHAR", TEXT, ['{"{\\"a\\": 1}"}']),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("postgres") as made:
        made.run(*BEFORE)
        yield made


@pytest.mark.parametrize("type_", CASES)
def test_a_value_survives(server: Server, type_: str) -> None:
    wanted_type, read, values = CASES[type_]
    name = f"t{list(CASES).index(type_)}"
    with server.postgres(options="-c TimeZone=UTC -c extra_float_digits=3") as db:
        db.execute(f"CREATE TABLE {name} (k integer, c {type_})".encode())
        db.cursor().executemany(f"INSERT INTO {name} VALUES (%s, %s::{type_})", list(enumerate([*values, None])))  # type: ignore[arg-type]
        wanted = [row[0] for row in db.execute(f"SELECT {read.format(c='c')} FROM {name} ORDER BY k".encode())]
    made = source(server, name)
    known = facts(made)
    assert known.columns["c"].type == wanted_type
    with attached(made) as connection:
        fetch(connection, known)
        shown = "c"
        if "::text" in read and wanted_type.split("[")[0] in (
            "DATE",
            "TIMESTAMP",
            "TIMESTAMP WITH TIME ZONE",
            "TIME",
            "TIME WITH TIME ZONE",
        ):
            wanted = [None if value is None else as_duckdb(value) for value in wanted]
            shown = "c::VARCHAR"
        if wanted_type == "INTERVAL":
            again = connection.execute("SELECT c::VARCHAR FROM local ORDER BY k").fetchall()
            with server.postgres() as db:  # the server itself reads what DuckDB says as the very same interval
                for (mine,), theirs in zip(again, wanted, strict=True):
                    same = db.execute("SELECT %s::interval::text IS NOT DISTINCT FROM %s", (mine, theirs)).fetchone()
                    assert same == (True,), (mine, theirs)
            return
        got = [row[0] for row in connection.execute(f"SELECT {shown} FROM local ORDER BY k").fetchall()]
    assert [bits(value) for value in got] == [bits(value) for value in wanted]


def as_duckdb(text: str) -> str:
    """A moment in Postgres' words as DuckDB says it."""
    if text.startswith("{"):
        return "[" + text[1:-1].replace(",", ", ") + "]"
    if not text.endswith(" BC"):
        return text
    day, *rest = text.removesuffix(" BC").split(" ")
    return " ".join([f"{day} (BC)", *rest])


def bits(value: Any) -> Any:
    """repr tells -0.0 from 0.0 and 1 from True; a float's bits tell all but NaN's payload, which no one keeps."""
    if isinstance(value, list):
        return [bits(item) for item in value]
    if isinstance(value, float):
        return struct.pack(">d", value) if value == value else "NaN"
    return repr(bytes(value)) if isinstance(value, memoryview) else repr(value)


@pytest.mark.parametrize(
    ("type_", "value", "what"),
    [
        ("timestamp", "294276-12-31", "a moment beyond the year 294246"),
        ("timestamptz", "294247-01-01 00:00+00", "a moment beyond the year 294246"),
        ("integer[]", "{{1,2},{3,4}}", "an array of more than one dimension"),
        ("text[]", "{{a}}", "an array of more than one dimension"),
    ],
)
def test_what_cannot_travel_is_named(server: Server, type_: str, value: str, what: str) -> None:
    name = "odd"
    server.run(
        "DROP TABLE IF EXISTS odd", f'CREATE TABLE {name} ("The c" {type_})', f"INSERT INTO {name} VALUES ('{value}')"
    )
    made = source(server, name)
    known = facts(made)
    with attached(made) as connection, pytest.raises(Exception) as caught:
        fetch(connection, known)
    said = faults.of_running(caught.value, [faults.Reading(made, ("thing",), ())])
    assert f"column 'The c' holds {what}, which cannot be read" in str(said)
    assert value not in str(said)


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252", "EUC_JP"])
def test_other_encodings_come_as_unicode(encoding: str) -> None:
    text = "日本" if encoding == "EUC_JP" else "éß"
    with database(
        "postgres", options=f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    ) as server:
        with server.postgres(client_encoding="UTF8") as db:
            db.execute(b"CREATE TABLE t (a text, b citext)" if False else b"CREATE TABLE t (a text, n varchar(9))")
            db.execute("INSERT INTO t VALUES (%s, 'x')", (text,))
        made = source(server, "t")
        known = facts(made)
        assert known.columns["a"].collation == f"encoding {encoding}"
        with attached(made) as connection:
            fetch(connection, known)
            assert connection.execute("SELECT * FROM local").fetchall() == [(text, "x")]


def test_text_of_no_encoding_is_checked() -> None:
    with database("postgres", options="ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0") as server:
        with server.postgres(client_encoding="SQL_ASCII") as db:
            db.execute(b"CREATE TABLE t (a text, c char(9))")
            db.execute("INSERT INTO t VALUES ('é😀', 'x')".encode())
        made = source(server, "t")
        known = facts(made)
        with attached(made) as connection:
            fetch(connection, known)
            assert connection.execute("SELECT * FROM local").fetchall() == [("é😀", "x")]
            with server.postgres(client_encoding="SQL_ASCII") as db:
                db.execute(b"INSERT INTO t VALUES (E'\\xff\\xfe', 'x')")
            with pytest.raises(Exception) as caught:
                fetch(connection, known, into="again")
        said = faults.of_running(caught.value, [faults.Reading(made, ("thing",), ())])
        assert "a text is not UTF-8" in str(said) and "xff" not in str(said).lower()


def test_a_select_of_the_catalog_travels_alike(server: Server) -> None:
    server.run("CREATE TABLE s (a numeric(10,2), b text)", "INSERT INTO s VALUES ('NaN', 'x'), (1.5, NULL)")
    made = source(
        server, "SELECT a, b, a * 2 AS twice, now() IS NOT NULL AS \"It is\", b || 'y' AS y FROM s WHERE a > 0;"
    )
    known = facts(made)
    shown = {column.name: (column.type, column.collation, column.binary) for column in known.columns.values()}
    assert shown == {
        "a": ("DECIMAL(10,2)", "", True),
        "b": ("VARCHAR", known.columns["b"].collation, True),
        "twice": ("VARCHAR", "", True),
        "It is": ("BOOLEAN", "", True),
        "y": ("VARCHAR", known.columns["b"].collation, True),
    }
    assert known.columns["b"].collation
    with attached(made) as connection:
        fetch(connection, known)
        rows = connection.execute('SELECT a::VARCHAR, b, twice, "It is", y FROM local ORDER BY a').fetchall()
    assert rows == [("1.50", None, "3.00", True, None), (None, "x", "NaN", True, "xy")]
    assert "pg_locks" in fragment(known)
