"""A plan may run long after it was made: what it says of the present holds when it runs, or is of one moment."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

import cdi_federate as cdi
from tests.federation import worlds


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ("TRUE", "ms < epoch_ms(ago(INTERVAL 0 SECOND))"),
        ("ms < epoch_ms(ago(INTERVAL 0 SECOND))", "TRUE"),
        ("ms < epoch_ms(now())", "TRUE"),
    ],
)
def test_what_is_past_only_when_the_plan_runs_comes_from_its_source(tmp_path: Path, where: str, condition: str) -> None:
    def held(files: dict[str, str]) -> None:
        files["sources/crm.yaml"] = files["sources/crm.yaml"].replace("from: t,", f"from: t, where: '{where}',")

    worlds.write(tmp_path, held)
    soon = time.time() + 1
    with closing(sqlite3.connect(tmp_path / "crm.sqlite")) as db:
        db.execute("INSERT INTO t VALUES (9, 'soon', ?)", [int(soon * 1000)])
        db.commit()
    with cdi.connect(tmp_path) as federation:
        prepared = federation.prepare(f"SELECT count(*) FROM thing WHERE mail = 'soon' AND {condition}")
        assert time.time() < soon, "the machine is too slow for this test"
        time.sleep(soon - time.time() + 0.1)
        assert federation.run(prepared).fetchall() == [(1,)]
