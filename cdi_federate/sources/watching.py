"""What a query that ran to its end tells of its sources: from its plan and its events to what was observed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdi_federate.dialects.paces import pace_of
from cdi_federate.query.cost import reads_once, reads_whole
from cdi_federate.query.estimate import rows_of, rows_of_scan, told
from cdi_federate.query.forms import form, kept_form
from cdi_federate.query.groups import grouped_form
from cdi_federate.query.keeping import kept_name
from cdi_federate.sources.observed import Observed
from cdi_federate.stages.clauses import Clause, Compare, Within, literals
from cdi_federate.stages.events import Event
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.steps import FederatedPlan, Fragment

MANY_ROWS = 5_000
"""Rows from which on the time is that of sending them."""

FEW_ROWS = 100
"""Rows up to which the time is that of a statement's way there and back, where they are found at once."""

SMALL_TABLE = 1_000
"""Rows of a table that is read in no time."""

LEAST_SECONDS = 1e-3
"""Less is not measured well enough to make a rate of it."""


@dataclass(frozen=True, slots=True)
class _Actual:
    rows: int
    bytes: int
    seconds: float
    driver: bool = False


class Watch:
    """A listener to one run of one plan. What a run that fails or is stopped has shown is forgotten."""

    def __init__(self, plan: FederatedPlan, observed: Observed) -> None:
        self._plan, self._observed = plan, observed
        self._actual: dict[str, _Actual] = {}
        self._kept: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Take one event in."""
        if event.kind == "fragment_end" and {"rows", "bytes", "seconds"} <= event.detail.keys():
            rows, size, seconds = (event.detail[name] for name in ("rows", "bytes", "seconds"))
            self._actual[event.detail["fragment"]] = _Actual(rows, size, seconds, bool(event.detail.get("driver")))
        elif event.kind == "kept":
            self._kept[event.detail["step"]] = event.detail["rows"]
        elif event.kind == "end":
            self._learn_kept()
            for fragment, actual in self._together():
                self._learn(fragment, actual)

    def _together(self) -> Iterator[tuple[Fragment, _Actual]]:
        """Yield each fragment with its figures; of the stretches of one table one, with the figures of all."""
        stretches: dict[tuple[str, ...], list[Fragment]] = {}
        for fragment in self._plan.fragments:
            if fragment.stretch:
                stretches.setdefault(fragment.mappings, []).append(fragment)
            elif fragment.name in self._actual:
                yield fragment, self._actual[fragment.name]
        for parts in stretches.values():
            known = [self._actual[part.name] for part in parts if part.name in self._actual]
            if len(known) == len(parts):
                yield (
                    parts[0],
                    _Actual(
                        sum(part.rows for part in known),
                        sum(part.bytes for part in known),
                        max(part.seconds for part in known),
                    ),
                )

    def _learn(self, fragment: Fragment, actual: _Actual) -> None:
        self._grouped(fragment, actual)
        branches = [
            branch
            for scan in self._plan.plan.scans
            if scan.ref.node not in self._plan.plan.settled
            for branch in scan.branches
            if branch.dialect and branch.mapping.qualified in fragment.mappings
        ]
        if not branches or any(other.mapping != branches[0].mapping for other in branches):
            return
        said = {(told(branch), branch.limit, branch.once, branch.summed) for branch in branches}
        if len(said) > 1:
            return  # two readings of one table, and nobody knows which of them this was
        branch, clause = branches[0], told(branches[0])
        looks = branch.joined or branch.partners
        if branch.summed is None and not looks and not fragment.table:  # else perhaps by another way
            self._speed(branch, clause, actual)
        decided = [each for each in self._plan.plan.decisions if each.mapping == branch.mapping.qualified and each.pays]
        for decision in decided:
            if decision.pushed_seconds and actual.seconds >= LEAST_SECONDS:
                self._observed.worked(fragment.source, decision.what, actual.seconds / decision.pushed_seconds)
        plain = branch.limit is None and not branch.once and branch.summed is None
        if not plain or fragment.holes or not (reads_whole(self._plan) or (looks and reads_once(self._plan))):
            return
        rows = rows_of(branch)
        # Of rows that have partners there may be more than were expected of all: then there are as many of all.
        if (not looks and not decided) or (looks and rows is not None and actual.rows > rows):
            name = branch.mapping.qualified.removeprefix(f"{fragment.source}.")
            self._observed.came(fragment.source, name, form(clause), actual.rows, rows)

    def _learn_kept(self) -> None:
        """Note how many rows were kept of each scan that gave keys, of those that its counts let one expect."""
        scans = {scan.ref.node: scan for scan in self._plan.plan.every}
        for node, scan in scans.items():
            rows, form_ = self._kept.get(kept_name(node)), kept_form(scan, scan.keyed, scans)
            if rows is not None and form_ and len(scan.branches) == 1:
                mapping = scan.branches[0].mapping
                name = mapping.qualified.removeprefix(f"{mapping.source}.")
                self._observed.came(mapping.source, name, form_, rows, rows_of_scan(scan))

    def _grouped(self, fragment: Fragment, actual: _Actual) -> None:
        """Note how many groups a source had, which its counts seldom say."""
        for scan in self._plan.plan.asked:
            own = [branch for branch in scan.branches if branch.summed is not None and fragment.may_be_of(branch)]
            own = [branch for branch in own if not branch.partners]
            if len(own) == 1 and scan.summary is not None and not fragment.holes and reads_whole(self._plan):
                (branch,) = own
                name = branch.mapping.qualified.removeprefix(f"{fragment.source}.")
                form_ = grouped_form(branch, scan.summary.keys, scan.summary.grains)
                self._observed.came(fragment.source, name, form_, actual.rows, None)

    def _speed(self, branch: Branch, clause: Clause, actual: _Actual) -> None:
        source, table = branch.mapping.source, branch.facts.rows if branch.facts is not None else None
        if actual.rows >= max(MANY_ROWS, (table or 0) / 4) and actual.seconds >= LEAST_SECONDS:
            self._observed.sent(source, actual.rows, actual.bytes, actual.seconds)
        small = table is not None and table <= SMALL_TABLE
        if actual.rows <= FEW_ROWS and actual.seconds > 0 and (small or _is_looked_up(branch, clause)):
            at = pace_of(branch.dialect)
            trip = actual.seconds if actual.driver else max(at.latency, actual.seconds / at.trips)
            self._observed.answered(source, trip)


def _is_looked_up(branch: Branch, clause: Clause) -> bool:
    """Return whether an index finds the rows of a clause: one that begins with a column which is compared by `=`."""
    for literal in literals(clause):
        if isinstance(literal, Compare | Within) and branch.facts is not None:
            column = branch.facts.column(literal.column)
            if column is not None and column.indexed and (isinstance(literal, Within) or literal.op == "="):
                return True
    return False
