"""What the engine says of a failure is understood, whatever it makes of its own words."""

from __future__ import annotations

import duckdb
import pytest

from cdi_federate.execute.duck import faults


def test_a_message_that_is_cut_off_within_a_character_is_read() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET errors_as_json = true")
        with pytest.raises(UnicodeDecodeError) as raised:  # once it is another one, the engine has learnt to cut
            connection.execute("SELECT json_extract(?, '$.a')", ["é" * 200])
    assert faults.details(raised.value)["exception_type"] == "Invalid Input"
