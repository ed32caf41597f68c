"""A mapping's tests: a steward's raw row, through the real expressions, must give the row expected, or none at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import CdiError, Place, Problem
from cdi_federate.execute.check.question import Question
from cdi_federate.query.shapes import columns_of, columns_read
from cdi_federate.query.values import literal
from cdi_federate.sources.arrow import ArrowSource
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.relations import RowsScan

Judge = Callable[[tuple[Any, ...] | CdiError], Iterator[Problem]]
"""Makes problems of what a test's row gave: () where the mapping leaves the row out."""


def prepared(
    question_name: str,
    test: catalog.MappingTest,
    mapping: catalog.Mapping,
    fields: Mapping[str, tuple[catalog.Shape, catalog.Field]],
    facts: TableFacts | None,
    binder: Binder,
) -> tuple[Question, Judge] | list[Problem]:
    """Return a test as a question and what judges its answer, or what is wrong with the test itself.

    Raw columns have their source's types where `facts` are known; else those of the values given.
    """
    place = test.place or mapping.place or Place(1, 1)
    types = _types(test, [shape for shape, _ in fields.values()], mapping.where, facts)
    given = {name.lower(): value for name, value in test.given.items()}
    expect = test.expect or {}
    wanted = {name: fields[name.lower()] for name in expect if name.lower() in fields}
    wrong = [
        *_unfit(test, "given", {name: types[name.lower()] for name in test.given}, test.given, binder),
        *_unfit(test, "expect", {name: field.type for name, (_, field) in wanted.items()}, expect, binder),
    ]
    if wrong:
        return [Problem(place, message) for message in wrong]
    row = tuple(None if given.get(name) is None else _text(given[name]) for name in types)
    relation = RowsScan(tuple(types.items()), (row,))
    known = TableFacts({name: ColumnFacts(name, type_) for name, type_ in types.items()}, relation=relation)
    nowhere = ArrowSource(catalog.Source(mapping.source, "arrow", ""))
    question = Question(question_name, mapping, known, relation, "", nowhere)
    for name, (shape, field) in wanted.items():
        value = question.value(shape, field.type, strict=field.strict)
        expected = _cast(expect[name], field.type)
        question.select(f"{value} IS NOT DISTINCT FROM {expected}")
        question.select(f"CAST({value} AS VARCHAR)")
        question.select(f"CAST({expected} AS VARCHAR)")
    if test.expect is None:
        question.select("true")  # only whether there is a row
    return question, _judge(test, wanted, place)


def _types(
    test: catalog.MappingTest, shapes: list[catalog.Shape], where: str, facts: TableFacts | None
) -> dict[str, str]:
    """Return the raw columns that the test needs, in lower case, with their types."""
    names = [name for shape in shapes for name in columns_of(shape)]
    names += columns_read(where) if where else ()
    names += [name.lower() for name in test.given]
    given = {name.lower(): value for name, value in test.given.items()}
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        known = facts.column(name) if facts else None
        found[name] = known.type if known else _type_of(given.get(name))
    return found


def _type_of(value: catalog.Scalar) -> str:
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT"
        case float():
            return "DOUBLE"
        case _:
            return "VARCHAR"


def _unfit(
    test: catalog.MappingTest,
    side: str,
    types: Mapping[str, str],
    values: Mapping[str, catalog.Scalar],
    binder: Binder,
) -> Iterator[str]:
    """Yield a message for each value of a test that its column or field cannot hold."""
    names = [name for name in types if values[name] is not None]
    answers = binder.evaluate([f"CAST({_cast(values[name], types[name], 'CAST')} AS VARCHAR)" for name in names])
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, Refusal):
            shown = _shown(_text(values[name]))
            yield f"test '{test.name}': {side}: {name}: {shown} does not fit {types[name]}"


def _cast(value: catalog.Scalar, type_: str, cast: str = "TRY_CAST") -> str:
    return f"{cast}({'NULL' if value is None else literal(_text(value))} AS {type_})"


def _judge(test: catalog.MappingTest, wanted: Mapping[str, tuple[catalog.Shape, catalog.Field]], place: Place) -> Judge:
    strict = [name for name, (_, field) in wanted.items() if field.strict]

    def judge(answer: tuple[Any, ...] | CdiError) -> Iterator[Problem]:
        says = f"test '{test.name}'"
        if isinstance(answer, CdiError):
            help = f"a value must fit a strict field: {', '.join(strict)}" if strict else answer.help
            yield Problem(place, f"{says}: the row gives an error: {answer.message}", help=help)
        elif test.expect is None:
            if answer:
                yield Problem(place, f"{says}: the mapping's `where` does not leave the row out")
        elif not answer:
            yield Problem(place, f"{says}: the mapping's `where` leaves the row out")
        else:
            for at, name in enumerate(wanted):
                equal, got, expected = answer[3 * at : 3 * at + 3]
                if not equal:
                    yield Problem(place, f"{says}: {name} is {_shown(got)}, expected {_shown(expected)}")

    return judge


def _shown(value: str | None) -> str:
    return "NULL" if value is None else repr(value)


def _text(value: catalog.Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
