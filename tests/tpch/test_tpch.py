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
from tests.tpch import placements, world

CATALOG = Path(__file__).parent / "catalog"
World = tuple[duckdb.DuckDBPyConnection, cdi.Federation, placements.Places]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The reference, a federation over the same rows elsewhere, and where these are."""
    with ExitStack() as held:
        postgres = held.enter_context(database("postgres"))
        mysql = held.enter_context(database("mysql", options="CHARACTER SET utf8mb4"))
        folder = tmp_path_factory.mktemp("tpch")
        db = world.reference(0.01)
        world.build(db, folder, postgres, mysql)
        os.environ["CDI_TPCH_POSTGRES"], os.environ["CDI_TPCH_MYSQL"] = postgres.dsn, mysql.dsn
        os.environ["CDI_TPCH_FILES"] = str(folder)
        federation = held.enter_context(cdi.connect(CATALOG))
        yield db, federation, placements.Places(folder, postgres, mysql)
        db.close()


@pytest.mark.parametrize("number", range(1, 23))
def test_answers_as_duckdb(worlds: World, number: int) -> None:
    db, federation, _ = worlds
    query = dict(world.queries(db))[number]
    expected = Answer.of(db.execute(query).to_arrow_table())
    answer = Answer.of(federation.sql(query).arrow())
    assert expected.rows, "an empty answer shows nothing"
    assert difference(expected, answer, None) == ""


@pytest.mark.parametrize("number", range(1, 23))
def test_a_placement_by_hand_can_be_sent(worlds: World, number: int) -> None:
    fetched, _ = placements.fetched(number, worlds[2])
    assert fetched, "each query has a placement"
    found_none = number == 17  # of 2,000 parts none is of its brand and its container
    assert (sum(fetched.values()) == 0) is found_none, "a placement that finds nothing shows nothing"
