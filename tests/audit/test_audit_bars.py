"""What the audit log adds to a query."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

import cdi_federate as cdi
from tests.audit.audited import catalog

ASKED = 200


@pytest.mark.bars
def test_a_short_query_stays_short(tmp_path: Path) -> None:
    """The bar: 5 ms must not become 50."""
    found = {}
    for audit in ("false", "true"):
        with cdi.connect(catalog(tmp_path / audit, audit)) as federation:
            took = []
            for _ in range(ASKED):
                began = time.perf_counter()
                federation.sql("SELECT id FROM thing WHERE mail = 'a'").arrow()
                took.append(time.perf_counter() - began)
            found[audit] = 1_000 * median(took)
    print(f"without the log {found['false']:.1f} ms, with it {found['true']:.1f} ms (median of {ASKED})")
    assert found["true"] - found["false"] < 25
