"""Fragments in their order: rows that give keys are kept first, and later fragments are told those keys.

What is kept is a temporary table of the query's own connection: it is fetched once, and the residual reads it there.
What runs ahead is part of the query's transaction, so that a source whose fragments see one state is seen in one state.
No keys: nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from cdi_federate.execute.duck import seal
from cdi_federate.execute.duck.literal import name
from cdi_federate.execute.duck.spell import empty, kept, scan, spelt, with_fragments
from cdi_federate.query.filling import Keys, filled, rows_told
from cdi_federate.stages.clauses import Value
from cdi_federate.stages.steps import FederatedPlan, Fetch, Fragment, Keep, KeySet
from cdi_federate.stages.types import type_info

FEW = 2_000
"""Rows up to which their keys are made distinct here."""

Send = Callable[[Fragment, float | None], str]
"""Gives what stands in FROM for a fragment with its final text, of which about so many rows are expected.

None where it was told no keys, or nobody knows how many rows they match.
"""

Told = Callable[[Fragment], None]
"""Is told of a fragment before it runs."""

Ran = Callable[[Keep, int], None]
"""Is told of what kept rows, and how many, as soon as that statement is over."""


def fetched(
    connection: duckdb.DuckDBPyConnection, plan: FederatedPlan, send: Send, told: Told, ran: Ran
) -> dict[str, str]:
    """Return what stands in FROM for each fragment; keeps the rows that give keys."""
    found: dict[str, str] = {}
    keys: dict[str, Keys] = {}
    kept_rows: dict[str, int] = {}
    for step in plan.steps:
        match step:
            case Fetch(fragment):
                final = filled(fragment, keys) if fragment.holes else fragment
                if final is not None:
                    told(final)
                found[step.name] = empty(fragment.wire) if final is None else send(final, rows_told(fragment, keys))
            case Keep():
                kept_rows[step.name] = _keep(connection, step, found)
                ran(step, kept_rows[step.name])
            case KeySet():
                rows = kept_rows[step.kept]
                keys[step.name] = _keys(connection, step, few=rows <= min(step.most, FEW)) if rows else Keys(())
    return found


def _keep(connection: duckdb.DuckDBPyConnection, step: Keep, found: dict[str, str]) -> int:
    """Keep the rows of a step, and return how many there are."""
    rows = step.rows
    spelling = with_fragments(rows.spelling or spelt(rows, {}), rows, found)
    seal.check_text(connection, spelling, [scan(leaf, found) for leaf in rows.leaves.values()])
    (rows_kept,) = _one(connection, f"CREATE TEMP TABLE {name(step.name)} AS {spelling.text}")
    assert isinstance(rows_kept, int), "making a table tells how many rows it has"
    return rows_kept


def _keys(connection: duckdb.DuckDBPyConnection, step: KeySet, *, few: bool) -> Keys:
    """Return the distinct keys that are not NULL, or between which they lie where there are more than wanted.

    Of `few` rows all are taken, and made distinct here: the engine takes longer to plan it.
    """
    column, rows = name(step.column), kept(step.kept)
    if step.unless and _one(connection, f"SELECT COALESCE(bool_or({name(step.unless)}), false) FROM {rows}") == (True,):
        return Keys(None)
    distinct = f"SELECT DISTINCT k FROM (SELECT {column} FROM {rows}) AS keys(k) WHERE k IS NOT NULL"
    wanted = f"SELECT {column} FROM {rows}" if few else f"{distinct} LIMIT {step.most + 1}"
    found = connection.execute(wanted)
    type_ = type_info(str(found.description[0][1]) if found.description else "")
    if type_.family == "other":
        return Keys(None)
    if type_.family in ("date", "timestamp"):
        if _has_ends(connection, step):
            return Keys(None)
        found = connection.execute(wanted)  # a result is its connection's, and gone with the next statement
    values = {row[0] for row in found.fetchall()} - {None}
    if len(values) <= step.most:
        return Keys(tuple(sorted(values)))
    if type_.family not in ("integer", "date"):
        return Keys(None)
    low, high = _one(connection, f"SELECT min({column}), max({column}) FROM {rows}")
    return Keys(None, (low, high))


def _has_ends(connection: duckdb.DuckDBPyConnection, step: KeySet) -> bool:
    """Whether a key is infinite, or lies outside of Python's calendar: it would come as another moment."""
    column = name(step.column)
    (count,) = _one(
        connection,
        f"SELECT count(*) FROM {kept(step.kept)} WHERE NOT isfinite({column}) OR year({column}) NOT BETWEEN 1 AND 9999",
    )
    return bool(count)


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Value, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None, "an aggregate gives a row"
    return tuple(row)
