"""Ask each source for no more rows than the query's LIMIT (and OFFSET) can use.

Sound for `SELECT columns FROM one entity [WHERE …] LIMIT n`, because any n rows answer it, and only over a branch
whose filters all went down exactly: a superset could fill its n rows with some that are filtered away again.
Not with ORDER BY, DISTINCT, grouping, windows, joins, samples or set-returning functions, which need to see every row.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


def push_limit(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.limit` set where it is sound."""
    rows = _rows_wanted(plan.tree)
    if rows is None or len(plan.scans) != 1 or plan.system:
        return plan
    scan = plan.scans[0]
    if not _reads_only(plan.tree, scan) or any(filter_.clause is None for filter_ in scan.filters):
        return plan
    where = tree.arg(plan.tree, "where")
    if len(tree.conjuncts(where.this if where is not None else None)) != len(scan.filters):
        return plan
    count = len(scan.filters)
    branches = tuple(replace(branch, limit=rows) if _is_exact(branch, count) else branch for branch in scan.branches)
    return replace(plan, scans=(replace(scan, branches=branches),)) if branches != scan.branches else plan


def _is_exact(branch: Branch, filters: int) -> bool:
    if not branch.dialect or (branch.mapping.where and not branch.own) or len(branch.pushed) != filters:
        return False
    told = (*branch.pushed, *branch.own)
    return all(push.raw is not None and push.proof.strength is Strength.EXACT for push in told)


def _rows_wanted(query: Tree) -> int | None:
    limit, offset = tree.limit_of(query), tree.offset_of(query)
    if not isinstance(limit, exp.Literal) or not limit.name.isdigit():
        return None
    if offset is not None and (not isinstance(offset, exp.Literal) or not offset.name.isdigit()):
        return None
    return int(limit.name) + (int(offset.name) if isinstance(offset, exp.Literal) else 0)


def _reads_only(query: Tree, scan: Scan) -> bool:
    if not isinstance(query, exp.Select) or not tree.has_only(query, "expressions", "from", "where", "limit", "offset"):
        return False
    source = tree.arg(query, "from").this
    if not isinstance(source, exp.Table) or source.name != scan.ref.node or not tree.has_only(source, "this", "alias"):
        return False
    plain = (exp.Column, exp.Star, exp.Literal, exp.Boolean, exp.Null)
    return all(isinstance(each.unalias(), plain) for each in query.expressions)


RULE = Rule("push_limit", push_limit, needs_facts=True)
