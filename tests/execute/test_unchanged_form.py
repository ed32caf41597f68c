"""What a source counted is no part of what its table is: servers count anew whenever they like."""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.execute.unchanged import _form
from cdi_federate.stages.facts import ColumnFacts, TableFacts


def test_counts_are_no_drift_and_types_are() -> None:
    column = ColumnFacts("c", "BIGINT", native="bigint", distinct=3.0, null_fraction=0.0)
    table = TableFacts({"c": column}, rows=10)
    counted = TableFacts({"c": replace(column, distinct=4.0, null_fraction=0.5)}, rows=12)
    assert _form(table) == _form(counted) and table == counted
    assert _form(table) != _form(TableFacts({"c": replace(column, type="INTEGER")}))


def test_the_order_of_columns_is_part_of_the_form() -> None:
    a, b = ColumnFacts("a", "BIGINT"), ColumnFacts("b", "BIGINT")
    assert _form(TableFacts({"a": a, "b": b})) != _form(TableFacts({"b": b, "a": a}))
