"""What a source could have been asked beside conditions, and is not: to group, to give its first rows, or a few.

Looked at once the rules have run, so that explain can say why and how to mend it. It changes nothing that is done. What
was decided by cost stands among the decisions already and is not told twice.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.blocks import Block, block_of
from cdi_federate.query.combining import Measures
from cdi_federate.query.computing import hindrance
from cdi_federate.query.foremost import why_not
from cdi_federate.query.limits import conjuncts_of, is_behind, is_exact, rows_wanted, sole_scan
from cdi_federate.query.ordering import sort_keys, unsorted
from cdi_federate.query.slots import is_aggregate, is_alike, slot_of
from cdi_federate.query.terms import term_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Branch, Plan, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.summary import Term
from cdi_federate.tree import Tree


def with_stays(plan: Plan) -> Plan:
    """Return the plan whose branches say what else they are not asked for (`Branch.stays`)."""
    rewritten = (step.before.tree for step in plan.trail if step.rule in ("push_groups", "push_joins"))
    written = replace(plan, tree=next(rewritten, plan.tree))
    scans = tuple(_told(written, scan) for scan in plan.scans)
    return replace(plan, scans=scans)


def _told(plan: Plan, scan: Scan) -> Scan:
    if not any(branch.dialect for branch in scan.branches) or scan.ref.node in plan.joined:
        return scan
    select = _select_over(plan, scan)
    if select is None:
        return scan
    if _groups(select):
        decided = {each.mapping for each in plan.decisions if each.what == "groups"}
        wanted = _ungrouped(plan, select, scan)
        free = [branch for branch in scan.branches if branch.summed is None and branch.mapping.qualified not in decided]
        stays = {id(branch): _of_branch(branch, scan, wanted) for branch in free if branch.dialect}
    elif select is plan.tree and rows_wanted(select) is not None:
        why = _unlimited(plan, select, scan)
        free = [branch for branch in scan.branches if branch.dialect and branch.limit is None]
        stays = {id(branch): why or _unordered(branch, select, scan) for branch in free}
    else:
        return scan
    text = _said(select)
    branches = tuple(
        replace(branch, stays=(Pushed(text, None, proof),)) if (proof := stays.get(id(branch))) is not None else branch
        for branch in scan.branches
    )
    return replace(scan, branches=branches)


def _select_over(plan: Plan, scan: Scan) -> exp.Select | None:
    """Return the SELECT that reads the rows of a scan first; the rows of records are those of who is merged of them."""
    node = scan.ref.node
    for each in plan.scans:
        if each.merge is not None and each.merge.records == node:
            node = each.ref.node
    mentions = [table for table in tree.walk(plan.tree, exp.Table) if table.name == node]
    found = mentions[0].find_ancestor(exp.Query) if len(mentions) == 1 else None
    return found if isinstance(found, exp.Select) else None


def _groups(select: exp.Select) -> bool:
    parts = [*select.expressions, tree.arg(select, "having")]
    aggregates = any(is_aggregate(node) for part in parts if isinstance(part, exp.Expr) for node in _own(part))
    return aggregates or tree.arg(select, "group") is not None or tree.arg(select, "distinct") is not None


def _own(part: Tree) -> list[Tree]:
    """Return the nodes of a part that stand in no query inside it."""
    return list(part.walk(prune=lambda node: isinstance(node, exp.Query)))


def _said(select: exp.Select) -> str:
    """Return the words of a SELECT that ask for groups, or for the first of its rows."""
    found = [tree.arg(select, key) for key in ("group", "order", "limit")]
    if _groups(select):
        aggregates = [node for part in select.expressions for node in _own(part) if is_aggregate(node)]
        distinct = "DISTINCT" if tree.arg(select, "distinct") is not None else ""
        said = ", ".join(dict.fromkeys(tree.text(each) for each in aggregates)) or distinct
        return " ".join(filter(None, (said, tree.text(found[0]) if found[0] is not None else "")))
    return " ".join(tree.text(part) for part in found[1:] if part is not None)


def _ungrouped(plan: Plan, select: exp.Select, scan: Scan) -> Proof | tuple[Block, Measures]:
    """Return why no source of a scan groups, or what each of them would have to compute."""
    if scan.merge is not None or scan.feeds:
        return _local(Reason.MERGED)
    if tree.arg(select, "joins") or len(tree.arg(select, "laterals") or ()):
        return _local(Reason.JOINED)
    block = block_of(plan.tree, scan) if not is_behind(plan, scan) else None
    schema = schema_of(scan.entity)
    if block is None:
        return _local(Reason.AGGREGATE, _odd_aggregate(select, scan))
    if block.conjuncts != conjuncts_of(scan):
        return _local(Reason.INEXACT)
    if strict := [name for name in scan.fields if schema[name].strict]:
        return _local(Reason.STRICT, strict[0])
    measures = Measures(schema)
    for slot in block.slots:
        if measures.put_together(slot) is None:
            return _local(Reason.INEXACT_SUM, tree.text(slot.node))
    return block, measures


def _odd_aggregate(select: exp.Select, scan: Scan) -> str:
    """Return the first aggregate of a SELECT that cannot be put together of parts; empty where it is something else."""
    schema = schema_of(scan.entity)

    def field(node: Tree) -> str | None:
        return node.name.lower() if isinstance(node, exp.Column) and node.name.lower() in schema else None

    def term(node: Tree) -> Term | None:
        return term_of(node, field, schema)

    for part in select.expressions:
        for node in _own(part):
            if is_aggregate(node) and slot_of(node, term) is None and not is_alike(node):
                return tree.text(node)
    return ""


def _of_branch(branch: Branch, scan: Scan, why: Proof | tuple[Block, Measures]) -> Proof | None:
    if isinstance(why, Proof):
        return why
    if not is_exact(branch, len(scan.filters)):
        return _local(Reason.INEXACT)
    block, measures = why
    keys = tuple(name for name in scan.fields if name.lower() in block.keys)
    return hindrance(branch, scan, keys, tuple(measures.all))


def _unlimited(plan: Plan, select: exp.Select, scan: Scan) -> Proof | None:
    """Return why no source is asked for the first rows only; None where that depends on the source."""
    if scan.merge is not None or scan.feeds:
        return _local(Reason.MERGED, why_not(plan))
    if len(plan.scans) > 1 or tree.arg(select, "joins"):
        return _local(Reason.JOINED)
    if sole_scan(plan, "order", "limit", "offset") is None:
        local = any(filter_.clause is None for filter_ in scan.filters) or tree.arg(select, "where") is not None
        return _local(Reason.INEXACT if local else Reason.ROWS_MADE)
    return None


def _unordered(branch: Branch, select: exp.Select, scan: Scan) -> Proof | None:
    if not is_exact(branch, len(scan.filters)):
        return _local(Reason.INEXACT)
    order = tree.arg(select, "order")
    keys = sort_keys(select, order, scan) if order is not None else []
    if keys is None:
        return _local(Reason.ORDER_OF_EXPRESSION)
    name = unsorted(branch, scan, keys)
    return _local(Reason.SORTS_OTHERWISE, name) if name else None


def _local(reason: Reason, detail: str = "") -> Proof:
    return Proof(Strength.LOCAL, reason, detail)
