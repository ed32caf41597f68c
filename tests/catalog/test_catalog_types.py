"""Types of fields are spelt as DuckDB itself prints them."""

from __future__ import annotations

import re

import duckdb
import pytest

from cdi_federate.catalog.kinds import KINDS, PINS
from cdi_federate.catalog.types import SPELLINGS, UnknownTypeError, is_moment, is_number, normalised
from cdi_federate.catalog.words import AGGREGATES, RESERVED


@pytest.mark.parametrize(
    "text",
    [
        *SPELLINGS,
        "decimal(18,2)", "numeric(5)", "dec( 38 , 38 )", "varchar(10)", "Text", "character varying(3)",
        "double precision", "timestamp with time zone", "time with time zone", "timestamp without time zone",
        "int[]", "int[3]", "varchar[][]", "decimal(4,1)[2][]",
        "struct(a int, B text)", 'struct("order" int, "A b" text, "q""q" date)', "row(x int)",
        "map(varchar, int)", "map(text, struct(a int[], b map(int, text)))[]", "struct(a timestamp with time zone)[]",
    ],
)  # fmt: skip
def test_a_type_is_spelt_as_duckdb_spells_it(text: str) -> None:
    with duckdb.connect() as engine:
        try:
            spelt = engine.execute(f"SELECT typeof(CAST(NULL AS {text}))").fetchone()
        except duckdb.Error as error:
            pytest.skip(f"DuckDB wants an extension for {text}: {error}") if "extension" in str(error) else pytest.fail(
                str(error)
            )
    assert spelt == (normalised(text),)
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("text", "offset", "guess"),
    [
        ("varchr", 0, "varchar"),
        ("struct(a varchr)", 9, "varchar"),
        ("decimal(39)", 0, ""),
        ("decimal(2,3)", 0, ""),
        ("int[", 4, ""),
        ("int]", 3, ""),
        ("enum('a')", 0, ""),
        ("union(a int)", 0, ""),
        ("map(int)", 7, ""),
        ("struct(a int, A int)", 14, ""),
        ("struct()", 7, ""),
        ("int int", 4, ""),
        ("timestamp with", 10, ""),
        ("", 0, ""),
        ("int; drop", 3, ""),
    ],
)
def test_what_is_no_type_is_refused_with_its_place(text: str, offset: int, guess: str) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        normalised(text)
    assert caught.value.offset == offset
    assert caught.value.candidates == ((guess,) if guess else ())


def test_numbers_and_moments_are_known() -> None:
    assert all(is_number(normalised(t)) for t in ("int", "decimal(3,1)", "double", "uhugeint"))
    assert not any(is_number(normalised(t)) for t in ("text", "date", "int[]", "decimal(3,1)[]"))
    assert all(is_moment(normalised(t)) for t in ("date", "time", "timestamptz", "timestamp_s"))
    assert not any(is_moment(normalised(t)) for t in ("int", "interval", "date[]"))


def test_the_words_are_those_of_the_engine() -> None:
    with duckdb.connect() as engine:
        reserved = engine.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        ).fetchall()
        found = engine.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate' "
            "AND regexp_matches(function_name, '^[a-z_]+$')"
        ).fetchall()
    assert {row[0] for row in reserved} == RESERVED
    assert {row[0] for row in found} - AGGREGATES - {"sum_no_overflow"} == set()


@pytest.mark.parametrize(("kind", "reader"), [("csv", "read_csv"), ("parquet", "read_parquet"), ("json", "read_json")])
def test_the_options_of_a_kind_are_those_of_the_engines_reader(kind: str, reader: str) -> None:
    with duckdb.connect() as engine, pytest.raises(duckdb.BinderException) as caught:
        engine.execute(f"SELECT * FROM {reader}('x', no_such_option := 1)")
    known = set(re.findall(r"^\s+(\w+) [A-Z\"]", str(caught.value), re.M))
    assert len(known) > 10
    assert {*KINDS[kind].options} - {*PINS} - known == set()
