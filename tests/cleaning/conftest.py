"""An instance of the engine that has the cleaning functions, and a way to ask it for many values at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from cdi_federate.execute.duck.cleaning.functions import install
from cdi_federate.execute.duck.instance import instance

Cleaned = Callable[[str, Sequence[str | None]], list[Any]]


@pytest.fixture(scope="session")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an instance as queries have it."""
    connection = instance(threads=2)
    install(connection)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def cleaned(engine: duckdb.DuckDBPyConnection) -> Cleaned:
    """Give what an expression over `x` makes of each text, none of which is a constant of the statement."""

    def ask(expression: str, texts: Sequence[str | None]) -> list[Any]:
        engine.register("given", pa.table({"n": range(len(texts)), "x": pa.array(texts, pa.string())}))
        found = engine.execute(f"SELECT {expression} FROM given ORDER BY n").fetchall()
        engine.unregister("given")
        return [row[0] for row in found]

    return ask
