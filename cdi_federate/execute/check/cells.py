"""Cells that are not of their column's type and so read as NULL: SQLite lets them be. Counted, never shown.

The cells are counted twice: as the column's type, and as text of whatever type they are. The difference is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cdi_federate.catalog.model import Mapping
from cdi_federate.errors import Place, Problem
from cdi_federate.execute.check.question import Question
from cdi_federate.query.shapes import columns_of, columns_read
from cdi_federate.stages.facts import ColumnFacts


def doubted(question: Question) -> list[ColumnFacts]:
    """Return the columns that the mapping reads and whose cells need not be of the column's type."""
    columns = question.facts.columns
    read = [columns[name] for name in dict.fromkeys(_read(question.mapping)) if name in columns]
    return [column for column in read if question.dialect and not column.clean]


def pair(question: Question, columns: list[ColumnFacts], names: tuple[str, str]) -> tuple[Question, Question]:
    """Return the two questions whose answers `told` compares."""
    whatever = {column.name.lower(): replace(column, type="VARCHAR", native="") for column in columns}
    asked = []
    for name, known in zip(names, (question.facts.columns, {**question.facts.columns, **whatever}), strict=True):
        facts = replace(question.facts, columns=known)
        one = replace(question, name=name, mapping=replace(question.mapping, where=""), facts=facts,
                      fields={}, shapes={}, selected=[])  # fmt: skip
        for column in columns:
            one.select(f"count({one.column(column.name)})")
        asked.append(one)
    return asked[0], asked[1]


def told(
    mapping: Mapping, columns: list[ColumnFacts], typed: tuple[Any, ...], whatever: tuple[Any, ...]
) -> Iterator[Problem]:
    """Yield a warning for each column that has cells of other types."""
    for column, kept, all_ in zip(columns, typed, whatever, strict=True):
        if all_ > kept:
            message = f"{all_ - kept:,} of {all_:,} cells of column '{column.name}' are not {column.native}"
            yield Problem(mapping.place or Place(1, 1), message, help="such a cell is read as NULL", warning=True)


def _read(mapping: Mapping) -> Iterator[str]:
    for shape in mapping.fields.values():
        yield from columns_of(shape)
    yield from columns_read(mapping.where) if mapping.where else ()
    yield from (name.lower() for name in (*mapping.key, mapping.updated) if name)
