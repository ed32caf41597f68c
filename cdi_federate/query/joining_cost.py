"""How many rows a join at a source has, and whether it pays to have it made there. Guesses, as all of `cost.py`.

Of two tables each value of the column with fewer values is taken to stand in the other too (System R), whatever the
conditions on either keep.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.cost import (
    DECLARED,
    HERE_ROW,
    corrected,
    expected,
    groups_pay,
    pace,
    raw_columns,
    seconds_to_ask,
    seconds_to_fetch,
)
from cdi_federate.query.declared import declared
from cdi_federate.query.keys_cost import keys_pay
from cdi_federate.stages.cost import Costs, Decision, Pace
from cdi_federate.stages.joins import Equal, Partners, Side, Together
from cdi_federate.stages.plan import Branch, Scan

NEAR = 1.2
"""Of two ways of which one takes no longer than so many times the other, the one that fetches fewer rows is taken."""

JOINED = 2
"""How many times as long a row takes here that is joined and grouped as one that is grouped only."""


HOPE = 10
"""How many times fewer rows than all are hoped to be left by keys of other tables."""


def with_rows(branch: Branch, costs: Costs) -> Branch:
    """Return a branch that is a join with about how many rows the join has; without where nobody knows."""
    assert branch.together is not None and branch.facts is not None
    counted = _counted(branch.together, costs)
    rows = None if counted is None else round(_left(branch.together, counted))
    return replace(branch, facts=replace(branch.facts, rows=rows))


def joins_pay(branch: Branch, scan: Scan, costs: Costs) -> Decision:
    """Say whether a source is to join its tables and group the rows, or to send them."""
    together, summary = branch.together, scan.summary
    assert together is not None and summary is not None
    what, counted = ("joins", branch.mapping.qualified), _counted(together, costs)
    grouped = groups_pay(branch, scan, summary.keys, costs, summary.grains)
    if counted is None or grouped.pushed_seconds is None:
        steps = (*together.equal[1:], *(equal for partners in together.partners for _, equal in partners.sides))
        found = all(any(each.left.indexed or each.right.indexed for each in equal) for equal in steps)
        words = "an index finds the partners" if found else "no index finds the partners"
        return Decision(found, None, None, f"its rows are not counted; {words}", *what)
    at = pace(branch, costs)
    pushed = grouped.pushed_seconds + counted[0] * at.scan + _work(together, counted, at)
    sides = zip(together.tables, counted, strict=True)
    fetched = sum(seconds_to_fetch(side.branch, rows, costs) + rows * HERE_ROW * JOINED for side, rows in sides)
    return Decision(pushed <= fetched * NEAR, pushed, fetched, grouped.why, *what)


def references_pay(branch: Branch, costs: Costs, *, narrowed: bool) -> Decision:
    """Say whether a source is to send the rows of several tables together, or those of each table by themselves.

    By themselves, too, only those come that have partners: by keys, which take a round trip more. `narrowed`: keys of
    other tables are hoped to leave a tenth of them; whatever way is taken, these are told.
    """
    together = branch.together
    assert together is not None
    what, counted = ("joins", branch.mapping.qualified), _counted(together, costs)
    if counted is None or branch.facts is None or branch.facts.rows is None:
        steps = together.equal[1:]
        found = all(any(each.left.indexed or each.right.indexed for each in equal) for equal in steps)
        words = "an index finds the partners" if found else "no index finds the partners"
        return Decision(found, None, None, f"its rows are not counted; {words}", *what)
    at, rows = pace(branch, costs), branch.facts.rows / (HOPE if narrowed else 1)
    own, others = together.sides[0].branch, list(zip(together.sides[1:], counted[1:], strict=True))
    left = min(1.0, rows / max(counted[0], 1.0))
    pushed = seconds_to_fetch(branch, rows, costs) + _work(together, [counted[0] * left, *counted[1:]], at)
    fetched = seconds_to_fetch(own, rows, costs)
    for side, every in others:
        some = min(every, rows)
        fetched += seconds_to_fetch(side.branch, some, costs)
        fetched += seconds_to_ask(side.branch, 1, costs) + some * at.key if some < every or left < 1 else 0.0
    why = f"about {round(rows):,} rows of several tables"
    return Decision(pushed <= fetched * NEAR, pushed, fetched, why, *what)


def absences_pay(branch: Branch, costs: Costs) -> Decision:
    """Say whether a source is to leave out rows that have partners, or to send those of all its tables."""
    together = branch.together
    assert together is not None
    what, counted = ("joins", branch.mapping.qualified), _counted(together, costs)
    if counted is None or branch.facts is None or branch.facts.rows is None:
        equal = [each for partners in together.partners for _, equal in partners.sides for each in equal]
        found = all(each.left.indexed or each.right.indexed for each in equal)
        words = "an index finds the partners" if found else "no index finds the partners"
        return Decision(found, None, None, f"its rows are not counted; {words}", *what)
    at, rows = pace(branch, costs), branch.facts.rows
    pushed = seconds_to_fetch(branch, rows, costs) + counted[0] * at.scan + _work(together, counted, at)
    sides = zip(together.tables, counted, strict=True)
    fetched = sum(seconds_to_fetch(side.branch, every, costs) for side, every in sides)
    return Decision(pushed <= fetched * NEAR, pushed, fetched, f"about {rows:,} rows have no partner", *what)


def look_pays(
    branch: Branch,
    partners: Partners,
    costs: Costs,
    *,
    reached: float | None = None,
    kept: float | None = None,
    gathered: bool = False,
) -> Decision:
    """Say whether a source is to look itself which rows of a branch have partners, or to send the rows of both.

    `reached`: it is likely to look at no more rows than so many, for it is asked for its first rows only. `kept`: so
    many are left by conditions that it is not told, and only their partners need to be sent. `gathered`: as of
    `keys_pay`.
    """
    what, rows = ("looks", branch.mapping.qualified), expected(branch, costs)
    others = [expected(side.branch, costs) for side, _ in partners.sides]
    counted = [each for each in (rows, *others) if each is not None]
    if rows is None or len(counted) <= len(others):
        found = all(any(each.right.indexed for each in equal) for _, equal in partners.sides)
        words = "an index finds the partners" if found else "no index finds the partners"
        return Decision(found, None, None, f"its rows are not counted; {words}", *what)
    at = pace(branch, costs)
    asked = zip(counted[1:], (equal for _, equal in partners.sides), strict=True)
    left = rows if reached is None else min(rows, reached)
    if dialect_named(branch.dialect).joins_looks and reached is None:
        pushed = sum(_step(left, more, equal, at) for more, equal in asked)
    else:  # row by row
        steps = [(more, any(each.right.indexed for each in equal)) for more, equal in asked]
        pushed = sum(left * (at.meet if indexed else more * at.scan) for more, indexed in steps)
    pushed *= corrected(costs, branch, what[0])
    sides = zip(counted[1:], (side.branch for side, _ in partners.sides), strict=True)
    fetched = sum(
        seconds_to_fetch(other, more, costs) * (DECLARED if gathered and declared(other, raw_columns(other)) else 1.0)
        + (rows + more) * HERE_ROW * JOINED
        for more, other in sides
    )
    if kept is not None and kept < rows:
        fetched = min(fetched, sum(_told(kept, *side, costs) for side in partners.sides) + kept * HERE_ROW * JOINED)
    why = f"about {round(rows):,} rows and {round(sum(counted[1:])):,} that they may belong to"
    return Decision(pushed <= fetched * NEAR, pushed, fetched, why, *what)


def _told(keys: float, side: Side, equal: tuple[Equal, ...], costs: Costs) -> float:
    """Return in how many seconds a source that is told so many keys sends the rows of a side that have them."""
    column = next(raw for raw, called in side.names if called == equal[0].right.name)
    return keys_pay(keys, side.branch, column, costs).pushed_seconds or 0.0


def _counted(together: Together, costs: Costs) -> list[float] | None:
    """Return how many rows of each table are wanted; None where that is not known of all."""
    rows = [expected(side.branch, costs) for side in together.tables]
    known = [each for each in rows if each is not None]
    return known if len(known) == len(rows) else None


def _joined(together: Together, counted: list[float]) -> list[float]:
    """Return how many rows there are after each side was joined."""
    rows = counted[:1]
    for more, equal in zip(counted[1:], together.equal[1:], strict=False):
        values = [each for column in (equal[0].left, equal[0].right) if (each := column.distinct) is not None]
        rows.append(max(1.0, rows[-1] * more / max(1.0, *values)) if values else max(rows[-1], more))
    return rows


def _left(together: Together, counted: list[float]) -> float:
    """Return how many rows of the join have the partners that are wanted, or have none."""
    rows, at = _joined(together, counted)[-1], len(together.sides)
    for partners in together.partners:
        have = 0.0
        for (_, (equal, *_)), more in zip(partners.sides, counted[at:], strict=False):
            own, theirs = equal.left.distinct, equal.right.distinct
            have += 1.0 if not own else min(1.0, min(more, theirs or more) / own)
        rows *= max(0.0, 1 - have) if partners.anti else min(1.0, have)
        at += len(partners.sides)
    return max(1.0, rows)


def _work(together: Together, counted: list[float], at: Pace) -> float:
    """Return how long a source takes to find which rows belong together."""
    rows = _joined(together, counted)
    steps = [*zip(rows, counted[1:], together.equal[1:], strict=False)]
    asked = [equal for partners in together.partners for _, equal in partners.sides]
    steps += [(rows[-1], more, equal) for more, equal in zip(counted[len(rows) :], asked, strict=True)]
    return sum(_step(left, right, equal, at) for left, right, equal in steps)


def _step(left: float, right: float, equal: tuple[Equal, ...], at: Pace) -> float:
    """Return how long it takes to match two sets of rows, of which the left is read: by an index, or by all values."""
    met = (left + right) * at.group_number if at.hashes else left * right * at.scan
    ways = [right * at.scan + met]
    ways += [left * at.meet] if any(each.right.indexed for each in equal) else []
    ways += [right * (at.scan + at.meet)] if any(each.left.indexed for each in equal) else []
    return min(ways)
