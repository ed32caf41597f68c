"""Which tables are read in stretches, each by a connection of its own and all of one moment (decision 027).

One connection of a server gives rows as fast as one of its processes makes them; several give them as fast as several.
"""

from __future__ import annotations

from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.estimate import rows_of
from cdi_federate.stages.plan import Branch
from cdi_federate.tree import Tree

MANY = 200_000
"""Rows from which on it is worth a second connection: fewer are here in a tenth of a second."""

LEAST_PART = 1 / 4
"""Which part of a table's rows is wanted at least: for fewer an index may serve, and each stretch would ask it."""

MOST = 3
"""Stretches of a table. Measured over 0.7 million rows (Postgres 15, two cores): 699 ms whole, 380, 344 and 327 ms in
two, three and four."""

PLACES = 6
"""Connections of a source that one plan takes for it: its pool has eight unless told otherwise."""


def stretches(branch: Branch, crowd: int) -> tuple[Tree | None, ...]:
    """Return the conditions of the stretches in which a branch is read: one that says nothing where it is read whole.

    `crowd` are the branches of the plan at the same source.
    """
    facts, rows = branch.facts, rows_of(branch) if branch.expected is None else branch.expected
    count = min(MOST, PLACES // crowd)
    plain = branch.limit is None and not branch.order and branch.summed is None and not branch.joined
    if facts is None or not facts.pages or not plain or count < 2:
        return (None,)
    if rows is None or rows < max(MANY, (facts.rows or 0) * LEAST_PART):
        return (None,)
    return dialect_named(branch.dialect).stretches(facts.pages, count) or (None,)
