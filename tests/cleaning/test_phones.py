"""`norm_phone`: what SQL makes of a number by itself is what the package phonenumbers makes of it."""

from __future__ import annotations

import random
from collections import Counter

import duckdb
import phonenumbers
import pyarrow as pa
import pytest

from cdi_federate.execute.duck.cleaning import phones
from tests.cleaning import made
from tests.cleaning.numbers import written

REGIONS = [plan.region for plan in phones.plans()]


def reference(text: str, region: str | None) -> str | None:
    """Say what the package says."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None


def asked(engine: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str | None]], call: str) -> list[str | None]:
    texts, regions = zip(*pairs, strict=True)
    table = pa.table({"n": range(len(pairs)), "x": pa.array(texts, pa.string()), "r": pa.array(regions, pa.string())})
    engine.register("numbers", table)
    found = [row[0] for row in engine.execute(f"SELECT {call} FROM numbers ORDER BY n").fetchall()]
    engine.unregister("numbers")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_sql_says_what_the_package_says(engine: duckdb.DuckDBPyConnection, seed: int) -> None:
    """10,000 numbers, the package asked for each: a tenth are the first of all numbers in their countries."""
    rng = random.Random(seed)
    pairs = [written(rng, REGIONS if n % 10 else sorted(phonenumbers.SUPPORTED_REGIONS)) for n in range(2_500)]
    found = asked(engine, pairs, "norm_phone(x, r)")
    wanted = [reference(*pair) for pair in pairs]
    wrong = [(*pair, got, want) for pair, got, want in zip(pairs, found, wanted, strict=True) if got != want]
    assert wrong == []
    kinds = Counter(answer is None for answer in found)
    assert min(kinds.values()) > 250, "numbers and others"


@pytest.mark.parametrize("region", [*REGIONS, "CA"])
def test_of_one_country(engine: duckdb.DuckDBPyConnection, region: str) -> None:
    """The region is a constant, as in most mappings."""
    rng = random.Random(region)
    pairs = [written(rng, [region]) for _ in range(150)]
    found = asked(engine, pairs, f"norm_phone(x, '{region}')")
    assert found == [reference(text, region) for text, _ in pairs]


def test_most_numbers_of_home_need_no_package(engine: duckdb.DuckDBPyConnection) -> None:
    """The fast way is taken: of plain numbers in these countries, few are left for the slow one."""
    types, formats = phonenumbers.PhoneNumberType, phonenumbers.PhoneNumberFormat
    pairs: list[tuple[str, str | None]] = [
        (phonenumbers.format_number(phonenumbers.example_number_for_type(region, kind), written_as), region)
        for region in REGIONS
        for kind in (types.FIXED_LINE, types.MOBILE)
        for written_as in (formats.INTERNATIONAL, formats.NATIONAL)
    ]
    phones.e164.cache_clear()
    asked(engine, pairs, "norm_phone(x, r)")
    assert phones.e164.cache_info().misses <= len(pairs) / 4  # British landlines, and numbers that do not begin with 0


def test_the_plans_are_those_of_the_package() -> None:
    text = (made.FOLDER / "phone_plans.csv").read_text(encoding="utf-8")
    assert text.splitlines() == made.phone_lines(), "python -m tests.cleaning.made writes them anew"


def test_a_number_that_was_asked_before_is_remembered(engine: duckdb.DuckDBPyConnection) -> None:
    phones.e164.cache_clear()
    asked(engine, [("030 123456 ext. 1", "DE")] * 5_000, "norm_phone(x, r)")
    assert phones.e164.cache_info().misses == 1
