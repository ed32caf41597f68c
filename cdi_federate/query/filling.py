"""Keys into fragments: what a source is told once it is known which keys a scan has.

A hole is filled as a filter is pushed: `field IN (keys)` is turned round through the branch's mapping, proved against
the facts and written in the source's dialect. What cannot be told is left out, for the residual joins all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.query.estimate import matched
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.spell import at_source
from cdi_federate.query.telling import told
from cdi_federate.stages.clauses import (
    Always,
    Clause,
    Compare,
    Never,
    Unknown,
    Value,
    Within,
    conjunction,
    disjunction,
    literals,
)
from cdi_federate.stages.steps import Fragment, Hole

MOST_LITERALS = 100
"""Conditions into which keys may turn: a mapping that folds text makes one of each key."""

LONGEST = 900_000
"""Characters of a statement: SQLite takes a million bytes by default, and MySQL sixteen."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The distinct keys that are not NULL; None where there are too many: `bounds` may say between which they lie."""

    values: tuple[Value, ...] | None
    bounds: tuple[Value, Value] | None = None


def filled(fragment: Fragment, keys: Mapping[str, Keys]) -> Fragment | None:
    """Return the fragment with what its source is told of the keys; None where no row of it is needed.

    Raises:
        InvariantError: the text does not read back as its tree.
    """
    wanted: list[Clause] = []
    for hole in fragment.holes:
        clause, _ = told(_wanted(hole, keys[hole.keys]), hole.branch, hole.entity)
        if isinstance(clause, Never):
            return None
        if clause is not None and sum(1 for _ in literals(clause)) <= MOST_LITERALS:
            wanted.append(clause)
    clause = conjunction(*wanted)
    if isinstance(clause, Never):
        return None
    whole = replace(fragment, holes=())
    if isinstance(clause, Always):
        return whole
    branch = fragment.holes[0].branch
    condition = at_source(clause, branch.facts or NO_FACTS, fragment.dialect)
    query = tree.narrowed(fragment.tree, condition)
    text = tree.text(query, fragment.dialect)
    if len(text.encode()) > LONGEST:
        return whole
    _hold(query, text, fragment)
    return replace(whole, tree=query, text=text)


def rows_told(fragment: Fragment, keys: Mapping[str, Keys]) -> float | None:
    """Return about how many rows a fragment's source sends once it is told its keys; None where nobody knows."""
    known = [_matched(hole, keys[hole.keys]) for hole in fragment.holes]
    return min((rows for rows in known if rows is not None), default=None)


def _matched(hole: Hole, keys: Keys) -> float | None:
    shape = hole.branch.shapes.get(hole.field)
    raw = columns_of(shape) if shape is not None else ()
    if keys.values is None or len(raw) != 1 or hole.or_null or hole.branch.summed is not None:
        return None
    return matched(hole.branch, raw[0], len(keys.values))


def _wanted(hole: Hole, keys: Keys) -> Clause:
    if keys.values is not None:
        among = Within(hole.field, keys.values) if keys.values else Never()
        return disjunction(among, Unknown(hole.field)) if hole.or_null else among
    if keys.bounds is None:
        return Always()
    low, high = keys.bounds
    return conjunction(Compare(hole.field, ">=", low), Compare(hole.field, "<=", high))


def _hold(query: tree.Tree, text: str, fragment: Fragment) -> None:
    again = tree.parse(text, fragment.dialect)
    held = [tree.literals(each) for each in again]
    if len(again) != 1 or tree.text(again[0], fragment.dialect, spent=True) != text:
        raise InvariantError(f"the text for source '{fragment.source}' does not read back as it was meant")
    if held != [tree.literals(query)]:
        raise InvariantError(f"a key in the text for source '{fragment.source}' changed its meaning")
