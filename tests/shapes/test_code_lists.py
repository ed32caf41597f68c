"""A code list is looked up in DuckDB as it stands in the catalog, whatever its texts hold."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from cdi_federate import tree
from cdi_federate.catalog.model import Codes, Column, Field, Mapping
from cdi_federate.query.shapes import express
from cdi_federate.stages.facts import ColumnFacts, TableFacts

_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("{}[](),=\"'\\ :"), max_size=6)
_SPECIAL = st.sampled_from(["NULL", "null", "", " a", "a ", "a=b", "{a}", "it's", "\u00a0x", "true", "1", "a b", "\\"])
_TEXTS = _WORDS | _SPECIAL
_FACTS = TableFacts({"x": ColumnFacts("x", "VARCHAR")})
_MAPPING = Mapping("s", "t", "e", "t", {})
_CON = duckdb.connect()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(_TEXTS, _TEXTS | st.none(), min_size=1, max_size=8), st.lists(_TEXTS, max_size=4))
def test_every_code_is_found_and_no_other(pairs: dict[str, str | None], others: list[str]) -> None:
    shape = Column("x", codes=Codes(tuple(pairs.items())))
    expression = tree.text(express(shape, Field("f", "VARCHAR"), _MAPPING, _FACTS))
    asked = [*pairs, *others, None]
    rows = _CON.execute(f"SELECT t.x, {expression} FROM (SELECT unnest($1::VARCHAR[]) AS x) AS t", [asked]).fetchall()
    assert rows == [(word, pairs.get(word) if word is not None else None) for word in asked]
