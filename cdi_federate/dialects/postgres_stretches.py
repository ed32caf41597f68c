"""A table of Postgres in parts that are read at the same time (decision 027).

A row's `ctid` says on which page it stands; from version 14 on a condition on it is answered by reading just those
pages. Source: postgresql.org/docs/14/release-14.html (TID range scans).
"""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.tree import Tree


def stretches(pages: int, count: int) -> tuple[Tree, ...]:
    """Return conditions that part a table of about so many pages; the last stretch has no end."""
    ends = [f"({pages * number // count},0)" for number in range(1, count)]
    below = [[tree.comparison("<", tree.column("ctid"), tree.string(end))] for end in ends]
    above = [[tree.comparison(">=", tree.column("ctid"), tree.string(end))] for end in ends]
    return tuple(tree.all_of(*over, *under) for over, under in zip([[], *above], [*below, []], strict=True))
