"""Tell a source the mapping's own `where`, as far as its dialect proves it.

Sound because the `where` is applied here again over the rows that come, unless the source was told all of it exactly:
then its columns need not come (`saying.py`). It is over raw columns, so there is nothing to turn round. A source that
the engine reads itself needs no copy.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate import tree
from cdi_federate.query.constants import Constants
from cdi_federate.query.inverse import Inverted
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.predicates import clause_of
from cdi_federate.query.prove import proved
from cdi_federate.query.shapes import parsed
from cdi_federate.stages.plan import Branch, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength


def push_mapping_filter(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.own` filled for branches that have a `where` and a dialect."""
    if not any(branch.mapping.where and branch.dialect for scan in plan.scans for branch in scan.branches):
        return plan
    return replace(plan, scans=tuple(_with_own(scan, context) for scan in plan.scans))


def _with_own(scan: Scan, context: Context) -> Scan:
    return replace(scan, branches=tuple(_told(branch, context) for branch in scan.branches))


def _told(branch: Branch, context: Context) -> Branch:
    if not branch.mapping.where or not branch.dialect or branch.facts is None:
        return branch
    types = {name: column.type for name, column in branch.facts.columns.items()}
    constants = Constants(context.evaluate, {})
    conjuncts = tree.conjuncts(parsed(branch.mapping.where))
    known = [part for part in conjuncts if all(c.name.lower() in types for c in tree.columns_in(part))]
    for part in known:
        clause_of(part, types, constants)
    constants.compute()
    own: list[Pushed] = []
    for part in conjuncts:
        clause = clause_of(part, types, constants) if part in known else Proof(Strength.LOCAL, Reason.UNKNOWN_TYPE)
        if clause is None or isinstance(clause, Proof):
            own.append(Pushed(tree.text(part), None, clause or Proof(Strength.LOCAL, Reason.UNSUPPORTED_FORM)))
        else:
            raw, proof = proved(Inverted(clause, exact=True), branch.facts, branch.dialect)
            own.append(Pushed(tree.text(part), raw, proof))
    return replace(branch, own=tuple(own))


RULE = Rule("push_mapping_filter", push_mapping_filter, needs_facts=True)
