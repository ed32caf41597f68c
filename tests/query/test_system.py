"""What is told of the catalog has the columns that the engine's own tables of that name have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cdi_federate.query.system import SYSTEM
from tests.worlds import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.build("shops", tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("name", SYSTEM)
def test_all_columns_are_there(world: World, name: str) -> None:
    with duckdb.connect() as db:
        own = db.execute(f"DESCRIBE FROM {name}").fetchall()
    answer = world.federation.sql(f"SELECT * FROM {name}")
    assert [(column.name, column.type) for column in answer.columns] == [row[:2] for row in own]
    assert answer.fetchall()


def test_numbers_tell_their_precision_as_the_engine_does(world: World) -> None:
    told = "column_name, data_type, numeric_precision, numeric_precision_radix, numeric_scale"
    with duckdb.connect() as db:
        columns = world.federation.sql("SELECT column_name, data_type FROM information_schema.columns").fetchall()
        for name, type_ in columns:
            db.execute(f'CREATE TABLE "{len(db.execute("SHOW TABLES").fetchall())}" ("{name}" {type_})')
        wanted = db.execute(f"SELECT {told} FROM information_schema.columns").fetchall()
    rows = world.federation.sql(f"SELECT {told} FROM information_schema.columns").fetchall()
    assert sorted(rows, key=repr) == sorted(wanted, key=repr)
