"""What is asked for first, where less than all may be enough: as plain values for the document."""

from __future__ import annotations

from typing import Any

from cdi_federate.stages.merging import Merge
from cdi_federate.stages.plan import Scan
from cdi_federate.stages.steps import FederatedPlan


def sooner(plan: FederatedPlan) -> dict[str, Any] | None:
    """Return which mapping is asked alone at first, and for how many rows; None where all are asked at once.

    Where the first records of each mapping are asked for: how many, in one try after the other, and by which field.
    """
    if not plan.sooner:
        return None
    scans = plan.sooner[0].plan.plan.scans
    finding = [scan for scan in scans if scan.feeds and not scan.merge] or scans  # what finds customers stands last
    merges = [scan.merge for each in plan.sooner for scan in each.plan.plan.scans if scan.merge is not None]
    foremost = [merge.foremost for merge in merges if merge.foremost is not None]
    return {
        "mapping": None if foremost else finding[-1].branches[0].mapping.qualified,
        "rows": plan.sooner[0].rows,
        "customers": finding is not scans,
        "among": _among(finding[-1], plan),
        "records": [each.rows for each in foremost],
        "by": foremost[0].by.column if foremost else None,
    }


def _among(scan: Scan, plan: FederatedPlan) -> int | None:
    """Return how many first rows of its one mapping are asked for, some of which a guard may leave out here."""
    whole = next((each for each in plan.plan.scans if each.ref.node == scan.ref.node), None)
    return scan.branches[0].limit if whole is not None and len(whole.branches) == len(scan.branches) == 1 else None


def because(merged: Scan, merge: Merge) -> str:
    """Return for what the customers of a merged scan are found: its conditions, or its first rows."""
    if merge.foremost is not None:
        return f"the first {merge.foremost.rows:,} records by {merge.foremost.by.column}"
    return " and ".join(filter_.text for filter_ in merged.filters if filter_.clause is not None)
