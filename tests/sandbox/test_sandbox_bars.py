"""Statements that waste time and memory, in the sandbox: each ends soon after its deadline, and the next answers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError
from tests.query.virtual import lines as corpus
from tests.sandbox.world import CANARY, write

DEADLINE = 1.0

FURTHER = [
    "SELECT repeat('x', 20000000000)",
    "SELECT list_transform(range(300000000), lambda x: x + 1)",
    "SELECT levenshtein(repeat('a', 60000), repeat('b', 60000))",
    "SELECT count(*) FROM orders a, range(1000000000) b, range(1000000000) c",
    "SELECT sum(x) OVER (ORDER BY random()) FROM range(200000000) r(x)",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    "SELECT regexp_replace(repeat('a', 10000000), '(a*)*b', 'x', 'g')",
    "SELECT string_agg(x::VARCHAR, ',') FROM range(1000000000) r(x)",
    "SELECT histogram(x) FROM range(1000000000) r(x)",
]


@pytest.mark.bars
def test_waste_ends_with_its_deadline(tmp_path: Path) -> None:
    wasteful = [line.split(" | ", 1)[1] for line in corpus("attacks.txt") if line.startswith("refuse dos")] + FURTHER
    longest = 0.0
    with cdi.connect(write(tmp_path), sandbox=True) as federation:
        for sql in wasteful:
            federation.sql("SELECT 1").arrow()  # so that a process runs
            began = time.monotonic()
            try:
                for _ in federation.sql(sql, deadline=DEADLINE).reader():
                    pass
            except CdiError as error:
                assert CANARY not in str(error)
            took = time.monotonic() - began
            longest = max(longest, took)
            print(f"{took:5.2f} s  {sql[:80]}")
            assert took < 2 * DEADLINE + 4.0, sql[:80]  # planned and run, each with its grace
            assert federation.sql("SELECT count(*) FROM customer").fetchall() == [(20,)]
    print(f"{len(wasteful)} statements, the longest {longest:.1f} s with a deadline of {DEADLINE} s")
