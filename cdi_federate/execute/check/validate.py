"""`cdi validate`: the checks of every mapping in their order; what is broken is not asked about again further down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import CdiError, ExecutionError, Interrupted, Place, Problem, SourceError
from cdi_federate.execute.check import cells, columns, examples, quality, types
from cdi_federate.execute.check.question import Question, answers
from cdi_federate.query import faithful
from cdi_federate.query.golden import records_of
from cdi_federate.query.shapes import columns_of, columns_read
from cdi_federate.query.virtual import schema_of, shapes_of
from cdi_federate.sources.facts import FactsCache, gather
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Binder, Engine, Source

Fields = dict[str, tuple[catalog.Shape, catalog.Field]]
"""The fields that a mapping provides, by lower-case name: how each is made, and what it is."""


def validate(
    schema: catalog.Catalog, sources: Mapping[str, Source], engine: Engine, *, connect: bool, test: bool
) -> tuple[Problem, ...]:
    """Return what is wrong between the catalog and its sources, in the order of files and lines.

    Always: no expression changes its meaning on its way to the engine. `connect`: tables, columns and types are what
    the catalog says, claims hold, keys are keys, values fit. `test`: the mappings' tests hold.
    """
    binder = engine.binder({})
    mappings = list(schema.mappings())
    found: list[Problem] = []
    sound: list[catalog.Mapping] = []
    for mapping in mappings:
        unfaithful = list(faithful.problems(mapping, binder))
        found += unfaithful
        sound += [] if unfaithful else [mapping]
    errors: dict[str, SourceError] = {}
    wanted = [mapping for mapping in mappings if connect or (test and mapping.tests)]
    facts = gather(wanted, sources, engine.probe(), FactsCache(), errors=errors)
    if connect:
        found += _failures(schema, errors)
        connected = [mapping for mapping in sound if mapping.qualified in facts]
        found += _connected(schema, connected, facts, sources, engine, binder)
    if test:
        found += _tested(schema, [mapping for mapping in sound if mapping.tests], facts, engine, binder)
    return tuple(sorted(dict.fromkeys(found), key=lambda p: (p.place.file, p.place.line, p.place.column)))


def _failures(schema: catalog.Catalog, errors: Mapping[str, SourceError]) -> Iterator[Problem]:
    """Yield one problem for each thing that is wrong with a source, however many mappings it keeps from being read."""
    told: dict[tuple[str, str], list[catalog.Mapping]] = {}
    for mapping in schema.mappings():
        if mapping.qualified in errors:
            told.setdefault((mapping.source, errors[mapping.qualified].message), []).append(mapping)
    for (name, _), mappings in told.items():
        source = schema.sources[name]
        whole = len(mappings) > 1 and len(mappings) == len(source.mappings)
        yield _failure(errors[mappings[0].qualified], source.place if whole else mappings[0].place)


def _failure(error: CdiError, place: Place | None) -> Problem:
    place = place or Place(1, 1)
    if isinstance(error, SourceError):
        return Problem(place, f"source '{error.source}': {error.message}", error.candidates, error.help)
    if isinstance(error, Interrupted):
        help = "give `defaults: {deadline: …}` in catalog.yaml more seconds"
        return Problem(place, "its rows could not be counted within the deadline", help=help, warning=True)
    return Problem(place, f"its rows cannot be read: {error.message}", error.candidates, error.help)


def _fields(mapping: catalog.Mapping, schema: catalog.Catalog) -> Fields:
    entity = schema.entities[mapping.entity.lower()]
    known = schema_of(records_of(entity) if entity.grain == "merged" else entity)
    shapes = shapes_of(mapping, schema.sources[mapping.source])
    return {name: (shape, known[name]) for name, shape in shapes.items() if name in known}


def _connected(
    schema: catalog.Catalog,
    mappings: Iterable[catalog.Mapping],
    facts: Mapping[str, TableFacts],
    sources: Mapping[str, Source],
    engine: Engine,
    binder: Binder,
) -> Iterator[Problem]:
    inquiries: list[_Inquiry] = []
    names = (f"checked_{number}" for number in count(1))
    for mapping in mappings:
        known, source = facts[mapping.qualified], sources[mapping.source]
        wrong = list(columns.missing(mapping, known))
        fields: dict[str, tuple[catalog.Shape, catalog.Field, str]] = {}
        for name, (shape, wanted) in _fields(mapping, schema).items():
            if all(known.column(column) for column in columns_of(shape)):
                inner, problem = types.of_field(shape, wanted, mapping, known, binder)
                yield from [problem] if problem else []
                if problem is None or problem.warning:
                    fields[name] = (shape, wanted, inner)
        if mapping.where and all(known.column(column) for column in columns_read(mapping.where)):
            problem = types.of_where(mapping, known, binder)
            wrong += [problem] if problem else []
        yield from wrong
        if not wrong:
            question = Question(next(names), mapping, known, source.relation(mapping), source.dialect, source)
            inquiries.append(_Inquiry((question,), partial(_told, quality.findings(question, fields)), fields))
            doubted = cells.doubted(question)
            if doubted:
                pair = cells.pair(question, doubted, (next(names), next(names)))
                inquiries.append(_Inquiry(pair, partial(cells.told, mapping, doubted)))
    yield from _asked(inquiries, engine, schema.deadline_seconds)


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """Questions about one mapping, and what makes problems of their answers; `fields` are those that may fail."""

    questions: tuple[Question, ...]
    tell: Callable[..., Iterable[Problem]]
    fields: Mapping[str, tuple[catalog.Shape, catalog.Field, str]] = field(default_factory=dict)


def _told(tells: Iterable[quality.Tell], answer: tuple[Any, ...]) -> Iterator[Problem]:
    return filter(None, (tell(answer) for tell in tells))


def _asked(inquiries: list[_Inquiry], engine: Engine, deadline: float) -> Iterator[Problem]:
    given = answers([question for inquiry in inquiries for question in inquiry.questions], engine, deadline)
    for inquiry in inquiries:
        found = [next(given) for _ in inquiry.questions]
        failed = next((answer for answer in found if isinstance(answer, CdiError)), None)
        if failed is None:
            yield from inquiry.tell(*found)
            continue
        culprits = list(_culprits(inquiry, engine, deadline)) if isinstance(failed, ExecutionError) else []
        yield from culprits or [_failure(failed, inquiry.questions[0].mapping.place)]


def _culprits(inquiry: _Inquiry, engine: Engine, deadline: float) -> Iterator[Problem]:
    """Yield a problem for each field that by itself stops the engine: a CAST of what does not fit, a division."""
    asked: list[tuple[Question, catalog.Shape]] = []
    for shape, each, _ in inquiry.fields.values():
        question = replace(inquiry.questions[0], name=f"alone_{len(asked) + 1}", fields={}, shapes={}, selected=[])
        question.select(f"count({question.value(shape, each.type)})")
        asked.append((question, shape))
    given = answers([question for question, _ in asked], engine, deadline)
    for (question, shape), answer in zip(asked, given, strict=True):
        if isinstance(answer, ExecutionError):
            message = f"this stops every query that reads it: {answer.message}"
            yield Problem(shape.place or question.mapping.place or Place(1, 1), message, help=answer.help)


def _tested(
    schema: catalog.Catalog,
    mappings: Iterable[catalog.Mapping],
    facts: Mapping[str, TableFacts],
    engine: Engine,
    binder: Binder,
) -> Iterator[Problem]:
    questions: list[tuple[Question, examples.Judge]] = []
    for mapping in mappings:
        fields = _fields(mapping, schema)
        for test in mapping.tests:
            name = f"checked_{len(questions) + 1}"
            made = examples.prepared(name, test, mapping, fields, facts.get(mapping.qualified), binder)
            if isinstance(made, list):
                yield from made
            else:
                questions.append(made)
    given = answers([question for question, _ in questions], engine, schema.deadline_seconds)
    for (_, judge), answer in zip(questions, given, strict=True):
        yield from judge(answer)
