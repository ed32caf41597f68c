"""A value that a query was prepared with stays, whatever it compares equal to."""

from __future__ import annotations

import math
from pathlib import Path

import cdi_federate as cdi


def test_a_value_that_is_no_number_is_the_one_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("name: none\n", encoding="utf-8")
    with cdi.connect(tmp_path) as fed:
        prepared = fed.prepare("SELECT CAST($v AS DOUBLE) AS x", v=math.nan)
        ((found,),) = fed.run(prepared).fetchall()
        assert math.isnan(found)
