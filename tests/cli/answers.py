"""One value of every kind that an answer can hold, as DuckDB hands it to Arrow."""

from __future__ import annotations

import duckdb
import pyarrow as pa

VALUES = {
    "bool": "true",
    "int": "42::INTEGER",
    "hugeint": "170141183460469231731687303715884105727::HUGEINT",
    "ubigint": "18446744073709551615::UBIGINT",
    "above_2_53": "9007199254740993::BIGINT",
    "decimal": "1.50::DECIMAL(10,2)",
    "small_decimal": "0.0000001::DECIMAL(10,8)",
    "double": "0.1::DOUBLE",
    "large": "1e20::DOUBLE",
    "nan": "'nan'::DOUBLE",
    "infinite": "'-inf'::DOUBLE",
    "text": "'plain'",
    "empty": "''",
    "null": "NULL::VARCHAR",
    "quoted": """'say "a,b"'""",
    "lines": "'one' || chr(10) || 'two'",
    "bar": r"'a|b\c'",
    "blank": "' x'",
    "date": "DATE '2026-01-31'",
    "endless": "DATE 'infinity'",
    "timestamp": "TIMESTAMP '2026-01-31 08:30:00'",
    "fraction": "TIMESTAMP '2026-01-31 08:30:00.120'",
    "nanos": "'2026-01-31 08:30:00.123456789'::TIMESTAMP_NS",
    "begun": "TIMESTAMP '-infinity'",
    "zoned": "TIMESTAMPTZ '2026-01-31 08:30:00.5+00'",
    "time": "TIME '08:30:00.5'",
    "interval": "INTERVAL '1 year 2 months -3 days 4 hours 5.5 seconds'",
    "nothing": "INTERVAL 0 DAY",
    "uuid": "'1b4e28ba-2fa1-11d2-883f-0016d3cca427'::UUID",
    "enum": "'x'::ENUM('x', 'y')",
    "blob": r"'a\x00\xC3'::BLOB",
    "list": "[1, NULL]",
    "lists": "[['a'], NULL, []]",
    "struct": """{'a': 1, 'b "c': DATE '2026-01-31', 'd': NULL}""",
    "no_struct": "NULL::STRUCT(a INTEGER)",
    "map": "MAP {'k': 1.5::DECIMAL(5,2)}",
    "array": "array_value(1, 2)",
    "union": "union_value(k := 1)",
    "json": """'{"a": [1]}'::JSON""",
}


def answer(*names: str, rows: int = 1) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a table with the named values (all, where none is named), and its DuckDB types."""
    chosen = {name: VALUES[name] for name in names or VALUES}
    columns = ", ".join(f'{value} AS "{name}"' for name, value in chosen.items())
    relation = duckdb.connect().sql(f"SELECT {columns} FROM range({rows})")
    return relation.to_arrow_table(), tuple(map(str, relation.types))
