"""Whether the files that a query read are still those that it was planned for.

A CSV's columns are taken by position once its header was compared, so one that is replaced between the look at its
header and its reading could give a column's values under another's name. Servers' statements look for themselves, and
what stands behind a URL is held by its store's own tags.
"""

from __future__ import annotations

from collections.abc import Mapping

from cdi_federate.errors import DriftError
from cdi_federate.stages.plan import Branch, FederatedPlan
from cdi_federate.stages.ports import Probe, Source
from cdi_federate.stages.relations import FileScan


def hold(plan: FederatedPlan, sources: Mapping[str, Source], probe: Probe) -> None:
    """Raise `DriftError` where a file of this machine now has other columns than the plan was made for.

    Files that were replaced by others of the same form do no harm: their states differ, their facts do not.
    """
    branches = {branch.mapping.qualified: branch for scan in plan.plan.scans for branch in scan.branches}
    for branch in branches.values():
        source = sources[branch.mapping.source]
        facts = branch.facts
        if facts is None or not _is_local(branch) or source.token(branch.relation) == facts.token:
            continue
        now = source.facts(branch.mapping, probe)
        if now.columns != facts.columns or now.relation != facts.relation:
            raise DriftError(
                f"what '{branch.mapping.relation}' names has other columns than when the query was planned",
                source=source.name,
                entity=branch.mapping.entity,
                help="ask again",
            )


def _is_local(branch: Branch) -> bool:
    return isinstance(branch.relation, FileScan) and not any("://" in url for url in branch.relation.urls)
