"""Whether a source is to be told keys, or to send all of its rows. Guesses, as all of `cost.py`."""

from __future__ import annotations

from cdi_federate.query.cost import (
    DECLARED,
    corrected,
    expected,
    pace,
    raw_columns,
    seconds_to_ask,
    seconds_to_fetch,
    so_many,
    work_of,
)
from cdi_federate.query.declared import declared
from cdi_federate.query.estimate import matched, told
from cdi_federate.query.selectivity import EQUAL
from cdi_federate.stages.clauses import columns as columns_read
from cdi_federate.stages.cost import NOTHING, Costs, Decision
from cdi_federate.stages.plan import Branch

FEW_KEYS = 1_000
"""Keys that are told to a source of which nothing is known: writing and reading them takes a few milliseconds."""


def keys_pay(
    giver_rows: float | None,
    branch: Branch,
    column: str,
    costs: Costs = NOTHING,
    share: float | None = None,
    *,
    gathered: bool = False,
) -> Decision:
    """Say whether the branch's source is to be told the keys of `giver_rows` rows, for its raw `column`.

    Where its own rows are not counted, only if the keys are few; where those of the giver are not, not. `share` is
    which part of the giver's rows these are: of a column whose values nobody counted, as many are taken to match.
    `gathered`: the statement makes groups of all it reads, so a table may be read by its declared types.
    """
    what = work_of("keys", branch)
    if giver_rows is None:
        return Decision(False, None, None, "nobody knows how many keys there are", *what)
    keys = f"about {so_many(giver_rows, 'key')}"
    rows, at = expected(branch, costs), pace(branch, costs)
    if rows is None:
        few = giver_rows <= FEW_KEYS
        return Decision(few, None, None, f"{keys} for a table whose rows are not counted", *what)
    known = branch.facts.column(column) if branch.facts else None
    found = matched(branch, column, giver_rows, lambda _: rows)
    if found is None:  # without a share one value is taken for one row in ten, as in a condition
        found = min(rows, rows * (share if share is not None else giver_rows * EQUAL))
    looked = 0.0 if known is not None and known.indexed else _table_rows(branch, rows) * at.scan
    work = looked + giver_rows * at.key
    pushed = seconds_to_fetch(branch, found, costs) + work * corrected(costs, branch, what[0])
    # The keys come first, so two statements do not run at one time.
    pushed += seconds_to_ask(branch, 1, costs) + at.told
    read = DECLARED if gathered and declared(branch, raw_columns(branch)) else 1.0
    fetched = seconds_to_fetch(branch, rows, costs) * read + _passed_over(branch, rows) * at.scan
    why = f"{keys} match about {so_many(found, 'row')} of {so_many(rows, 'row')}"
    return Decision(pushed <= fetched, pushed, fetched, why, *what)


def _table_rows(branch: Branch, rows: float) -> float:
    return max(rows, float(branch.facts.rows or 0)) if branch.facts else rows


def _passed_over(branch: Branch, rows: float) -> float:
    """Return how many rows a source reads and does not send, since no index finds those that its conditions keep."""
    facts, asked = branch.facts, told(branch)
    known = [facts.column(name) for name in columns_read(asked)] if facts is not None else []
    found = any(column is not None and column.indexed for column in known)
    return 0.0 if found or branch.together is not None else _table_rows(branch, rows) - rows
