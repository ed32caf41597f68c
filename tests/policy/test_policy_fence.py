"""No condition of the user's is evaluated on a row that a row filter removes, whatever form the filter has.

The hidden row makes every expression here fail, so an error would tell that there is one, and what is in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from tests.policy import office

FILTERS = [
    "country = 'DE'",
    "country IN ('DE', 'AT')",
    "lower(country) = 'de'",
    "country LIKE 'D%' OR country LIKE 'A%'",
    "length(country) = 2 AND reverse(country) <> 'RF'",
    "id % 2 = 0",
    "CASE WHEN id > 1 THEN country = 'DE' ELSE FALSE END",
    "regexp_matches(country, '^D')",
]

VALID = {
    "DATE": "2024-01-01", "UUID": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "BIT": "101", "INTEGER[]": "[1]",
    "STRUCT(a INTEGER)": "{a: 1}", "TIMESTAMP": "2024-01-01", "BOOLEAN": "true", "INTEGER": "7", "BIGINT": "8",
    "DOUBLE": "1e3", "DECIMAL(3, 1)": "1.5", "INTERVAL": "1 day", "HUGEINT": "9", "TIME": "10:00", "UTINYINT": "3",
    "MAP(VARCHAR, INTEGER)": "{a=1}",
}  # fmt: skip
"""Type → a text of which a value of it can be made."""

THROWING = [
    *(f"CAST(replace(nm, '12', '{text}') AS {type_}) IS NOT NULL" for type_, text in VALID.items()),
    "CAST(n AS UTINYINT) > 0", "hamming(nm, '12') = 0", "jaccard(nm, '12') > 0", "strptime(nm, '%d') IS NULL",
    "chr(CAST(n AS INTEGER)) = 'a'", "CAST(d AS TIMESTAMP_NS) IS NULL", "d + INTERVAL (n) YEAR IS NULL",
    "CASE WHEN nm <> '12' THEN CAST(nm AS INTEGER) ELSE 1 END = 1",
    "coalesce(TRY_CAST(nm AS INTEGER), CAST(nm AS INTEGER)) > 0", "list_sum([CAST(nm AS INTEGER), 1]) > 0",
    "mismatches('12', nm) = 0", "json_object(nm, 1) IS NULL", "regexp_full_match('12', replace(nm, 'z', '['))",
    "hamming(upper(nm), '12') = 0",
    "CAST(nm AS INTEGER) IN (SELECT 12)", "CAST(nm AS INTEGER) = ANY (SELECT 12)",
    "n * n * n > 0 OR CAST(nm AS INTEGER) = 1",
]  # fmt: skip
"""Conditions that hold or not for the row that is seen, and fail on the one that is hidden."""

ROWS = [(2, "DE", "12", 12, "2024-01-01"), (3, "FR", "z", 10**15, "9999-12-31")]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Federation]]:
    folder = tmp_path_factory.mktemp("fence")
    (folder / "entities").mkdir()
    (folder / "sources").mkdir()
    (folder / "policies").mkdir()
    (folder / "catalog.yaml").write_text("name: fence\n")
    for name in ("inside", "beside"):
        (folder / "entities" / f"{name}.yaml").write_text(
            f"entity: {name}\nkey: id\nfields: {{id: integer, country: varchar, nm: varchar, n: bigint, d: date}}\n"
        )
    mapping = "{from: %s, key: id, fields: {id: id, country: country, nm: nm, n: n, d: d}}"
    (folder / "sources" / "files.yaml").write_text(
        "source: files\nkind: parquet\nconnection: {path: .}\nprovides:\n  inside: " + mapping % "t.parquet" + "\n"
    )
    (folder / "sources" / "base.yaml").write_text(
        "source: base\nkind: sqlite\nconnection: {path: t.sqlite}\nprovides:\n  beside: " + mapping % "t" + "\n"
    )
    roles = "".join(
        f'  r{at}: {{entities: {{allow: \'*\'}}, rows: {{inside: "{each}", beside: "{each}"}}}}\n'
        for at, each in enumerate(FILTERS)
    )
    names = ", ".join(f"r{at}" for at in range(len(FILTERS)))
    (folder / "policies" / "roles.yaml").write_text(f"roles:\n{roles}users:\n  {office.USER}: {{roles: [{names}]}}\n")
    values = ", ".join(f"({i}, '{c}', '{nm}', {n}::BIGINT, DATE '{d}')" for i, c, nm, n, d in ROWS * 40)
    with duckdb.connect() as made:
        made.execute(f"COPY (SELECT * FROM (VALUES {values}) t(id, country, nm, n, d)) TO '{folder}/t.parquet'")
    with closing(sqlite3.connect(folder / "t.sqlite")) as db:
        db.execute("CREATE TABLE t (id INTEGER, country TEXT, nm TEXT, n INTEGER, d TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ROWS * 40)
        db.commit()
    made_of = [office.opened(folder, f"r{at}") for at in range(len(FILTERS))]
    yield made_of
    for each in made_of:
        each.close()


@pytest.mark.parametrize("throwing", THROWING)
def test_nothing_is_evaluated_on_a_hidden_row(worlds: list[Federation], throwing: str) -> None:
    for federation, filter_ in zip(worlds, FILTERS, strict=True):
        for table in ("inside", "beside"):
            sql = f"SELECT count(*) FROM {table} WHERE {throwing}"
            try:
                (count,) = federation.sql(sql).fetchall()[0]
            except CdiError as error:
                pytest.fail(f"{filter_} on {table}: {error}")
            assert count in (0, 40)
