"""Drop a branch that a filter rules out, whatever its source holds; a source without branches is not contacted.

Sound because the filter is TRUE for no row of the branch: the field is a constant there, is not mapped there (NULL), or
comes from a code list none of whose outcomes fits. A field that is merely claimed to have some values is no reason.
Not for a clause that only a part of the branch fails, and never by an OR of which one side may be TRUE.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.inverse import inverted
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.clauses import Always, Clause, ClauseLiteral, Never, columns, mapped
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch, Dropped, Filter, Plan, Scan

_NO_FACTS = TableFacts({})


def prune_branches(plan: Plan, context: Context) -> Plan:
    """Return the plan without the branches that cannot give a row."""
    scans = tuple(_pruned(scan) for scan in plan.scans)
    changed = any(new is not old for new, old in zip(scans, plan.scans, strict=True))
    return replace(plan, scans=scans) if changed else plan


def _pruned(scan: Scan) -> Scan:
    kept: list[Branch] = []
    dropped: list[Dropped] = []
    for branch in scan.branches:
        because = next((filter_ for filter_ in scan.filters if _rules_out(filter_, branch, scan)), None)
        if because is None:
            kept.append(branch)
        else:
            dropped.append(Dropped(branch.mapping.qualified, branch.mapping.source, because.text))
    if not dropped:
        return scan
    return replace(scan, branches=tuple(kept), dropped=(*scan.dropped, *dropped))


def _rules_out(filter_: Filter, branch: Branch, scan: Scan) -> bool:
    if filter_.clause is None:
        return False
    return isinstance(mapped(filter_.clause, lambda literal: _decided(literal, branch, scan)), Never)


def _decided(literal: ClauseLiteral, branch: Branch, scan: Scan) -> Clause:
    """Return Never or Always where that is certain without facts, else a clause that is neither."""
    fields = [field for name in columns(literal) if (field := scan.entity.field(name)) is not None]
    type_ = fields[0].type if fields else "VARCHAR"
    if any(field.strict for field in fields):
        return literal
    try:
        clause = inverted(literal, branch.shapes.get(literal.column), type_, _NO_FACTS).clause
    except NotInvertible:
        return literal
    return clause if isinstance(clause, Never | Always) else literal


RULE = Rule("prune_branches", prune_branches)
