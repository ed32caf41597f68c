"""Whether the statement that is to run still reads every guarded entity through its guard, and through nothing else.

It is looked at as it will be spelt, and held against what the gate said; neither the gate's code nor a rule's is used.
"""

from __future__ import annotations

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.steps import FederatedPlan


def check_guards(plan: FederatedPlan) -> None:
    """Raise `InvariantError` unless every guard stands, whole, between its scan and the user's statement."""
    logical, query = plan.plan, plan.plan.query
    if all(guard.is_empty for guard in query.guards.values()):
        return
    root = plan.residual.tree
    scans = {scan.ref.node: scan for scan in logical.scans if not scan.feeds}
    theirs = {ref.node for ref in query.bound.tables}
    bodies = {cte.alias: cte.this for cte in tree.ctes(root)}
    inside = {id(node): name for name, body in bodies.items() if name.startswith("cdi_") for node in body.walk()}
    for node, guard in query.guards.items():
        mentions = [table for table in root.find_all(exp.Table) if table.name == node]
        if node not in theirs:
            _hold(all(id(table) in inside for table in mentions), "the statement reads past a guard", guard)
        if guard.select is not None:
            (own,) = [name for name in query.ctes if f"{name}_all" == node]
            readers = [inside[id(table)] for table in mentions]
            # Mentions that read the very same rows share a scan: another scan's CTE, which has a guard of its own.
            others = [query.guards[name] for name in readers if name != own and name in query.guards]
            _hold(readers.count(own) == 1 and len(others) == len(readers) - 1, "a guard is passed by", guard)
            _hold(
                all(each.select is not None and each.entity == guard.entity for each in others),
                "a guard is passed by",
                guard,
            )
            _hold(tree.serialise(bodies[own]) == tree.serialise(guard.select), "a guard was changed", guard)
            _hold(_is_whole(guard), "a guard lost what it is made of", guard)
        if node in scans:
            _check_columns(scans[node], guard, logical)


def _is_whole(guard: Guard) -> bool:
    """Whether the SELECT filters by all of the row filter, and shows neither a bare masked column nor a denied one."""
    select = guard.select
    if not isinstance(select, exp.Select):
        return False
    where = tree.arg(select, "where")
    filtered = where.this if where is not None else None
    if (guard.row_filter is None) != (filtered is None) or tree.serialise(filtered) != tree.serialise(guard.row_filter):
        return False
    for each in select.expressions:
        bare = each.unalias()
        name = bare.name.lower() if isinstance(bare, exp.Column) else ""
        if name in guard.masks or name in guard.denied or each.alias_or_name.lower() in guard.denied:
            return False
    return True


def _check_columns(scan: Scan, guard: Guard, logical: Plan) -> None:
    """A denied column is read by a guard or by nobody, and no branch is of a denied source."""
    shown = set(scan.fields) & guard.denied
    if guard.select is None:
        _hold(not shown, "a scan has columns that are denied", guard)
    else:
        inside = {column.name.lower() for column in guard.select.find_all(exp.Column)}
        _hold(shown <= inside, "a scan has columns that are denied", guard)
    fed = [each for each in logical.scans if each.ref.node == scan.ref.node or each.feeds == scan.ref.node]
    sources = {branch.mapping.source for each in fed for branch in each.branches}
    _hold(not sources & guard.sources, "a scan has records of a source that is denied", guard)


def _hold(fact: bool, otherwise: str, guard: Guard) -> None:
    if not fact:
        raise InvariantError(f"{otherwise}: '{guard.entity}'")
