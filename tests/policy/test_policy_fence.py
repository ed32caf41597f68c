"""No condition of the user's is evaluated on a row that a row filter removes, whatever form the filter has.

Every condition of `throwing.sql` fails for the hidden rows, so an error would tell of them. Each is asked under each
filter, of Parquet that is read in place, a DuckDB file, SQLite, Postgres and MariaDB; the answer is that of the visible
rows alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import duckdb
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.stages.subject import Subject
from tests.policy import office
from tests.servers import database

FILTERS = [
    "country = 'DE'",
    "country IN ('DE', 'AT')",
    "lower(country) = 'de'",
    "country LIKE 'D%' OR country LIKE 'A%'",
    "length(country) = 2 AND reverse(country) <> 'RF'",
    "id % 2 = 0",
    "CASE WHEN id > 1 THEN country = 'DE' ELSE FALSE END",
    "regexp_matches(country, '^D')",
    "id BETWEEN 1 AND 2 AND country IS NOT NULL",
]
MASK = "CAST(CAST(value AS INTEGER) + 1 AS VARCHAR)"
"""A mask that fails for the hidden rows."""
ENGINES = ("parquet", "duckdb", "sqlite", "postgres", "mysql")
THROWING = [
    line
    for line in (Path(__file__).parent / "throwing.sql").read_text(encoding="utf-8").splitlines()
    if not line.startswith("--")
]
SHAPES = (
    "SELECT count(*) FROM {table} WHERE {throwing}",
    "SELECT count(*) FROM {table} WHERE id = 99 OR ({throwing})",
    "SELECT count(*) FILTER (WHERE {throwing}) FROM {table}",
    "SELECT sum(CASE WHEN {throwing} THEN 1 ELSE 0 END) FROM {table} HAVING count(*) > 1",
    "SELECT count(*) FROM (SELECT {throwing} AS b FROM {table} ORDER BY b) WHERE b",
    "SELECT coalesce(max(n), 0) FROM (SELECT {throwing} AS b, count(*) AS n FROM {table} GROUP BY 1) WHERE b",
    "WITH t AS MATERIALIZED (FROM {table}) SELECT count(*) FROM t WHERE {throwing}",
    "SELECT count(*) FROM (VALUES (1)) v(one) JOIN {table} ON {throwing}",
)
"""Places where a condition may stand; each gives the number of rows that meet it."""

SEEN, HIDDEN = (2, "DE", "12", 12, "2024-01-01"), (3, "FR", "z", 10**15, "9999-12-31")
COUNT = 40
ROWS = [SEEN, HIDDEN] * COUNT
COLUMNS = "id INTEGER, country VARCHAR(9), nm VARCHAR(9), n BIGINT, d DATE"


@cache
def reference(hidden: bool) -> duckdb.DuckDBPyConnection:
    """Return an engine with the visible rows, or with the hidden ones, as `t`."""
    made = duckdb.connect()
    made.execute(f"CREATE TABLE t ({COLUMNS})")
    made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [HIDDEN if hidden else SEEN] * COUNT)
    return made


def _connection(folder: Path, engine: str, stack: ExitStack) -> str:
    """Put the rows into an engine, and return what a catalog says of it."""
    if engine in ("postgres", "mysql"):
        server = stack.enter_context(database(engine))
        values = ", ".join(f"({i}, '{c}', '{nm}', {n}, DATE '{d}')" for i, c, nm, n, d in ROWS)
        server.run(f"CREATE TABLE t ({COLUMNS})", f"INSERT INTO t VALUES {values}")
        return f"kind: {engine}\nconnection: {{dsn: '{server.dsn}'}}\n"
    if engine == "sqlite":
        with closing(sqlite3.connect(folder / "t.sqlite")) as db:
            db.execute("CREATE TABLE t (id INTEGER, country TEXT, nm TEXT, n INTEGER, d TEXT)")
            db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ROWS)
            db.commit()
    else:
        with duckdb.connect(folder / "t.duckdb") as made:
            made.execute(f"CREATE TABLE t ({COLUMNS})")
            made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ROWS)
            made.execute(f"COPY t TO '{folder}/t.parquet'")
    return f"kind: {engine}\nconnection: {{path: {'.' if engine == 'parquet' else f't.{engine}'}}}\n"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Federation]]:
    """Return what opens the catalog over an engine; its roles are `r0` and so on, one a filter."""
    known: dict[str, Federation] = {}
    with ExitStack() as stack:

        def open_(engine: str) -> Federation:
            if engine not in known:
                folder = tmp_path_factory.mktemp(engine)
                known[engine] = stack.enter_context(_written(folder, _connection(folder, engine, stack)))
            return known[engine]

        yield open_


def _written(folder: Path, connection: str) -> Federation:
    for name in ("entities", "sources", "policies"):
        (folder / name).mkdir()
    (folder / "catalog.yaml").write_text("name: fence\naudit: false\n")
    (folder / "entities" / "thing.yaml").write_text(
        "entity: thing\nkey: id\nfields: {id: integer, country: varchar, nm: varchar, n: bigint, d: date}\n"
    )
    from_ = "t.parquet" if "kind: parquet" in connection else "t"
    mapping = f"{{from: {from_}, key: id, fields: {{id: id, country: country, nm: nm, n: n, d: d}}}}"
    (folder / "sources" / "base.yaml").write_text(f"source: base\n{connection}provides:\n  thing: {mapping}\n")
    roles = [f"  r{at}: {{entities: {{allow: '*'}}, rows: {{thing: \"{each}\"}}}}\n" for at, each in enumerate(FILTERS)]
    known = [f"r{at}" for at in range(len(FILTERS))]
    rules = f'rules:\n  - {{to: [masked], match: {{field: nm}}, action: mask, using: "{MASK}"}}\n'
    users = f"users:\n  {office.USER}: {{roles: [{', '.join((*known, 'masked'))}]}}\n"
    roles.append("  masked: {entities: {allow: '*'}, rows: {thing: \"regexp_matches(country, '^(D|A)[A-Z]')\"}}\n")
    (folder / "policies" / "roles.yaml").write_text(f"roles:\n{''.join(roles)}{rules}{users}")
    return Federation(load(folder), role="r0")


def leaks(federation: Federation, asked: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Yield what errors, or tells of other rows than the visible; `asked` are condition, filter and shape."""
    for throwing, at, shape in asked:
        (wanted,) = reference(False).execute(shape.format(table="t", throwing=throwing)).fetchall()
        try:
            subject = Subject(office.USER, f"r{at}")
            (found,) = federation.sql(shape.format(table="thing", throwing=throwing), subject=subject).fetchall()
        except CdiError as error:
            yield f"{throwing} under {FILTERS[at]} in {shape}: {error}"
            continue
        if found != wanted:
            yield f"{throwing} under {FILTERS[at]} in {shape}: {found}, and not {wanted}"


def test_every_condition_fails_for_the_hidden_row() -> None:
    assert len(THROWING) * len(FILTERS) >= 558
    for throwing in THROWING:
        reference(False).execute(f"SELECT count(*) FROM t WHERE {throwing}")
        with pytest.raises(duckdb.Error):
            reference(True).execute(f"SELECT count(*) FROM t WHERE {throwing}")


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_evaluated_on_a_hidden_row(opened: Callable[[str], Federation], engine: str) -> None:
    at = ENGINES.index(engine)
    sample = [
        (throwing, (number + at) % len(FILTERS), SHAPES[(number // 3 + at) % len(SHAPES)])
        for number, throwing in enumerate(THROWING)
        if number % 2 == at % 2
    ]
    assert not list(leaks(opened(engine), sample))


@pytest.mark.parametrize("engine", ["parquet", "duckdb", "sqlite"])
def test_a_mask_that_fails_is_not_computed_of_a_hidden_row(opened: Callable[[str], Federation], engine: str) -> None:
    """Nothing in the statement can fail, but it compares with the mask."""
    federation, subject = opened(engine), Subject(office.USER, "masked")
    for sql in ("SELECT count(*) FROM thing WHERE nm = '13'", "SELECT count(nm) FROM thing WHERE nm IN ('13', 'x')"):
        assert federation.sql(sql, subject=subject).fetchall() == [(COUNT,)]


@pytest.mark.parametrize(
    ("sql", "role", "is_cut"),
    [
        ("SELECT id FROM thing LIMIT 3", "r0", True),
        ("SELECT id, nm AS x FROM thing WHERE n = 12 ORDER BY id LIMIT 2", "r0", True),
        ("SELECT id FROM thing WHERE n = 12 LIMIT 3", "r4", False),  # the source cannot tell who is seen
        ("SELECT id FROM thing WHERE n = 12 OR n + id = 5 LIMIT 3", "r0", False),
        ("SELECT DISTINCT id FROM thing LIMIT 3", "r0", False),
        ("SELECT id FROM (SELECT * FROM thing WHERE reverse(nm) = '21') AS t LIMIT 3", "r0", False),
        ("SELECT nm FROM thing LIMIT 3", "masked", False),
    ],
)
def test_a_source_is_asked_for_the_first_rows_of_those_that_are_seen(
    opened: Callable[[str], Federation], sql: str, role: str, is_cut: bool
) -> None:
    federation, subject = opened("sqlite"), Subject(office.USER, role)
    prepared = federation.prepare(sql, subject=subject)
    assert all(("LIMIT" in fragment.text) is is_cut for fragment in prepared.plan.fragments)
    rows = federation.sql(sql, subject=subject).fetchall()
    wanted = 1 if "DISTINCT" in sql else 2 if "LIMIT 2" in sql else 3
    assert len(rows) == wanted and all(row[0] in (SEEN[0], "13") for row in rows)


@pytest.mark.bars
@pytest.mark.parametrize("engine", ENGINES)
def test_no_condition_leaks_under_any_filter(opened: Callable[[str], Federation], engine: str) -> None:
    pairs = [
        (throwing, at, shape)
        for number, throwing in enumerate(THROWING)
        for at in range(len(FILTERS))
        for shape in (SHAPES[0], SHAPES[1 + (number + at) % (len(SHAPES) - 1)])
    ]
    found = list(leaks(opened(engine), pairs))
    count = len(THROWING) * len(FILTERS)
    print(f"{engine}: {count:,} conditions under filters, {len(pairs):,} questions, {len(found)} leaks")
    assert not found
