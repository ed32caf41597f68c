"""Keys into fragments: what a source is told once it is known which keys a scan has.

A hole is filled as a filter is pushed: `field IN (keys)` is turned round through the branch's mapping, proved against
the facts and written in the source's dialect. What cannot be told is left out, for the residual joins all the same.

The text is put together of two that were each read again: the fragment's with a place for a condition in parentheses,
once, and the condition, each time. In parentheses a condition reads as it does by itself, and the place as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

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
    said = tree.text(condition, fragment.dialect)
    before, behind = _around(fragment)
    text = f"{before}({said}){behind}"
    if len(text.encode()) > LONGEST:
        return whole
    _hold(condition, said, fragment)
    return replace(whole, tree=tree.narrowed(fragment.tree, tree.parens(condition)), text=text)


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


def _hold(condition: tree.Tree, said: str, fragment: Fragment) -> None:
    try:
        again = tree.parse_expression(said, fragment.dialect)
    except tree.Unreadable:
        again = None
    if again is None or tree.text(again, fragment.dialect) != said:
        raise InvariantError(f"the text for source '{fragment.source}' does not read back as it was meant")
    if tree.literals(again) != tree.literals(condition):
        raise InvariantError(f"a key in the text for source '{fragment.source}' changed its meaning")


_LONGEST_KEPT = 20_000
"""Characters of a text of which it is kept where its condition stands."""


def _around(fragment: Fragment) -> tuple[str, str]:
    """Return what stands before and behind the parentheses of one more condition in a fragment's text."""
    kept = len(fragment.text) <= _LONGEST_KEPT
    around = (_parted if kept else _parted.__wrapped__)(fragment.text, fragment.dialect)
    if around is None:
        raise InvariantError(f"the text for source '{fragment.source}' has no place for keys")
    return around


@lru_cache(maxsize=500)
def _parted(text: str, dialect: str) -> tuple[str, str] | None:
    """Return a SELECT's text around one more condition; None where that does not read back as it was meant.

    A column that the text does not name stands for the condition: where it is found, the condition will be.
    """
    mark = tree.column(next(name for name in map("cdi_keys_{}".format, count()) if name not in text))
    (statement,) = tree.parse(text, dialect)
    whole = tree.text(tree.narrowed(statement, tree.parens(mark)), dialect)
    (again,) = tree.parse(whole, dialect)
    before, place, behind = whole.partition(f"({tree.text(mark, dialect)})")
    says_the_same = sorted(tree.literals(again)) == sorted(tree.literals(statement))
    reads_back = tree.text(again, dialect, spent=True) == whole
    return (before, behind) if place and says_the_same and reads_back and mark.name not in behind else None
