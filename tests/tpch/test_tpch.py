"""TPC-H's 22 queries over five kinds of sources give what plain DuckDB gives over its own tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

import cdi_federate as cdi
from tests.differential.suite import Answer, difference
from tests.servers import database
from tests.tpch import world

CATALOG = Path(__file__).parent / "catalog"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, cdi.Federation]]:
    """The reference, and a federation over the same rows elsewhere."""
    with ExitStack() as held:
        postgres = held.enter_context(database("postgres"))
        mysql = held.enter_context(database("mysql", options="CHARACTER SET utf8mb4"))
        folder = tmp_path_factory.mktemp("tpch")
        db = world.reference(0.01)
        world.build(db, folder, postgres, mysql)
        os.environ["CDI_TPCH_POSTGRES"], os.environ["CDI_TPCH_MYSQL"] = postgres.dsn, mysql.dsn
        os.environ["CDI_TPCH_FILES"] = str(folder)
        federation = held.enter_context(cdi.connect(CATALOG))
        yield db, federation
        db.close()


@pytest.mark.parametrize("number", range(1, 23))
def test_answers_as_duckdb(worlds: tuple[duckdb.DuckDBPyConnection, cdi.Federation], number: int) -> None:
    db, federation = worlds
    query = dict(world.queries(db))[number]
    expected = Answer.of(db.execute(query).to_arrow_table())
    answer = Answer.of(federation.sql(query).arrow())
    assert expected.rows, "an empty answer shows nothing"
    assert difference(expected, answer, None) == ""
