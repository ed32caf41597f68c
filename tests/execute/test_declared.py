"""Tables of SQLite that the engine reads itself, by the declared types of their columns: the same answer either way."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.execute.duck.declared import Declared
from cdi_federate.federation import Federation
from cdi_federate.query import declared as rule
from cdi_federate.stages.steps import Fragment

COLUMNS = "no INTEGER PRIMARY KEY, number INTEGER, word TEXT, real REAL, place VARCHAR(9)"
TABLES = {
    "plain": f"CREATE TABLE plain ({COLUMNS})",
    "spread": f"CREATE TABLE spread ({COLUMNS})",
    "rowid": "CREATE TABLE rowid (no INTEGER, number INTEGER, word TEXT, real REAL, place TEXT, rowid INTEGER)",
    "generated": f"CREATE TABLE generated ({COLUMNS}, twice INTEGER AS (number * 2))",
    "seen": "CREATE VIEW seen AS SELECT no, number, word, real, place FROM plain",
}
ROWS = [
    (1, 1, "a", 0.1, "x"),
    (2, 2**63 - 1, "A\0b", float("inf"), None),
    (3, -(2**63), "ä", -0.0, ""),
    (4, None, None, None, "x"),
    (5, 0, " ", 1e300, "y"),
]
ENTITY = "entity: {}\nfields: {{no: bigint, number: bigint, word: varchar, real: double, place: varchar}}\n"
ALL = "SELECT count(*), sum(number), min(number), max(word), min(word), count(word), sum(real), max(no) FROM {}"
WORDS = "SELECT word, count(*), sum(number) FROM {} GROUP BY word"
UNLIKE = ["'n/a'", "2.5", "x'3432'", "'1e3x'"]


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    settle(path)


def settle(path: Path) -> None:
    """Have the last change lie a while back."""
    past = time.time() - 60
    os.utime(path, (past, past))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "crm.sqlite"
    with closing(sqlite3.connect(made)) as db:
        for statement in TABLES.values():
            db.execute(statement)
        for table in ("plain", "rowid", "generated"):
            db.executemany(f"INSERT INTO {table} (no, number, word, real, place) VALUES (?, ?, ?, ?, ?)", ROWS)
        far = [(no * 2**40, *rest) for no, *rest in ROWS] + [(-7, 7, "g", 7.0, "z")]
        db.executemany("INSERT INTO spread VALUES (?, ?, ?, ?, ?)", far)
        db.commit()
    settle(made)
    return made


@pytest.fixture
def federation(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr(rule, "LEAST_ROWS", 0)
    (tmp_path / "entities").mkdir()
    (tmp_path / "sources").mkdir()
    (tmp_path / "catalog.yaml").write_text("name: declared\n")
    provides, fields = "", "no: no, number: number, word: word, real: real, place: place"
    for table in TABLES:
        (tmp_path / "entities" / f"{table}.yaml").write_text(ENTITY.format(f"e_{table}"))
        provides += f"  e_{table}: {{from: {table}, fields: {{{fields}}}}}\n"
    (tmp_path / "sources" / "crm.yaml").write_text(
        f"source: crm\nkind: sqlite\nconnection: {{path: {path}}}\nprovides:\n{provides}"
    )
    with Federation(load(tmp_path, env={})) as made:
        yield made


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each fragment was read by the engine itself, as queries run."""
    ways: list[bool] = []
    scan = Declared.scan

    def noted(self: Declared, fragment: Fragment) -> str:
        found = scan(self, fragment)
        ways.append(bool(found))
        return found

    monkeypatch.setattr(Declared, "scan", noted)
    return ways


def both(federation: Federation, sql: str, monkeypatch: pytest.MonkeyPatch, taken: list[bool]) -> tuple[object, object]:
    """Return the answer by the engine's own reading, if that is its way, and as SQLite gives it; both sorted."""
    found = sorted(federation.sql(sql).fetchall(), key=repr)
    first = list(taken)
    with monkeypatch.context() as only:
        only.setattr(Declared, "scan", lambda self, fragment: "")
        asked = sorted(federation.sql(sql).fetchall(), key=repr)
    taken[:] = first
    return found, asked


@pytest.mark.parametrize("sql", [ALL, WORDS])
@pytest.mark.parametrize("table", ["plain", "spread"])
def test_cells_are_the_same(
    federation: Federation, sql: str, table: str, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    found, asked = both(federation, sql.format(f"e_{table}"), monkeypatch, taken)
    assert found == asked
    assert taken == [True]


@pytest.mark.parametrize(
    ("condition", "is_taken"), [("no > 2", True), ("word <> 'a' AND no < 5", True), ("number = 0", False)]
)
def test_conditions_are_asked_again(
    federation: Federation, condition: str, is_taken: bool, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    """All rows come then; not where a field is taken for the constant that its source was to compare it with."""
    monkeypatch.setattr(rule, "MOST", 0.0)
    sql = f"SELECT number, word, count(*), sum(real) FROM e_plain WHERE {condition} GROUP BY ALL"
    found, asked = both(federation, sql, monkeypatch, taken)
    assert found == asked != []
    assert taken == [is_taken]


@pytest.mark.parametrize("table", ["rowid", "generated", "seen"])
def test_not_where_the_engine_would_read_something_else(
    federation: Federation, table: str, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    found, asked = both(federation, WORDS.format(f"e_{table}"), monkeypatch, taken)
    assert found == asked
    assert taken == [False]


@pytest.mark.parametrize("column", ["number", "word", "real"])
@pytest.mark.parametrize("cell", UNLIKE)
def test_a_cell_of_another_type_is_null_still(
    federation: Federation, path: Path, column: str, cell: str, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    write(path, f"UPDATE plain SET {column} = {cell} WHERE no = 5")
    found, asked = both(federation, ALL.format("e_plain"), monkeypatch, taken)
    assert found == asked
    kept = (column, cell) in {("real", "2.5"), ("word", "'n/a'"), ("word", "2.5"), ("word", "'1e3x'")}
    assert taken == ([True] if kept else [True, False])
    federation.sql(ALL.format("e_plain")).fetchall()
    assert taken[-1] is kept, "what was found out of a table is remembered"


def test_text_that_is_none_is_an_error_either_way(federation: Federation, path: Path, taken: list[bool]) -> None:
    write(path, "UPDATE plain SET word = CAST(x'41ff' AS TEXT) WHERE no = 5")
    with pytest.raises(Exception, match="UTF-8"):
        federation.sql(ALL.format("e_plain")).fetchall()
    assert taken == [True]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT word FROM e_plain",  # rows leave before the last is read
        "SELECT word FROM e_plain ORDER BY word",
        "SELECT count(*), (SELECT word FROM e_plain WHERE no = 1) FROM e_spread WHERE number > 0",
        "SELECT count(*) FROM e_plain WHERE number > 0",  # SQLite has an index, perhaps
        "SELECT max(place) FROM e_plain",  # no type that is read alike by its name
    ],
)
def test_not_where_it_could_not_be_read_anew(federation: Federation, sql: str, taken: list[bool]) -> None:
    federation.sql(sql).fetchall()
    assert taken and not any(taken)


def test_not_while_late_writes_are_kept_apart(federation: Federation, path: Path, taken: list[bool]) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE plain SET number = 10 WHERE no = 1")
        db.commit()
        settle(path)
        assert federation.sql("SELECT max(no), min(number) FROM e_plain WHERE true").fetchall() == [(5, -(2**63))]
    assert taken == [False]


def test_not_just_after_a_change(federation: Federation, path: Path, taken: list[bool]) -> None:
    future = time.time() + 60
    os.utime(path, (future, future))
    federation.sql(ALL.format("e_plain")).fetchall()
    assert taken == [False]


def test_a_file_that_changes_meanwhile_is_read_anew(
    federation: Federation, path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    hold, changed = Declared.hold, False

    def late(self: Declared) -> None:
        nonlocal changed
        if not changed:
            changed = True
            write(path, "UPDATE plain SET number = 77 WHERE no = 1")
        hold(self)

    monkeypatch.setattr(Declared, "hold", late)
    found = dict(federation.sql("SELECT word, sum(number) FROM e_plain GROUP BY word").fetchall())
    assert found["a"] == 77
    assert taken == [True, False]


def test_a_table_that_the_engine_cannot_read_at_all(
    federation: Federation, monkeypatch: pytest.MonkeyPatch, taken: list[bool]
) -> None:
    scan = Declared.scan

    def elsewhere(self: Declared, fragment: Fragment) -> str:
        return scan(self, fragment).replace('"e_plain"', '"nowhere"').replace('"plain"', '"nowhere"')

    monkeypatch.setattr(Declared, "scan", elsewhere)
    assert federation.sql("SELECT count(no), max(number) FROM e_plain WHERE true").fetchall() == [(5, 2**63 - 1)]
    assert taken == [True, False]
