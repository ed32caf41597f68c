"""How many rows of a scan its filters left when it was last kept, by what a run has shown."""

from __future__ import annotations

from collections.abc import Mapping

from cdi_federate.query.estimate import rows_of_scan
from cdi_federate.query.forms import kept_form
from cdi_federate.stages.cost import Costs
from cdi_federate.stages.plan import Scan


def seen_rows(scan: Scan, scans: Mapping[str, Scan], costs: Costs) -> float | None:
    """Return how many rows were kept of a scan when it was last asked in this form, for what its counts say now.

    `scans` by node: those that give it keys are among them. None where no run has shown it.
    """
    if len(scan.branches) != 1 or not costs.seen:
        return None
    name, form = scan.branches[0].mapping.qualified, kept_form(scan, scan.keyed, scans)
    seen = costs.seen.get((name, form)) if form else None
    if seen is None:
        return None
    rows = rows_of_scan(scan)
    return seen.rows if rows is None or not seen.expected else rows * seen.rows / seen.expected
