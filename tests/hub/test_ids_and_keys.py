"""Ids and stored keys are the same in Python and in DuckDB."""

from __future__ import annotations

import duckdb
import pytest

from cdi_federate.hub import ids, keys

KEYS = ["1", "", "a|b", "it's", "Ünïcødé ✓", "x" * 300, "\\|", "\x00 no end", "+49301234567"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("entity", ["customer", "Customer", "Gerät", "İL", "o'hara"])
def test_an_id_is_the_same_in_sql(entity: str, key: str) -> None:
    said = ids.lone_id_sql(entity, "$mapping", "$key")
    found = duckdb.execute(f"SELECT {said}", {"mapping": "crm.accounts", "key": key}).fetchone()
    assert found == (ids.lone_id(entity, "crm.accounts", key),)


def test_an_id_tells_nothing_and_is_one_records_own() -> None:
    found = {ids.lone_id(e, m, k) for e in ("a", "b") for m in ("s.t", "s.u") for k in ("1", "11", "")}
    assert len(found) == 12
    assert all(len(each) == 26 and each[0] == "c" and each[1:].isalnum() for each in found)
    assert ids.lone_id("CUSTOMER", "s.t", "1") == ids.lone_id("customer", "s.t", "1")


def test_a_row_without_key_has_no_id() -> None:
    said = ids.lone_id_sql("customer", "'s.t'", "NULL::VARCHAR")
    assert duckdb.execute(f"SELECT {said}").fetchone() == (None,)


@pytest.mark.parametrize("secret", ["s", "x" * 64, "x" * 65, "grün" * 40])
@pytest.mark.parametrize("key", KEYS)
def test_a_stored_key_is_the_same_in_sql(secret: str, key: str) -> None:
    inner, outer = keys.pads(secret)
    said = keys.stored_sql("$key", "$inner", "$outer")
    found = duckdb.execute(f"SELECT {said}", {"key": key, "inner": inner, "outer": outer}).fetchone()
    assert found == (keys.stored(key, secret),)


def test_a_stored_key_is_rfc_2104() -> None:
    assert keys.stored("what do ya want for nothing?", "Jefe") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"  # RFC 4231, test case 2
    )
