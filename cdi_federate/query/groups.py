"""How many groups rows fall into at a source: as many as were seen, or as its counts let one guess."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from cdi_federate.query.estimate import told
from cdi_federate.query.forms import form
from cdi_federate.query.selectivity import distinct, nulls, selectivity
from cdi_federate.query.shapes import columns_of
from cdi_federate.stages.cost import Costs
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.plan import Branch

GRAINS = {"day": 3_653.0, "month": 120.0, "year": 10.0}
"""Values of a date of which a part is read, in ten years."""


def raw_of(branch: Branch, names: tuple[str, ...]) -> tuple[ColumnFacts, ...]:
    """Return the raw columns that names mean: a raw column itself, or those that a field is made of."""
    if branch.facts is None:
        return ()
    found: dict[str, ColumnFacts] = {}
    for name in names:
        shape = branch.shapes.get(name.lower())
        for raw in columns_of(shape) if shape is not None else (name.lower(),):
            if (column := branch.facts.column(raw)) is not None:
                found[raw] = column
    return tuple(found.values())


def grouped_form(branch: Branch, keys: tuple[str, ...], grains: tuple[str, ...]) -> str:
    """Return the form of a branch's conditions with what its rows are grouped by: what is remembered of groups."""
    sides = branch.together.tables if branch.together is not None else ()
    conditions = " JOIN ".join(form(told(side.branch)) for side in sides) if sides else form(told(branch))
    cut = _cut(branch, keys, grains)
    by = (f"{cut.get(name, '')}({name})" for name in sorted(raw.name.lower() for raw in raw_of(branch, keys)))
    having = "" if branch.having is None else f" HAVING {form(branch.having)}"
    return f"{conditions} GROUP BY {', '.join(by)}{having}"


def _cut(branch: Branch, keys: tuple[str, ...], grains: tuple[str, ...]) -> dict[str, str]:
    """Return how much of each raw column is a key."""
    return {raw.name.lower(): grain for key, grain in zip(keys, grains, strict=False) for raw in raw_of(branch, (key,))}


def groups_of(
    branch: Branch, keys: tuple[str, ...], grains: tuple[str, ...], rows: float, costs: Costs
) -> float | None:
    """Return how many groups of rows are sent: as were seen, else no more than there are combinations of values.

    NULL is a value. Which part of them HAVING keeps is guessed as it is of rows.
    """
    seen = costs.seen.get((branch.mapping.qualified, grouped_form(branch, keys, grains))) if costs.seen else None
    if seen is not None:
        return max(1.0, seen.rows)
    assert branch.facts is not None
    if branch.having is not None:
        every = groups_of(replace(branch, having=None), keys, grains, rows, costs)
        return None if every is None else max(1.0, every * selectivity(branch.having, branch.facts))
    columns, cut = raw_of(branch, keys), _cut(branch, keys, grains)
    counts = [distinct(branch.facts, column) for column in columns]
    for at, column in enumerate(columns):
        if (most := GRAINS.get(cut.get(column.name.lower(), ""))) is not None:
            counts[at] = min(counts[at] or most, most)
    if any(count is None for count in counts):
        return None
    return max(1.0, min(rows, prod((count or 0) + (column.nullable and nulls(column) > 0)
                                   for count, column in zip(counts, columns, strict=True))))  # fmt: skip
