"""Whether the statement that is to run still reads every guarded entity through its guard, and through nothing else.

It is looked at as it will be spelt, and held against what the gate said; neither the gate's code nor a rule's is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck.said import Said
from cdi_federate.stages.plan import Plan, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.relations import KeptRows
from cdi_federate.stages.steps import FederatedPlan, Keep
from cdi_federate.tree import Tree


def check_guards(plan: FederatedPlan) -> None:
    """Raise `InvariantError` unless every guard stands, whole, between its scan and the user's statement."""
    logical, query = plan.plan, plan.plan.query
    if all(guard.is_empty for guard in query.guards.values()):
        return
    scans = {scan.ref.node: scan for scan in logical.scans if not scan.feeds}
    theirs = {ref.node for ref in query.bound.tables}
    roots = [plan.residual.tree, *_put_down(plan, theirs)]
    bodies: dict[str, list[Tree]] = {}
    inside: dict[int, str] = {}
    mentioned: dict[str, list[exp.Table]] = {}
    for root in roots:
        for table in root.find_all(exp.Table):
            mentioned.setdefault(table.name, []).append(table)
        for cte in tree.ctes(root):
            bodies.setdefault(cte.alias, []).append(cte.this)
            if cte.alias.startswith("cdi_"):
                inside.update((id(table), cte.alias) for table in cte.this.find_all(exp.Table))
    said = Said(logical, roots)
    for node, guard in query.guards.items():
        mentions = mentioned.get(node, [])
        if node not in theirs and node not in logical.woven:
            through = [table for table in mentions if id(table) in inside or said.is_looked_into(table)]
            _hold(len(through) == len(mentions), "the statement reads past a guard", guard)
        if node in logical.woven:
            _hold(said.holds(node), "a guard was changed", guard)
        elif guard.select is not None:
            (own,) = [name for name in query.ctes if f"{name}_all" == node]
            readers = [inside[id(table)] for table in mentions]
            # Mentions that read the very same rows share a scan: another scan's CTE, which has a guard of its own.
            others = [query.guards[name] for name in readers if name != own and name in query.guards]
            _hold(readers.count(own) == 1 and len(others) == len(readers) - 1, "a guard is passed by", guard)
            _hold(
                all(each.row_filter is not None and each.entity == guard.entity for each in others),
                "a guard is passed by",
                guard,
            )
            read_back = [tree.serialise(_read_back(plan, own))] if query.apart and own in theirs else []
            made = [text for body in bodies[own] if (text := tree.serialise(body)) not in read_back]
            _hold(made == [tree.serialise(guard.select)], "a guard was changed", guard)
            _hold(_is_whole(guard), "a guard lost what it is made of", guard)
        if node in scans:
            _check_columns(scans[node], guard, logical)


def _put_down(plan: FederatedPlan, theirs: set[str]) -> Iterator[Tree]:
    """Yield the statements that put down what guards leave, where the user's is one that can fail."""
    query = plan.plan.query
    keeps = {step.name: step.rows.tree for step in plan.steps if isinstance(step, Keep)}
    bodies = {cte.alias: cte.this for cte in tree.ctes(plan.residual.tree)}
    for node in theirs if query.apart else ():
        if query.filters(node):
            guard, kept = query.guards[f"{node}_all"], keeps.get(f"{node}_kept")
            is_read = tree.serialise(bodies.get(node)) == tree.serialise(_read_back(plan, node))
            _hold(kept is not None and is_read, "what a guard leaves is not put down", guard)
            assert kept is not None
            yield kept


def _read_back(plan: FederatedPlan, node: str) -> Tree | None:
    """Return the SELECT of what was put down of a mention."""
    leaves = plan.residual.leaves.items()
    name = next((name for name, leaf in leaves if leaf == KeptRows(f"{node}_kept")), None)
    return None if name is None else tree.select([tree.star()], tree.table(name, alias="t"))


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
