"""Do a mapping's claims hold, is its key a key, do the values fit their fields? Counted over the rows it provides.

A finding says how many rows, never which and never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cdi_federate.catalog.model import Column, Expression, Field, Scalar, Shape
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import Place, Problem
from cdi_federate.execute.check.question import Question
from cdi_federate.query.cleaned import Cleaned, cleaned
from cdi_federate.query.shapes import name_of
from cdi_federate.query.values import literal
from cdi_federate.stages.types import type_info

Tell = Callable[[tuple[Any, ...]], Problem | None]
"""Makes a finding of the answer, or none."""


def findings(question: Question, fields: Mapping[str, tuple[Shape, Field, str]]) -> list[Tell]:
    """Put everything into the question that is to be counted, and return what reads the answer.

    `fields` are the mapping's sound fields: how each is made, what it is, and its type before the cast.
    """
    rows = question.select("count(*)")
    tells = [*_claims(question, rows), *_key(question, rows)]
    for shape, field, inner in fields.values():
        tells += [*_fit(question, shape, field, inner), *_codes(question, shape, field)]
    return tells


def _claims(question: Question, rows: int) -> Iterable[Tell]:
    claims, whole = question.mapping.claims, question.mapping.place or Place(1, 1)
    place = claims.place or whole

    def broken(claim: str, at: int, what: str) -> Tell:
        return lambda answer: _finding(place, answer[at], answer[rows], f"the claim '{claim}' does not hold", what)

    for columns in claims.unique:
        if not _enforced(question, columns):
            names = ", ".join(columns)
            yield broken(f"unique: {names}", question.alike(columns), "have the same values as another row")
    for column in claims.not_null:
        at = question.select(f"count_if({question.test(f'{name_of(column)} IS NULL')})")
        yield broken(f"not_null: {column}", at, "have no value")
    for column, values in claims.values.items():
        at = question.select(f"count_if({question.test(_outside(question, column, values))})")
        yield broken(f"in: {column}", at, "have another value")
    for column, forms in claims.canonical.items():
        text = f"CAST({name_of(column)} AS VARCHAR)"
        for form in forms:
            for made in _made(question.mapping, column, form):
                at = question.select(
                    f"count_if({question.test(f'{text} <> {made} OR ({made} IS NULL AND {text} IS NOT NULL)')})"
                )
                yield broken(f"canonical: {column}: {form}", at, _UNLIKE.get(form, f"are not as {form} makes them"))


_UNLIKE = {"lower": "have capital letters", "trim": "have spaces around the value"}


def _made(mapping: EntityMapping, column: str, form: str) -> Iterable[str]:
    """Return what the texts of a column should be already, in SQL: `form` of it, as the mapping's fields call it."""
    if form in _UNLIKE:
        return [f"{form}(CAST({name_of(column)} AS VARCHAR))"]
    calls = {shape.sql: cleaned(shape.sql) for shape in mapping.fields.values() if isinstance(shape, Expression)}
    return [sql for sql, call in calls.items() if call == Cleaned(form, column.lower())]


def _outside(question: Question, column: str, values: Iterable[Scalar]) -> str:
    """Return the condition that a value is none of those claimed, compared as the column's type."""
    known = question.facts.column(column)
    type_ = known.type if known else "VARCHAR"
    listed = ", ".join(f"TRY_CAST({literal(_text(value))} AS {type_})" for value in values if value is not None)
    name = name_of(column)
    return f"{name} IS NOT NULL AND NOT COALESCE({name} IN ({listed}), false)" if listed else f"{name} IS NOT NULL"


def _key(question: Question, rows: int) -> Iterable[Tell]:
    key, place = question.mapping.key, question.mapping.place or Place(1, 1)
    if not key:
        return
    names = ", ".join(key)
    unknown = question.select(f"count_if({question.test(' OR '.join(f'{name_of(column)} IS NULL' for column in key))})")
    yield lambda answer: _finding(
        place, answer[unknown], answer[rows], f"the key {names} is not always there", "have none", warning=True,
        help="a row without a key is a record of its own",
    )  # fmt: skip
    if not _enforced(question, key) and not any(set(key) == set(columns) for columns in question.mapping.claims.unique):
        alike = question.alike(key)
        yield lambda answer: _finding(
            place, answer[alike], answer[rows], f"the key {names} does not tell records apart",
            "have the key of another row", warning=True, help="rows that share a key are taken for one record",
        )  # fmt: skip


def _enforced(question: Question, columns: Iterable[str]) -> bool:
    wanted = {column.lower() for column in columns}
    return any({column.lower() for column in unique} <= wanted for unique in question.facts.unique)


def _fit(question: Question, shape: Shape, field: Field, inner: str) -> Iterable[Tell]:
    """Count the values that become NULL because they do not fit the field's type."""
    same = bool(inner) and type_info(inner).name == type_info(field.type).name
    match shape:
        case Expression(sql) if not same and field.type != "VARCHAR":
            given = question.test(f"({sql}) IS NOT NULL")
            value = question.value(shape, field.type)
        case Column() if shape.parse or ((not same or shape.scale) and field.type != "VARCHAR" and not shape.codes):
            given = f"({question.value(_before(shape), 'VARCHAR')} IS NOT NULL)"
            value = question.value(replace(shape, default=None), field.type)
        case _:
            return
    some = question.select(f"count_if({given})")
    lost = question.select(f"count_if({given} AND {value} IS NULL)")
    place = shape.place or question.mapping.place or Place(1, 1)
    name = f"{question.mapping.updated} (updated)" if field.name == "_updated_at" else field.name
    becomes = "is an error, for the field is strict" if field.strict else "becomes NULL"

    def tell(answer: tuple[Any, ...]) -> Problem | None:
        if not answer[lost]:
            return None
        message = f"{answer[lost]:,} of {answer[some]:,} values of {name} do not fit {field.type}"
        return Problem(place, message, help=f"such a value {becomes}", warning=not field.strict)

    yield tell


def _codes(question: Question, shape: Shape, field: Field) -> Iterable[Tell]:
    """Count the codes that are in no list."""
    if not isinstance(shape, Column) or shape.codes is None or shape.codes.has_otherwise:
        return
    code = question.value(replace(shape, codes=None, parse=(), scale="", default=None), "VARCHAR")
    listed = ", ".join(literal(known) for known, _ in shape.codes.pairs)
    some = question.select(f"count({code})")
    lost = question.select(f"count_if({code} NOT IN ({listed}))")
    place = shape.place or question.mapping.place or Place(1, 1)
    whose = f"the list '{shape.codes.standard}'" if shape.codes.standard else "the list"

    def tell(answer: tuple[Any, ...]) -> Problem | None:
        if not answer[lost]:
            return None
        message = f"{answer[lost]:,} of {answer[some]:,} codes of {field.name} are not in {whose}"
        return Problem(place, message, help="such a code becomes NULL; `else` gives another value", warning=True)

    yield tell


def _before(shape: Column) -> Column:
    """Return the column's text before it is read as something else: what is NULL there is missing, not misfit."""
    return replace(shape, prefix="", suffix="", codes=None, parse=(), scale="", default=None)


def _finding(
    place: Place, count: int, rows: int, says: str, what: str, *, warning: bool = False, help: str = ""
) -> Problem | None:
    return Problem(place, f"{says}: {count:,} of {rows:,} rows {what}", help=help, warning=warning) if count else None


def _text(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
