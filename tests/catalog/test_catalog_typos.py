"""A slip in any key of a whole catalog gives one clear message, at that key, without a traceback.

`whole/` holds every key that a catalog may have (which is checked here too).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from cdi_federate.catalog.kinds import KINDS
from cdi_federate.catalog.load import load
from cdi_federate.catalog.schema import json_schema
from cdi_federate.config.files import Shape
from cdi_federate.config.located import Document, read
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import CatalogError, Problems

WHOLE = Path(__file__).parent / "whole"
ENV = {"PROD_CRM": "crm.sqlite", "IDENTITY_SECRET": "a long random text"}

FREE = (
    ("targets", "*"),
    ("*", "codes", "*"),
    ("roles", "*"),
    ("roles", "*", "rows", "*"),
    ("users", "*"),
    ("users", "*", "attributes", "*"),
    ("tests", "*", "attributes", "*"),
    ("provides", "**", "tests", "*", "given", "*"),
    ("provides", "**", "claims", "*", "*"),
    ("provides", "**", "hive_types", "*"),
    ("codes", "*"),
)
"""Keys that are a steward's own words, of which nothing else in the catalog speaks."""


def documents() -> Iterator[tuple[Path, Document]]:
    for path in sorted(WHOLE.rglob("*.yaml")):
        document = read(path.read_bytes(), str(path.relative_to(WHOLE)), Problems())
        assert document is not None
        yield path.relative_to(WHOLE), document


KEYS = [(file, way) for file, document in documents() for way in document.keys]


def slip(word: str) -> str:
    """Return a word with a slip of the finger that makes no other word of the catalog."""
    return (
        f"{word[:-1]}{word[-1]}x"
        if len(word) < 4
        else word[:-2] + word[-1] + word[-2] + ("x" if word[-1] == word[-2] else "")
    )


def is_like(way: Way, pattern: tuple[str, ...]) -> bool:
    if not pattern or not way:
        return not pattern and not way
    if pattern[0] == "**":
        return any(is_like(way[start:], pattern[1:]) for start in range(len(way)))
    return pattern[0] in ("*", way[0]) and is_like(way[1:], pattern[1:])


def is_free(way: Way) -> bool:
    return any(is_like(way, pattern) for pattern in FREE) or (len(way) > 2 and way[-2] == "codes")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(WHOLE, tmp_path_factory.mktemp("typos") / "catalog"))


def misspelt(document: Document, way: Way) -> tuple[str, int]:
    """Return the file's text with one key misspelt, and the line of that key."""
    mark = document.keys[way]
    lines = list(document.lines)
    line, word = lines[mark.line], str(way[-1])
    quote = len(line[mark.column :]) > len(word) and line[mark.column] in "'\""
    start = mark.column + quote
    lines[mark.line] = line[:start] + slip(word) + line[start + len(word) :]
    return "\n".join(lines) + "\n", mark.line + 1


@pytest.mark.parametrize(
    ("file", "way"), KEYS, ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_a_slip_in_a_key_gives_one_message_at_the_key(copy: Path, file: Path, way: Way) -> None:
    document = dict(documents())[file]
    text, line = misspelt(document, way)
    (copy / file).write_text(text)
    try:
        load(copy, env=ENV)
        problems: tuple = ()
    except CatalogError as error:
        problems = error.problems
    finally:
        (copy / file).write_text((WHOLE / file).read_text())
    defines = (file.parts[0] == "entities" and way[0] == "fields" and len(way) == 2) or way[-2:-1] == ("columns",)
    defines = defines or (way[0] == "roles" and len(way) == 2)
    if not problems:
        assert is_free(way) or defines, f"nobody noticed the slip in {way}"
        return
    if defines:  # a field or a column by another name: whoever speaks of it by the old name is told
        assert all(
            slip(str(way[-1])) in problem.candidates or "there is no column" in problem.message for problem in problems
        )
        return
    assert len(problems) == 1, "\n".join(map(str, problems))
    problem = problems[0]
    assert problem.place.line == line
    assert problem.place.file.endswith(str(file))
    assert problem.place.caret()
    assert problem.candidates or problem.help


def test_every_key_that_a_file_may_have_stands_in_the_whole_catalog() -> None:
    used = {str(step) for _, way in KEYS for step in way}
    for shape in Shape.__subclasses__():
        wanted = {*shape.entries}
        assert wanted <= used, f"{shape.__name__}: {wanted - used} is nowhere in {WHOLE.name}/"


def test_the_whole_catalog_has_every_kind_of_source_there_is() -> None:
    assert {source.kind for source in load(WHOLE, env=ENV).sources.values()} == set(KINDS)


def test_the_whole_catalog_is_long_and_valid() -> None:
    assert sum(len(document.lines) for _, document in documents()) >= 250
    assert load(WHOLE, env=ENV).warnings == ()
    assert load(WHOLE, env=ENV, target="prod").sources["crm"].connection["path"].reveal() == "crm.sqlite"


@pytest.mark.parametrize("file", [file for file, _ in documents()], ids=str)
def test_the_schema_takes_what_load_takes_and_underlines_misspelt_keys(file: Path) -> None:
    document = dict(documents())[file]
    validator = jsonschema.Draft202012Validator(json_schema())
    assert [error.message for error in validator.iter_errors(document.data)] == []
    of_the_model = [
        way for way in document.keys if not is_free(way) and way[-2:-1] not in (("fields",), ("provides",), ("expect",))
    ]
    for way in of_the_model:
        if way[0] == "targets" or way[-1] == "hive_types" or way[-2:-1] == ("columns",):
            continue
        text, _ = misspelt(document, way)
        wrong = read(text.encode(), str(file), Problems())
        assert wrong is not None
        assert not validator.is_valid(wrong.data), f"the schema takes a misspelt {way}"
