"""The summary of rows that no source computes: it is made here of the rows of branches."""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.query import measured
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Scan
from cdi_federate.tree import Tree


def here(rows: Tree, scan: Scan) -> Tree:
    """Return the summary of rows of branches, computed by the engine."""
    summary = scan.summary
    assert summary is not None
    types = schema_of(scan.entity)
    made: list[Tree] = [
        tree.aliased(tree.column(name) if not grain else _coarse(name, grain, types[name.lower()].type), name)
        for name, grain in zip(summary.keys, summary.grains, strict=True)
    ]
    group = [each.this.copy() for each in made]
    made += [tree.aliased(measured.computed(measure), measure.name) for measure in summary.measures]
    where = None if summary.where is None else tree.detached(summary.where)
    return tree.select(made, tree.subquery(rows, summary.alias), where=where, group=group)


def _coarse(name: str, grain: str, type_: str) -> Tree:
    return tree.cast(tree.call("date_trunc", tree.string(grain), tree.column(name)), type_)
