"""Fragments in their order: what a later one is to look for is first collected from an earlier one.

A fragment whose rows give keys is fetched once, into a temporary table of the query's own connection. Keys go into the
next text by its dialect's own printer of constants. No keys: nothing is sent. Keys that cannot be told to the source:
it is asked for everything, for the residual joins all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import duckdb
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck.literal import name
from cdi_federate.execute.duck.spell import empty
from cdi_federate.stages.clauses import Value, Within
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.plan import FederatedPlan, Fetch, Fragment, Hole, KeySet
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree

MOST = 10_000
"""Keys that are told to a source at once."""

Send = Callable[[Fragment], str]
"""Gives what stands in FROM for a fragment with its final text."""


def fetched(connection: duckdb.DuckDBPyConnection, plan: FederatedPlan, send: Send) -> dict[str, str]:
    """Return what stands in FROM for each fragment; runs those whose rows give keys."""
    giving = {step.step for step in plan.steps if isinstance(step, KeySet)}
    found: dict[str, str] = {}
    keys: dict[str, tuple[Value, ...] | None] = {}
    holes = {hole.name: hole for fragment in plan.fragments for hole in fragment.holes}
    for step in plan.steps:
        if isinstance(step, Fetch):
            text = _source(step.fragment, keys, send)
            if step.name in giving:
                kept = f"temp.{name(f'cdi_kept_{step.name}')}"
                connection.execute(f"CREATE TEMP TABLE {name(f'cdi_kept_{step.name}')} AS SELECT * FROM {text}")
                text = kept
            found[step.name] = text
        elif isinstance(step, KeySet):
            keys[step.hole] = _keys(connection, found[step.step], step.column, holes[step.hole])
    return found


def _source(fragment: Fragment, keys: Mapping[str, tuple[Value, ...] | None], send: Send) -> str:
    if not fragment.holes:
        return send(fragment)
    if any(keys[hole.name] == () for hole in fragment.holes):
        return empty(fragment.wire)
    values = {hole.name: _written(hole, keys[hole.name], fragment.dialect) for hole in fragment.holes}
    filled = tree.filled(fragment.tree, values)
    text = tree.text(filled, fragment.dialect)
    again = tree.parse(text, fragment.dialect)
    if len(again) != 1 or tree.text(again[0], fragment.dialect) != text:
        raise InvariantError(f"the text for source '{fragment.source}' does not read back as it was meant")
    if tree.literals(again[0]) != tree.literals(filled):
        raise InvariantError(f"a key in the text for source '{fragment.source}' changed its meaning")
    return send(replace(fragment, tree=filled, text=text))


def _written(hole: Hole, keys: tuple[Value, ...] | None, dialect: str) -> list[Tree] | None:
    """Return the keys as the dialect writes them, or None where it cannot be told them."""
    if keys is None:
        return None
    column, clause = ColumnFacts("k", hole.type, native=hole.type), Within("k", keys)
    if dialect_named(dialect).prove(clause, column).strength is Strength.LOCAL:
        return None
    spelt = dialect_named(dialect).spell(clause, column).find(exp.In)
    assert spelt is not None, "a list is written as IN"
    return list(spelt.expressions)


def _keys(connection: duckdb.DuckDBPyConnection, source: str, column: str, hole: Hole) -> tuple[Value, ...] | None:
    """Return the distinct keys that are not NULL, or None where there are too many to be told."""
    read = f"SELECT TRY_CAST({name(column)} AS {hole.type}) FROM {source}"
    rows = connection.execute(
        f"SELECT DISTINCT k FROM ({read}) AS keys(k) WHERE k IS NOT NULL ORDER BY k LIMIT {MOST + 1}"
    ).fetchall()
    return None if len(rows) > MOST else tuple(row[0] for row in rows)
