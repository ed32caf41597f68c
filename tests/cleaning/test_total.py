"""What holds of every cleaning function, whatever it is given."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdi_federate.query.functions import SCALARS
from tests.cleaning.conftest import Cleaned
from tests.cleaning.oddities import TEXTS

CALLS = {
    "norm_email": "norm_email({})",
    "norm_name": "norm_name({})",
    "digits": "digits({})",
    "country_iso2": "country_iso2({})",
    "norm_phone": "norm_phone({}, 'DE')",
    "norm_phone of anywhere": "norm_phone({})",
    "norm_phone of America": "norm_phone({}, 'US')",
    "norm_postcode": "norm_postcode({}, 'GB')",
    "norm_postcode of a number": "norm_postcode({}, 'DE')",
    "norm_postcode of letters": "norm_postcode({}, 'LV')",
    "norm_postcode of nowhere": "norm_postcode({}, NULL)",
    "parse_date": "parse_date({}, '%d.%m.%Y', '%Y-%m-%d')",
}
CASES = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def test_every_function_is_tested_here_and_may_be_called() -> None:
    assert {name.partition(" ")[0] for name in CALLS} <= SCALARS


@CASES
def test_no_text_is_an_error_and_nothing_stays_nothing(cleaned: Cleaned, call: str) -> None:
    answers = cleaned(call.format("x"), TEXTS)
    assert answers[0] is None, "NULL gives NULL"
    assert answers[1] is None, "an empty text is no value"
    assert "" not in answers, "what is empty is NULL"


@CASES
def test_cleaning_again_changes_nothing(cleaned: Cleaned, call: str) -> None:
    once, twice = (cleaned(one, TEXTS) for one in (call.format("x"), call.format(call.format("x"))))
    assert twice == once


@CASES
@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text(max_size=30), max_size=200))
def test_any_text_at_all(cleaned: Cleaned, call: str, texts: list[str]) -> None:
    once, twice = (cleaned(one, texts) for one in (call.format("x"), call.format(call.format("x"))))
    assert twice == once


@CASES
@pytest.mark.parametrize(
    "value",
    ["42", "4.5", "1e300::DOUBLE", "true", "DATE '2020-02-29'", "TIMESTAMP '2020-02-29 12:00:00'", "'\\xFF'::BLOB",
     "[1, 2]", "{'a': 1}", "uuid()", "NULL", "'infinity'::DATE", "INTERVAL 1 DAY"],
)  # fmt: skip
def test_any_type_is_taken(engine: duckdb.DuckDBPyConnection, call: str, value: str) -> None:
    assert engine.execute(f"SELECT {call.format(value)}").fetchall()


def test_constants_are_computed_like_columns(engine: duckdb.DuckDBPyConnection, cleaned: Cleaned) -> None:
    """A constant is folded when the statement is planned, by the same function."""
    for call in CALLS.values():
        for text in ("jane@x.org", "Dr. Jane", "030 123456", "SW1A1AA", "Germany", "31.12.1999"):
            assert engine.execute(f"SELECT {call.format('?')}", [text]).fetchone() == (
                cleaned(call.format("x"), [text])[0],
            )
