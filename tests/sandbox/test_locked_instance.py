"""The second wall alone: an engine that is locked as every one is, and what a statement that got there could still do.

The doors that stay open are held too: that they are is why the first wall is an allow-list and the third the kernel.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.execute.duck import spill
from cdi_federate.execute.duck.instance import attach, instance, lock
from cdi_federate.stages.ports import Attachment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "own.parquet")
    pq.write_table(pa.table({"a": [2]}), tmp_path / "other.parquet")
    for name in ("own.sqlite", "other.sqlite"):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            db.execute("CREATE TABLE t (a)")
            db.commit()
    return tmp_path


@pytest.fixture
def locked(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    spilled = spill.folder()
    connection = instance(threads=1, spill=spilled)
    own = Attachment("crm", alias="crm", type="sqlite", target=str(folder / "own.sqlite"), extension="sqlite_scanner")
    files = Attachment("files", paths=(str(folder / "own.parquet"),))
    for each in (own, files):
        attach(connection, each)
    lock(connection, (own, files))
    yield connection
    connection.close()
    spill.remove(spilled)


def test_what_its_sources_are_can_be_read(locked: duckdb.DuckDBPyConnection, folder: Path) -> None:
    assert locked.execute(f"SELECT a FROM read_parquet('{folder}/own.parquet')").fetchall() == [(1,)]
    assert locked.execute("SELECT count(*) FROM crm.t").fetchall() == [(0,)]


SETTINGS = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_file_encryption": "true",
    "default_null_order": "NULLS_LAST",
    "TimeZone": "UTC",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_it_is_set_as_measured(locked: duckdb.DuckDBPyConnection, setting: str) -> None:
    (found,) = locked.execute(f"SELECT current_setting('{setting}')::VARCHAR").fetchall()[0]
    assert found.lower() == SETTINGS[setting].lower()


SHUT = [
    "SELECT * FROM read_parquet('{folder}/other.parquet')",
    "SELECT * FROM '{folder}/other.parquet'",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_csv('{folder}/own.parquet/../other.parquet')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "COPY (SELECT 1) TO '{folder}/new.csv'",
    "EXPORT DATABASE '{folder}/exported'",
    "ATTACH '{folder}/new.duckdb'",
    "INSTALL httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "INSERT INTO crm.t VALUES (1)",
    "CREATE TABLE crm.u (a INT)",
    "SET threads = 1",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "SET allowed_paths = ['/']",
    "SET allowed_directories = ['/']",
    "SET temp_directory = '/'",
    "SET TimeZone = 'Europe/Berlin'",
    "PRAGMA temp_directory = '/'",
    "SELECT * FROM somebody",
]


@pytest.mark.parametrize("sql", SHUT)
def test_a_door_that_is_shut(locked: duckdb.DuckDBPyConnection, folder: Path, sql: str) -> None:
    somebody = pa.table({"a": [1]})
    before = sorted(folder.rglob("*"))
    with pytest.raises(duckdb.Error):
        locked.execute(sql.format(folder=folder)).fetchall()
    assert sorted(folder.rglob("*")) == before
    assert somebody.num_rows == 1


OPEN = [
    "SELECT * FROM sqlite_scan('{folder}/other.sqlite', 't')",
    "ATTACH '{folder}/other.sqlite' AS other (TYPE sqlite)",
    "USE crm",
    "SET VARIABLE x = 1",
    "CREATE TEMP MACRO upper(x) AS 'mine'",
    "SELECT * FROM duckdb_settings()",
]


@pytest.mark.parametrize("sql", OPEN)
def test_a_door_that_the_lock_leaves_open(locked: duckdb.DuckDBPyConnection, folder: Path, sql: str) -> None:
    """Once one of these fails, the engine has learnt something, and docs/security.md can say so."""
    locked.execute(sql.format(folder=folder))
