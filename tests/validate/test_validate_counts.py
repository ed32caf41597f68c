"""The counts of findings are right: held against a plain count by hand over the same trap values."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cdi_federate as cdi
from cdi_federate.errors import Problem
from tests.validate.world import CANARY

CATALOG = {
    "catalog.yaml": "name: counts\n",
    "entities/person.yaml": """\
entity: person
fields: {code: varchar, born: date, number: integer, cents: "decimal(6,2)"}
""",
}
MAPPING = """\
source: {kind}
kind: {kind}
connection: {connection}
provides:
  person:
    name: people
    from: {relation}
    key: id
    where: gone IS NULL
    options: {options}
    fields:
      code: {{column: code, trim: true, codes: {{a: A, b: B}}}}
      born: {{column: born, parse: "%d.%m.%Y"}}
      number: number
      cents: {{column: number, scale: 0.01}}
    claims:
      unique: [id]
      not_null: [code]
      in: {{code: [a, b, " a"]}}
      canonical: {{code: [lower, trim]}}
"""
TRAPS: dict[str, list[str | None]] = {
    "id": ["1", "2", "3", "4", "5", "6", "7", "8", None],
    "code": ["a", "b", " a", "A", "a ", CANARY, "", None],
    "born": ["31.12.1980", "31.02.1980", "1980-12-31", "", None],
    "number": ["1", " 2 ", "3.6", "x", "", "99999999999", "1e3", None],
    "gone": [None, None, None, "yes"],
}


def rows(seed: int) -> list[dict[str, str | None]]:
    chance = random.Random(seed)
    return [{name: chance.choice(values) for name, values in TRAPS.items()} for _ in range(60)]


def expected(data: list[dict[str, str | None]]) -> dict[str, str]:
    """Return what must be found, counted by hand."""
    kept = [row for row in data if row["gone"] is None]
    n = len(kept)
    found: dict[str, str] = {}

    def note(what: str, count: int, total: int = n) -> None:
        if count:
            found[what] = f"{count} of {total}"

    def column(name: str) -> list[str]:
        return [value for row in kept if (value := row[name]) is not None]

    ids = column("id")
    note("unique", sum(ids.count(value) > 1 for value in ids))
    note("key", n - len(ids))
    note("not_null", n - len(column("code")))
    note("in", sum(value not in ("a", "b", " a") for value in column("code")))
    note("lower", sum(value != value.lower() for value in column("code")))
    note("trim", sum(value != value.strip(" ") for value in column("code")))
    note("codes", sum(value.strip(" ") not in ("a", "b") for value in column("code")), len(column("code")))
    note("born", sum(not _is_date(value) for value in column("born")), len(column("born")))
    note("number", sum(value in ("x", "", "99999999999") for value in column("number")), len(column("number")))
    note("cents", sum(value in ("x", "", "99999999999") for value in column("number")), len(column("number")))
    return found


def _is_date(value: str) -> bool:
    try:
        return bool(datetime.strptime(value, "%d.%m.%Y"))
    except ValueError:
        return False


MARKS = {
    "'unique: id'": "unique", "the key id is not always": "key", "'not_null: code'": "not_null", "'in: code'": "in",
    "code: lower'": "lower", "code: trim'": "trim", "codes of code": "codes", "values of born": "born",
    "values of number": "number", "values of cents": "cents",
}  # fmt: skip


def counted(problems: tuple[Problem, ...]) -> dict[str, str]:
    """Return what was found in the words of `expected`."""
    found: dict[str, str] = {}
    for problem in problems:
        (name,) = [name for mark, name in MARKS.items() if mark in problem.message]
        words = problem.message.replace(":", "").split()
        at = words.index("of", 1) if name not in ("codes", "born", "number", "cents") else 1
        at = next(i for i, word in enumerate(words) if word == "of" and words[i - 1].isdigit() and i >= at - 1)
        found[name] = f"{words[at - 1]} of {words[at + 1]}"
    return found


def write(kind: str, data: list[dict[str, Any]], folder: Path) -> dict[str, str]:
    """Write the rows as a department of that kind holds them; returns what its mapping says."""
    said = {"kind": kind, "connection": "{path: ../data}", "relation": f"people.{kind}", "options": "{}"}
    table = pa.table({name: pa.array([row[name] for row in data], pa.string()) for name in TRAPS})
    path = folder / "data" / f"people.{kind}"
    match kind:
        case "parquet":
            pq.write_table(table, path)
        case "csv":
            lines = [";".join(TRAPS), *(";".join("NULL" if v is None else v for v in row.values()) for row in data)]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            said["options"] = '{delim: ";", nullstr: "NULL"}'
        case "duckdb":
            import duckdb

            with duckdb.connect(path) as db:
                db.register("given", table)
                db.execute("CREATE TABLE people AS FROM given")
            said |= {"connection": "{path: ../data/people.duckdb}", "relation": "people"}
        case "sqlite":
            with closing(sqlite3.connect(path)) as db:
                db.execute(f"CREATE TABLE people ({', '.join(f'{name} TEXT' for name in TRAPS)})")
                db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", [tuple(row.values()) for row in data])
                db.commit()
            said |= {"connection": "{path: ../data/people.sqlite}", "relation": "people"}
        case "arrow":
            said |= {"connection": "{}", "relation": "people"}
    return said


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb", "sqlite", "arrow"])
def test_counts(kind: str, seed: int, tmp_path: Path) -> None:
    data = rows(seed)
    (tmp_path / "data").mkdir()
    said = write(kind, data, tmp_path)
    for name, text in {**CATALOG, "sources/people.yaml": MAPPING.format(**said)}.items():
        path = tmp_path / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with cdi.connect(tmp_path / "catalog") as federation:
        if kind == "arrow":
            federation.register("people", data)
        problems = federation.validate(connect=True)
    assert counted(problems) == expected(data)
    assert CANARY not in "".join(map(str, problems))
    assert {problem.message.startswith("the claim") for problem in problems if not problem.warning} == {True}


def test_a_registered_table_with_odd_names_is_checked_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("name: bare\n", encoding="utf-8")
    data = {'We"ird; name': [1, 2], "select": ["a", None], "nested": [{"a": [1]}, None], "Größe": [1.5, None]}
    with cdi.connect(tmp_path) as federation:
        federation.register("people", data)
        assert federation.validate(connect=True, test=True) == ()
