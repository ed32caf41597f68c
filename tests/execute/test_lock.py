"""The second wall: what a statement cannot do, even one that got past everything before the engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.errors import ExecutionError, InvariantError
from cdi_federate.execute.duck import DuckEngine, profile, seal
from cdi_federate.execute.duck.instance import instance, lock
from tests.execute.plans import mapping, plan_of, rows_of, run, source_of

OUTSIDE = [
    "SELECT * FROM read_csv('/etc/passwd', columns = {'a': 'VARCHAR'}, delim = '|')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_text('http://127.0.0.1:9/etc/passwd')",
    "SELECT * FROM r JOIN read_blob('/etc/hostname') ON true",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd')) FROM r",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_scan('/tmp/x.db', 't')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('r')",
    "SELECT * FROM other",
    "SELECT * FROM cdi_memory.t",
    "FROM (SELECT * FROM pragma_version())",
    "SELECT * FROM (SHOW TABLES)",
    "SELECT * FROM (DESCRIBE r)",
    "SELECT * FROM read_parquet(['BASE/t.parquet'])",
    "WITH y AS (WITH x AS (SELECT 1) SELECT * FROM x) SELECT * FROM x",
]


def _read(base: Path, engine: DuckEngine, sql: str) -> list[tuple[object, ...]]:
    m = mapping("files", "t.parquet")
    source = source_of("parquet", base, [m], name="files", path=".")
    return rows_of(run(engine, sql.replace("BASE", str(base)), {"r": (source, m)}, [("a", "VARCHAR")]))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "t.parquet")
    pq.write_table(pa.table({"a": ["other"]}), tmp_path / "other.parquet")
    return tmp_path


@pytest.mark.parametrize("sql", OUTSIDE)
def test_the_seal_lets_nothing_else_be_read(engine: DuckEngine, base: Path, sql: str) -> None:
    with pytest.raises(InvariantError):
        _read(base, engine, sql)


@pytest.mark.parametrize("sql", [sql for sql in OUTSIDE if "/etc/" in sql or "/tmp/" in sql])
def test_the_lock_holds_where_the_seal_is_gone(
    engine: DuckEngine, base: Path, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "check_text", lambda *args: None)
    with pytest.raises(ExecutionError):
        _read(base, engine, sql)


def test_a_file_beside_the_source_s_own_is_locked_too(
    engine: DuckEngine, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "check_text", lambda *args: None)
    with pytest.raises(ExecutionError):
        _read(base, engine, "SELECT * FROM read_parquet(['BASE/other.parquet'])")


def test_a_locked_instance_lets_only_its_own_measuring_be_set(base: Path) -> None:
    locked = instance(threads=1)
    lock(locked, ())
    for setting in profile.SETTINGS:
        locked.execute(f"SET {setting} = {'true' if 'bar' in setting else repr('no_output')}")
    others = ("threads = 2", "profiling_output = '/tmp/x'", "allowed_configs = ['threads']", "temp_directory = '/tmp'")
    for setting in (*others, "enable_external_access = true"):
        with pytest.raises(duckdb.Error, match="locked"):
            locked.execute(f"SET {setting}")
    locked.close()


def test_harmless_functions_and_ctes_pass(engine: DuckEngine, base: Path) -> None:
    sql = (
        "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 3), "
        "d AS (SELECT unnest([1, 2]) AS u) "
        "SELECT r.a || count(*)::VARCHAR AS a FROM r, c, d, range(2), generate_series(1, 2), unnest([1]) "
        "WHERE a IN (SELECT a FROM r) GROUP BY r.a"
    )
    assert _read(base, engine, sql) == [("x24",)]


def test_a_plan_without_its_guard_does_not_run(engine: DuckEngine, base: Path) -> None:
    m = mapping("files", "t.parquet")
    source = source_of("parquet", base, [m], name="files", path=".")
    plan = plan_of("SELECT a FROM r", {"r": (source, m, source.facts(m, engine.probe()))}, [("a", "VARCHAR")])
    seal.check_plan(plan)
    plan.plan.query.guards.clear()  # type: ignore[attr-defined]
    with pytest.raises(InvariantError, match="lost its guard"):
        seal.check_plan(plan)
