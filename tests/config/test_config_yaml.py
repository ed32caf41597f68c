"""YAML is read with the core types of YAML 1.2, and every value knows its place."""

from __future__ import annotations

import math

import pytest

from cdi_federate.config.located import Document, read
from cdi_federate.errors import Problems


def document(text: str) -> Document:
    problems = Problems()
    found = read(text.encode(), "x.yaml", problems)
    assert found is not None
    assert not problems.found, problems.found
    return found


def mistakes(text: str | bytes) -> list[str]:
    problems = Problems()
    read(text if isinstance(text, bytes) else text.encode(), "x.yaml", problems)
    return [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("NO", "no", "yes", "y", "n", "on", "Off", "0123", "-007", "12:30:45", "1_000")],
        *[(word, word) for word in ("2024-01-31", "0b11", "1e", "+", ".", "0o8", "0xg", "nul", "True1", "=", "<<x")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
        ("0", 0),
        ("-4", -4),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-0.1E-2", -0.001),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ('"1"', "1"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("&a 3", 3),
    ],
)
def test_a_scalar_has_its_core_type(text: str, value: object) -> None:
    found = document(f"key: {text}").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(document("key: .nan").data["key"])


def test_keys_are_text_as_written() -> None:
    assert document("{01: a, NO: b, true: c, 1.50: d, null: e}").data == {
        "01": "a", "NO": "b", "true": "c", "1.50": "d", "null": "e",
    }  # fmt: skip


def test_an_alias_repeats_a_value() -> None:
    assert document("a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("yaml", "word"),
    [
        ("a: one two three", "two"),
        ("a: 'it''s two'", "two"),
        ('a: "a \\" two"', "two"),
        ("a: |\n  one\n\n  and two\n", "two"),
        ("a: >-\n    one\n    and\n    two\n", "two"),
        ("a: one\n  and\n  two", "two"),
        ("{x: 1, a: [0, 'ä two']}", "two"),
        ("a: &name one two", "two"),
    ],
)
def test_a_character_of_a_text_is_found_however_it_is_written(yaml: str, word: str) -> None:
    found = document(yaml)
    path: tuple[str | int, ...] = ("a", 1) if isinstance(found.data["a"], list) else ("a",)
    value = found.at(path)
    place = found.into(path, value.index(word), len(word))
    assert place.text[place.column - 1 :][: len(word)] == word
    assert place.caret().splitlines()[1].strip() == "^" * len(word)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "x.yaml:3:1: duplicate key 'a', first given on line 1"),
        ("a: {b: 1, b: 2}", "x.yaml:1:11: a: duplicate key 'b', first given on line 1"),
        ("a: {<<: {b: 1}}", "x.yaml:1:5: a: merge keys ('<<') are not read"),
        ("a: !secret x", "x.yaml:1:12: a: the tag '!secret' is not read"),
        ("a: &x [*x]", "x.yaml:1:4: a[0]: this alias contains itself"),
        ("? [a, b]\n: 1", "x.yaml:1:3: a key must be one word or a quoted text"),
        ("a: *nowhere", "x.yaml:1:4: this is not YAML: found undefined alias"),
        ("a: b: c", "x.yaml:1:5: this is not YAML: ': ' is not expected here; put a text that holds ': ' in quotes"),
        ("a: %x", "x.yaml:1:4: this is not YAML: found character that cannot start any token"),
        ("a:\n\t- b", "x.yaml:2:1: this is not YAML: found character that cannot start any token"),
        ("a: [1, 2", "x.yaml:1:9: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'"),
        ("a: 'b", "x.yaml:1:6: this is not YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("a: 1\n---\nb: 2", "x.yaml:2:1: one document a file is wanted"),
        ("# only a comment\n", "x.yaml:1:1: the file is empty"),
        (b"a: 1\nb: \xff", "x.yaml:2:1: the file is not UTF-8 text"),
        (b"a: \x00", "x.yaml:1:1: this is not YAML"),
        ("[" * 3000 + "]" * 3000, "x.yaml:1:1: the file is nested too deeply"),
    ],
)
def test_a_mistake_of_yaml_is_told_with_its_place(text: str | bytes, message: str) -> None:
    found = mistakes(text)
    assert len(found) == 1
    assert found[0].startswith(message), found[0]


def test_aliases_cannot_blow_a_file_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    found = mistakes("\n".join(lines))
    assert "the aliases make this file too large" in found[0]


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    found = Problems()
    assert read(b"\xef\xbb\xbfa: 1", "x.yaml", found).data == {"a": 1}  # type: ignore[union-attr]
