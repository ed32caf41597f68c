"""Rows that stream into a workbench: what they are joined with is held, not they, and other statements run as ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from cdi_federate.errors import ExecutionError
from cdi_federate.execute.duck.workbench import Workbench

SETTING = "SELECT current_setting('disabled_optimizers')"
JOINED = "SELECT number, twice FROM incoming LEFT JOIN part USING (number)"


class Explained(Workbench):
    """Keeps the plan of `JOINED` as it is when a table is made of it."""

    plan = ""

    def _execute(self, sql: str, parameters: Any) -> Any:
        if sql.endswith(f" AS {JOINED}"):
            self.plan = super()._execute(f"EXPLAIN {JOINED}", None).fetchall()[0][1]
        return super()._execute(sql, parameters)


@pytest.fixture
def bench() -> Iterator[Explained]:
    with Explained() as made:
        yield made


def test_what_is_here_is_held_and_not_what_streams(bench: Explained) -> None:
    bench.run("CREATE TABLE part AS SELECT range AS number, range * 2 AS twice FROM range(200_000)")
    bench.take("taken", pa.table({"number": pa.array([7, 200_001], pa.int64())}), JOINED, {})
    assert "Join Type: LEFT" in bench.plan, "a RIGHT join holds the rows that stream"
    assert sorted(bench.rows("FROM taken")) == [(7, 14), (200_001, None)]


def test_other_statements_are_planned_as_ever(bench: Explained) -> None:
    usual = bench.value(SETTING)
    assert "cte_filter_pusher" in usual, "it loses rows"
    texts = pa.table({"text": pa.array(["a"])})
    bench.take("taken", texts, "SELECT text FROM incoming", {})
    assert bench.value(SETTING) == usual
    with pytest.raises(ExecutionError):
        bench.take("taken", texts, "SELECT CAST(text AS INTEGER) FROM incoming", {})
    assert bench.value(SETTING) == usual
