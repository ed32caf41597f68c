"""Mapping shapes as words, and the raw columns they read."""

from __future__ import annotations

from typing import assert_never

from cdi_federate.catalog.expressions import read
from cdi_federate.catalog.model import Column, Const, Expression, Id, Ref, Shape
from cdi_federate.explain.clauses import literal


def words(shape: Shape) -> str:
    """Return how a field is made, in one line: `lower(trim(email_addr))`, `balance_cents × 0.01`."""
    match shape:
        case Expression(sql):
            return " ".join(sql.split())
        case Const(value):
            return f"always {literal(value)}"
        case Ref(source, mapping, columns):
            return f"{', '.join(columns)} → record of {source}.{mapping}"
        case Id(mapping=known, columns=columns):
            return f"{', '.join(columns)} → record of {known}"
        case Column():
            return _steps(shape)
        case _:
            assert_never(shape)


def columns(shape: Shape) -> tuple[str, ...]:
    """Return the raw columns that a shape reads, each once, in the order they are written."""
    match shape:
        case Expression(sql):
            return columns_of(sql)
        case Const():
            return ()
        case Ref(columns=names) | Id(columns=names):
            return names
        case Column(column=name):
            return (name,)
        case _:
            assert_never(shape)


def columns_of(sql: str) -> tuple[str, ...]:
    """Return the columns that an expression reads; none where it cannot be read (`load` reports such a one)."""
    found = sorted(read(sql).columns, key=lambda column: column[1])
    return tuple(dict.fromkeys(name for name, _, _ in found))


def _steps(shape: Column) -> str:
    steps = [shape.column]
    steps += [word for word, is_set in (("trim", shape.trim), ("lower", shape.lower)) if is_set]
    steps += [f"NULL if {literal(word)}" for word in shape.null_if]
    if shape.prefix:
        steps.append(f"without prefix {literal(shape.prefix)}")
    if shape.suffix:
        steps.append(f"without suffix {literal(shape.suffix)}")
    if shape.codes:
        otherwise = f", else {literal(shape.codes.otherwise)}" if shape.codes.has_otherwise else ""
        steps.append(f"code list {shape.codes.standard or f'of {len(shape.codes.pairs)} codes'}{otherwise}")
    if shape.parse:
        steps.append("parsed as " + " or ".join(literal(pattern) for pattern in shape.parse))
    if shape.scale:
        steps.append(f"× {shape.scale}")
    if shape.default is not None:
        steps.append(f"NULL becomes {literal(shape.default)}")
    return ", ".join(steps)
