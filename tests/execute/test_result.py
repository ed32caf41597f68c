"""An answer is computed once; what became of it is told as often as it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import SourceError, UsageError

CATALOG = {
    "catalog.yaml": "name: small\n",
    "entities/note.yaml": "entity: note\nfields: {text: varchar, number: integer}\n",
    "sources/desk.yaml": (
        "source: desk\nkind: csv\nconnection: {path: .}\nprovides:\n  note:\n    from: notes.csv\n"
        "    options: {columns: {text: varchar, number: integer}}\n    fields: {text: text, number: number}\n"
    ),
}


@pytest.fixture
def federation(tmp_path: Path) -> cdi.Federation:
    for name, text in CATALOG.items():
        path = tmp_path / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "catalog" / "notes.csv").write_text("text,number\na,1\nb,2\n")
    return cdi.connect(tmp_path / "catalog")


def test_a_stream_is_read_once(federation: cdi.Federation) -> None:
    with federation:
        result = federation.sql("SELECT text FROM note")
        assert result.reader().read_all().num_rows == 2
        with pytest.raises(UsageError, match="streamed already"):
            result.arrow()


def test_a_failure_is_told_again(federation: cdi.Federation, tmp_path: Path) -> None:
    with federation:
        result = federation.sql("SELECT number FROM note")
        (tmp_path / "catalog" / "notes.csv").write_text("text,number\na,one\nb,2\n")
        with pytest.raises(SourceError) as first:
            result.arrow()
        with pytest.raises(SourceError) as second:
            result.fetchall()
    assert str(first.value) == str(second.value)


@pytest.fixture
def prepared(federation: cdi.Federation) -> Iterator[tuple[cdi.Federation, cdi.Prepared]]:
    with federation:
        yield federation, federation.prepare("SELECT text, number FROM note")


def test_a_file_replaced_by_one_of_the_same_form_is_read(
    prepared: tuple[cdi.Federation, cdi.Prepared], tmp_path: Path
) -> None:
    (tmp_path / "catalog" / "notes.csv").write_text("text,number\nc,3\n")
    assert prepared[0].run(prepared[1]).fetchall() == [("c", 3)]


@pytest.mark.parametrize("content", ["number,text\n3,4\n", "text,number,more\n3,4,5\n", "text,numbre\n3,4\n"])
def test_a_file_of_another_form_is_not_taken_for_the_planned_one(
    prepared: tuple[cdi.Federation, cdi.Prepared], tmp_path: Path, content: str
) -> None:
    """Its columns would be taken by position: numbers as texts, under each other's names."""
    (tmp_path / "catalog" / "notes.csv").write_text(content)
    with pytest.raises(SourceError):
        prepared[0].run(prepared[1]).fetchall()
