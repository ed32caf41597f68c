"""Whether what a query read is still what it was planned for.

A CSV's columns are taken by position once its header was compared, and SQLite takes the name of a column that is there
no more for a text: what is replaced between the look at a table and its reading could give wrong values. Servers'
statements look for themselves, and what stands behind a URL is held by its store's own tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cdi_federate.errors import DriftError, SourceError
from cdi_federate.query.meeting import seen_by
from cdi_federate.sources.facts import missing
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.ports import Probe, Source
from cdi_federate.stages.relations import FileScan, MemoryScan, RowsScan
from cdi_federate.stages.steps import FederatedPlan


def hold(plan: FederatedPlan, sources: Mapping[str, Source], probe: Probe) -> None:
    """Raise `DriftError` where a table on this machine is now of another form than the plan was made for.

    One that was replaced by another of the same form does no harm: their states differ, their facts do not.
    """
    for branch, facts in _read(plan):
        source = sources[branch.mapping.source]
        if not _is_here(branch) or source.token(branch.relation) == facts.token:
            continue
        if _form(source.facts(branch.mapping, probe)) != _form(facts):
            raise DriftError(
                f"what '{branch.mapping.relation}' names has other columns than when the query was planned",
                source=source.name,
                entity=branch.mapping.entity,
                help="ask again",
            )


def culprit(plan: FederatedPlan, sources: Mapping[str, Source], probe: Probe) -> SourceError | None:
    """Return the error of the source whose table explains that a statement failed, if there is one."""
    try:
        hold(plan, sources, probe)
    except SourceError as error:
        return error
    return next((error for error in (missing(branch, facts) for branch, facts in _read(plan)) if error), None)


def _read(plan: FederatedPlan) -> Iterator[tuple[Branch, TableFacts]]:
    branches = {branch.mapping.qualified: branch for scan in plan.plan.scans for branch in scan.branches}
    for branch in tuple(branches.values()):
        branches |= {side.branch.mapping.qualified: side.branch for side in seen_by(branch)}
    for branch in branches.values():
        if branch.facts is not None:
            yield branch, branch.facts


def _is_here(branch: Branch) -> bool:
    """Whether a branch reads files of this machine; tables in memory are copied, by their names."""
    match branch.relation:
        case FileScan(_, urls):
            return not any("://" in url for url in urls)
        case MemoryScan() | RowsScan():
            return False
        case _:
            return True


def _form(facts: TableFacts) -> tuple[tuple[tuple[str, ColumnFacts], ...], str]:
    """Return a table's columns, in their order, and how it is scanned, as written out: its options have an order too.

    What a source counted of its columns is no part of the columns' equality; servers count anew whenever they like.
    """
    return tuple(facts.columns.items()), repr(facts.relation)
