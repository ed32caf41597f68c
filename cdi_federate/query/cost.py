"""What asking a source takes and what fetching takes, in seconds, and which of them pays.

Figures are guesses: from counts of the tables, the pace of the kind of source, and what was observed of both. A wrong
one costs time, never rows; what the run shows corrects it for the next query.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cdi_federate.dialects.paces import pace_of
from cdi_federate.query.declared import declared
from cdi_federate.query.estimate import rows_of, told
from cdi_federate.query.forms import form
from cdi_federate.query.groups import groups_of, raw_of
from cdi_federate.query.shapes import columns_of
from cdi_federate.stages.cost import NOTHING, Costs, Decision, Pace
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.steps import FederatedPlan
from cdi_federate.stages.types import type_info

TEXT = 16
"""Bytes of a text as the engine lays it out, however long it is; of any type not named below, too."""

WIDTHS = {"integer": 8, "decimal": 16, "double": 8, "date": 4, "timestamp": 8, "timestamptz": 8, "boolean": 1}
"""Bytes of a value of other families."""

HERE_ROW = 0.025e-6
"""Seconds in which a row is put into its group here: DuckDB with two threads took 13 ms for 0.5 million rows."""

HERE_GROUP = 0.4e-6
"""Seconds that a group takes here: 0.5 million groups of 0.5 million rows took 226 ms."""

DECLARED = 0.35
"""Which part of the time a table of SQLite takes by the declared types of its columns: half a million rows of three
columns took 68 ms instead of 240, in half the time of the processors."""

MOST_CORRECTED = 2.0
"""How many times as long, or as short, work is taken to last for what other statements at its source have shown."""

FEW_ROWS = 1_000
"""Rows that a server's own driver brings, in one round trip, however near the server is."""

DRIVER_ROW = 8e-6
"""Seconds that a row by the driver costs Python: about a microsecond a cell, and its table here."""

MOST_FEW = 12_000
"""Rows that the driver is asked for at most, however far the server is: of more than 20,000 it would break off."""


def expected(branch: Branch, costs: Costs) -> float | None:
    """Return how many rows the branch's source is expected to send: its counts, corrected by what was seen.

    What was seen for another form of condition corrects nothing, but what came of the whole table does: then it is the
    count of rows that is wrong. None where neither is known.
    """
    rows = rows_of(branch)
    if not costs.seen:
        return rows
    name, own = branch.mapping.qualified, form(told(branch))
    seen = costs.seen.get((name, own))
    whole = costs.seen.get((name, ""))
    if rows is None:
        found = max(1.0, seen.rows) if seen is not None else None
    else:
        wrong = next((s for s in (seen, whole) if s is not None and s.expected), None)
        found = max(min(rows, 1.0), rows * wrong.rows / (wrong.expected or 1)) if wrong is not None else rows
    return found if found is None or branch.limit is None else min(found, float(branch.limit))


def estimated(plan: Plan, costs: Costs) -> Plan:
    """Return the plan with what each branch's source is expected to send: rows, or a row for each group."""

    def with_rows(scan: Scan) -> Scan:
        known = (replace(b, expected=_to_send(b, scan, costs), few=few_rows(b, costs)) for b in scan.branches)
        return replace(scan, branches=tuple(known))

    joints = tuple(replace(joint, scan=with_rows(joint.scan)) for joint in plan.joints)
    return replace(plan, scans=tuple(map(with_rows, plan.scans)), joints=joints)


def _to_send(branch: Branch, scan: Scan, costs: Costs) -> float | None:
    rows = expected(branch, costs)
    if rows is not None and branch.joined:
        rows *= min(joined.share for joined in branch.joined)
    if branch.summed is None or scan.summary is None or rows is None:
        return rows if branch.summed is None else None
    return groups_of(branch, scan.summary.keys, scan.summary.grains, rows, costs)


def reads_once(plan: FederatedPlan) -> bool:
    """Return whether no row of a fragment is read twice, so that no more rows came than its source has."""
    own = [scan for scan in plan.plan.scans if scan.ref.node not in plan.plan.settled]
    return len(plan.fragments) > 1 or (len(own) == 1 and plan.plan.tree.find(exp.With) is None)


def reads_whole(plan: FederatedPlan) -> bool:
    """Return whether each fragment is read to its last row, so that its rows are all that its source had to send.

    Of several each is kept as a whole, and read once; so is a join that a source made. One alone is read as often and
    as far as the engine needs it: twice where a WITH is mentioned twice, not to its end where rows are limited or the
    other side of a join has none.
    """
    if len(plan.fragments) > 1 or plan.plan.joints:
        return True
    return len(plan.plan.scans) == 1 and plan.plan.tree.find(exp.Limit, exp.Fetch, exp.With) is None


def pace(branch: Branch, costs: Costs = NOTHING) -> Pace:
    """Return how fast the branch's source works: as its kind does, or as was observed."""
    known, speed = pace_of(branch.dialect), costs.speeds.get(branch.mapping.source)
    if speed is None:
        return known
    if speed.rows_per_second and speed.bytes_per_second:
        width = speed.bytes_per_second / speed.rows_per_second
        known = known.slower(1 / speed.rows_per_second / (known.row + known.byte * width))
    return known if speed.latency is None else replace(known, latency=speed.latency)


def seconds_to_fetch(branch: Branch, rows: float, costs: Costs = NOTHING) -> float:
    """Return how long it takes until `rows` rows of the branch are here, with the raw columns that its fields read."""
    at = pace(branch, costs)
    return _way(at, branch, rows) + rows * (at.row + at.byte * _width(branch))


def _way(at: Pace, branch: Branch, rows: float | None) -> float:
    """Return how long a statement and the first of so many rows are on their way.

    By how much the source is farther than it was taken to be, so much longer each round trip takes.
    """
    return at.latency + (0.0 if rows is not None and rows <= FEW_ROWS else _reader_trips(at, branch))


def few_rows(branch: Branch, costs: Costs = NOTHING) -> float:
    """Return up to how many rows of the branch its source's own driver brings sooner than the engine's reader.

    More than ever only where a run has shown how many there are: of a guess that is wrong they would come twice.
    """
    if (branch.mapping.qualified, form(told(branch))) not in costs.seen:
        return FEW_ROWS
    return min(MOST_FEW, FEW_ROWS + _reader_trips(pace(branch, costs), branch) / DRIVER_ROW)


def _reader_trips(at: Pace, branch: Branch) -> float:
    """Return how many seconds the reader's further round trips take, for the source is farther than it was taken."""
    return (at.trips - 1) * max(0.0, at.latency - pace_of(branch.dialect).latency)


def seconds_to_ask(branch: Branch, statements: float, costs: Costs = NOTHING) -> float:
    """Return how long so many statements take, one after the other, each of which finds its few rows at once."""
    return statements * pace(branch, costs).latency


def groups_pay(
    branch: Branch, scan: Scan, keys: tuple[str, ...], costs: Costs = NOTHING, grains: tuple[str, ...] = ()
) -> Decision:
    """Say whether the branch's source is to group the rows it would send by `keys`, raw columns or fields of the scan.

    Where the rows or the groups are not known it is: a source seldom has as many groups as rows. No keys are one group.
    `grains`, beside the keys: how much of a date is a key; empty for all of it.
    """
    what = work_of("groups", branch)
    rows = expected(branch, costs)
    if rows is None:
        return Decision(True, None, None, "its rows are not counted; groups are few as a rule", *what)
    columns, at = raw_of(branch, keys), pace(branch, costs)
    groups = groups_of(replace(branch, having=None), keys, grains, rows, costs)
    left = groups if branch.having is None else groups_of(branch, keys, grains, rows, costs)
    into = at.group_text if TEXT in map(_bytes, columns) else at.group_number
    each = 0.0 if [column.clustered for column in columns] == [True] else at.group
    work = rows * (at.scan + into * len(columns)) + (groups or 1) * each
    sent = (left or 1) * (at.row + at.byte * (sum(map(_bytes, columns)) + WIDTHS["integer"]))
    pushed = _way(at, branch, left) + work * corrected(costs, branch, what[0]) + sent
    read = DECLARED if declared(branch, raw_columns(branch)) else 1.0
    fetched = seconds_to_fetch(branch, rows, costs) * read + rows * HERE_ROW + (groups or 1) * HERE_GROUP
    told_groups = "a number of groups that is not counted" if groups is None else f"about {so_many(groups, 'group')}"
    return Decision(pushed <= fetched, pushed, fetched, f"{told_groups} of about {so_many(rows, 'row')}", *what)


def corrected(costs: Costs, branch: Branch, kind: str) -> float:
    """Return by how much a kind of work takes longer at a source than was guessed, as far as that may be generalised.

    One statement with a hundred thousand groups says little of one with ten.
    """
    return min(max(costs.work.get((branch.mapping.source, kind), 1.0), 1 / MOST_CORRECTED), MOST_CORRECTED)


def work_of(kind: str, branch: Branch) -> tuple[str, str]:
    """Return how decisions name a kind of work at a branch's source."""
    return kind, branch.mapping.qualified


def _width(branch: Branch) -> int:
    facts = branch.facts
    return sum(_bytes(facts.column(name) if facts else None) for name in raw_columns(branch)) or TEXT


def raw_columns(branch: Branch) -> dict[str, None]:
    """Return the raw columns that a branch's fields read, in lower case."""
    return dict.fromkeys(name for shape in branch.shapes.values() for name in columns_of(shape))


def _bytes(column: ColumnFacts | None) -> int:
    return WIDTHS.get(type_info(column.type).family, TEXT) if column is not None else TEXT


def so_many(number: float, of: str) -> str:
    """Return a number of things in words."""
    rounded = round(number)
    return f"{rounded:,} {of}{'' if rounded == 1 else 's'}"
