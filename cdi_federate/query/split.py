"""Plan → FederatedPlan: each branch's share at its source, and the residual that puts everything together.

    WITH "cdi_1" AS NOT MATERIALIZED (
      SELECT <field expressions> FROM <leaf> AS t WHERE <mapping's where> [AND <copies of filters>]
      UNION ALL … ),
    <the user's own CTEs> <the user's own statement>

The trees of expressions are shared between plans; whoever writes or changes a plan's tree copies it first.

A branch whose source has a dialect reads a fragment: `SELECT <wire columns> FROM table WHERE <proved filters> LIMIT n`.
Equal fragments are one, and so are equal scans. Of several fragments each is a MATERIALIZED CTE: they run side by side.

A scan that gives keys comes before: its rows are kept, narrowed by the query's own filters over it, and the residual
reads them there. A fragment that takes keys has a hole for each, which is filled when they are known.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query import apart, candidates, keeping, merge, named, referring, sharing, summaries, summing, unseen
from cdi_federate.query.apart import Ctes
from cdi_federate.query.declared import declared, gathers
from cdi_federate.query.fences import Fence, fence_of, fenced, fenced_fields
from cdi_federate.query.fragments import fragment
from cdi_federate.query.keeping import kept_name
from cdi_federate.query.parts import Parts, crowd_of
from cdi_federate.query.saying import NO_FACTS, ONE, Saying, fields_of, saying_of, way_of
from cdi_federate.query.shapes import ALIAS, name_of, null_of
from cdi_federate.query.spell import in_place
from cdi_federate.query.stretches import stretches
from cdi_federate.query.twins import said, twins
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.relations import FileScan, KeptRows, Leaf
from cdi_federate.stages.steps import FederatedPlan, Hole, Keep, KeySet, Residual, Step
from cdi_federate.tree import Tree


def split(plan: Plan) -> FederatedPlan:
    """Return the steps of a plan; the residual comes last."""
    taken: list[str] = []
    kept = [*named.steps(plan), *(step for scan in _givers(plan) for step in _keep(scan, plan, taken))]
    kept += candidates.steps(plan, taken, _scan)
    parts = Parts(taken, fence_of(plan.query.bound.tree), plan.ids, crowd=crowd_of(plan), wanted=candidates.few(plan))
    parts.gathered = gathers(plan.tree)
    scans = _scans(plan, parts)
    for node, relation in plan.system.items():
        parts.leaves[f"{node}_rows"] = relation  # type: ignore[assignment]  # rows written out are a leaf
        scans.append((node, tree.select([tree.star()], tree.table(f"{node}_rows")), False))
    query = plan.query
    guards: Ctes = [(cte.alias, cte.this, False) for cte in tree.ctes(plan.tree) if cte.alias in query.ctes]
    bare = tree.without_ctes(plan.tree, query.ctes) if query.ctes else plan.tree
    # Kept rows would be read to the end where a LIMIT stops early.
    files = [] if query.apart or plan.tree.find(exp.Limit, exp.Fetch) else [*sharing.shared(parts)]
    ctes: Ctes = [*parts.fetched(), *files, *scans, *guards]
    put_down = apart.put_down(ctes, plan, parts) if query.apart else []
    statement = tree.with_ctes(bare, apart.read_back(ctes, put_down, parts) if put_down else ctes)
    written = query.bound.written if plan.tree is query.tree else ""
    leaves = apart.leaves_of(statement, parts.leaves) if put_down else parts.leaves
    residual = Residual(statement, MappingProxyType(leaves), written)
    return FederatedPlan(plan, (*kept, *parts.fetches(), *put_down, residual), plan.query.bound.parameters)


def _givers(plan: Plan) -> list[Scan]:
    """Return the scans whose keys others take, each after those whose keys it takes itself."""
    scans = {scan.ref.node: scan for scan in plan.every}
    ordered: dict[str, Scan] = {}

    def place(node: str) -> None:
        if node not in ordered:
            for keyed in scans[node].keyed:
                place(keyed.giver)
            ordered[node] = scans[node]

    for scan in plan.every:
        for keyed in scan.keyed:
            place(keyed.giver)
    return list(ordered.values())


def _keep(scan: Scan, plan: Plan, taken: list[str]) -> list[Step]:
    """Return the steps that keep the rows of a scan, and collect the keys that others take from it."""
    parts, node = Parts(taken, Fence.NONE, plan.ids, crowd=crowd_of(plan), gathered=True), scan.ref.node
    query = _scan(scan, parts)
    wanted = [*keeping.conditions(scan, parts), *unseen.asked_here(plan, scan)]
    rows = tree.select([tree.star()], tree.table(node, alias=ALIAS), where=tree.all_of(*wanted) if wanted else None)
    statement = tree.with_ctes(rows, [*parts.fetched(), (node, query, False)])
    steps: list[Step] = [*parts.fetches(), Keep(kept_name(node), Residual(statement, MappingProxyType(parts.leaves)))]
    asked: dict[str, KeySet] = {}
    for keyed in (keyed for other in plan.every for keyed in other.keyed if keyed.giver == node):
        most = max(keyed.most, asked[keyed.keys].most) if keyed.keys in asked else keyed.most
        asked[keyed.keys] = KeySet(keyed.keys, kept_name(node), keyed.given, most)
    return [*steps, *asked.values()]


def _scans(plan: Plan, parts: Parts) -> list[tuple[str, Tree, bool | None]]:
    """Return a CTE for each scan. Mentions that read the very same share one, which the engine may keep and read twice.

    Not where a comparison is laid over a mention: by itself it lets the engine skip what the other mention needs.
    """
    given = {keyed.giver for scan in plan.every for keyed in scan.keyed}
    scans = {scan.ref.node: scan for scan in plan.scans}
    first: dict[tuple[object, ...], int] = {}
    known: dict[str, tuple[object, ...]] = {}
    same = twins(plan.every) if given else {}
    ctes: list[tuple[str, Tree, bool | None]] = []
    for joint in plan.joints:
        if joint.scan.summary is not None:
            ctes += summaries.parted(joint, _scan(joint.scan, parts))
        else:
            kept = joint.scan.ref.node in given
            rows = _kept_rows(joint.scan, parts) if kept else _scan(joint.scan, parts)
            ctes += referring.parted(joint, scans, rows, kept=kept)
            none = (replace(scans[node], branches=()) for node in joint.absorbed)
            ctes += [(scan.ref.node, _scan(scan, parts), False) for scan in none]
    finding = {node for scan in plan.scans if scan.merge and scan.merge.wanted for node in scan.merge.wanted.scans()}
    finding |= set(plan.joined)
    for scan in (each for each in plan.scans if each.ref.node not in finding):
        if same.get(scan.ref.node) in given:
            ctes.append((scan.ref.node, _kept_rows(scan, parts, same[scan.ref.node]), False))
            continue
        key: tuple[object, ...] = (scan.entity.name, scan.fields, tuple(said(branch) for branch in scan.branches))
        if scan.merge is not None:
            key = (*key, known[scan.merge.records])
        known[scan.ref.node] = key
        if scan.feeds in parts.wanted:
            key = (*key, scan.feeds)
        told = scan.summary is not None or scan.keyed or scan.named
        alike = not told and all(filter_.clause is None for filter_ in scan.filters)
        if alike and key in first:
            name, query, _ = ctes[first[key]]
            ctes[first[key]] = (name, query, None)
            ctes.append((scan.ref.node, tree.select([tree.star()], tree.table(name)), False))
            continue
        if alike:
            first[key] = len(ctes)
        query = _scan(scan, parts) if scan.merge is None else merge.merged(scan, scans[scan.merge.records], parts)
        ctes.append((scan.ref.node, query, False))
    return ctes


def _kept_rows(scan: Scan, parts: Parts, node: str = "") -> Tree:
    """Return the rows of a scan, which are kept under its node or another's."""
    leaf, guarded = parts.leaf(KeptRows(kept_name(node or scan.ref.node))), fenced_fields(parts.fence, scan)
    names = [name for name, _ in summaries.columns_wanted(scan)] if scan.summary else [f.name for f in fields_of(scan)]
    return tree.select(_fenced(names, guarded) if guarded else [tree.star()], tree.table(leaf, alias=ALIAS))


def _scan(scan: Scan, parts: Parts) -> Tree:
    """Return the UNION ALL of a scan's branches, of no rows where it has none."""
    if not scan.branches:
        columns = summaries.columns_wanted(scan) if scan.summary else [(f.name, f.type) for f in fields_of(scan)]
        nulls = ", ".join(f"{null_of(type_)} AS {name_of(name)}" for name, type_ in columns)
        return tree.select([tree.said(nulls or f"1 AS {name_of(ONE)}")], where=tree.never())
    if scan.summary is None:
        return tree.union_all([_arm(branch, scan, parts) for branch in scan.branches])
    told = [_parts_of(branch, scan, parts) for branch in scan.branches if branch.summed is not None]
    here = [_arm(branch, scan, parts) for branch in scan.branches if branch.summed is None]
    return tree.union_all([*told, *([summing.here(tree.union_all(here), scan)] if here else [])])


def _parts_of(branch: Branch, scan: Scan, parts: Parts) -> Tree:
    """Return the summary of a branch that its source computes."""
    facts, asked = branch.facts or NO_FACTS, summaries.asked(branch, scan)
    name = fragment(
        branch, facts, asked.columns, (asked.sent, None, asked.wire), parts, group=asked.group, having=asked.having
    )
    read = tree.subquery(tree.select(asked.back, tree.table(name, alias="w")), ALIAS)
    return tree.select(summaries.outputs(branch, scan), read, where=summaries.any_rows())


def _arm(branch: Branch, scan: Scan, parts: Parts) -> Tree:
    """Return the rows of a branch, but for those that a guard leaves out where its source was not told."""
    rows = _rows(branch, scan, parts)
    if not branch.checked:
        return rows
    where = tree.all_of(*map(tree.detached, branch.checked))
    return tree.select([tree.star()], tree.subquery(rows, scan.ref.alias), where=where)


def _rows(branch: Branch, scan: Scan, parts: Parts) -> Tree:
    facts, saying = branch.facts or NO_FACTS, saying_of(branch, scan)
    outputs = [tree.said(saying.outputs)]
    where: list[Tree] = [saying.where] if saying.where is not None else []
    guarded: set[str] = set()
    if branch.dialect:
        keyed = (Hole(keyed.keys, keyed.field, scan.entity, branch) for keyed in scan.keyed)
        known = (*keyed, *named.holes(scan, branch), *merge.holes(branch, scan, parts))
        source = _remote(branch, facts, saying, parts, known)
    else:
        relation = facts.relation or branch.relation
        leaf = sharing.leaf_of(relation, branch, scan, saying, parts)  # type: ignore[arg-type]  # read in place
        source = _read(leaf, relation, saying.columns)  # type: ignore[arg-type]
        where += [in_place(push.raw, facts) for push in branch.pushed if push.raw is not None]
        guarded = fenced(parts.fence, branch, scan, relation, saying.columns)
    predicate = tree.all_of(*where) if where else None
    # A strict field may fail; it must not be evaluated on rows that the mapping leaves out.
    held = saying.strict and predicate is not None
    if held or guarded:
        read = _fenced([column.name for column in saying.columns], guarded) if guarded else [tree.star()]
        inner = tree.select(read, source, where=predicate, offset=0 if held else None)
        source, predicate = tree.subquery(inner, ALIAS), None
    wanted = [each for each in (predicate, merge.is_wanted(branch, scan, parts)) if each is not None]
    joins = tuple(merge.look_ups(branch, scan, parts))
    return tree.select(outputs, source, where=tree.all_of(*wanted) if wanted else None, left_joins=joins)


def _read(leaf: str, relation: Leaf, columns: tuple[ColumnFacts, ...]) -> Tree:
    """Return what the engine reads in place, as `t`.

    Parquet's statistics leave NaN out, and the engine believes them: `x > 2.5` would skip a row group for its greatest
    number, and max(x) would be that. Twice negated, a value is the same and the statistics are not asked.
    """
    if not isinstance(relation, FileScan) or relation.format != "parquet" or not any(map(_may_be_nan, columns)):
        return tree.table(leaf, alias=ALIAS)
    plain = {column.name: tree.column(column.name, "p") for column in columns}
    read = [
        tree.aliased(tree.twice_negated(plain[c.name]) if _may_be_nan(c) else plain[c.name], c.name) for c in columns
    ]
    return tree.subquery(tree.select(read, tree.table(leaf, alias="p")), ALIAS)


def _fenced(columns: list[str], guarded: set[str]) -> list[Tree]:
    """Return columns of `t`; conditions below them reach the scan, what the engine learns above them does not."""
    plain = [(name, tree.column(name, ALIAS)) for name in columns]
    return [tree.aliased(tree.or_null(it) if name.lower() in guarded else it, name) for name, it in plain]


def _may_be_nan(column: ColumnFacts) -> bool:
    return column.type in ("DOUBLE", "FLOAT")


def _remote(branch: Branch, facts: TableFacts, saying: Saying, parts: Parts, holes: tuple[Hole, ...]) -> Tree:
    """Return the fragment's rows, back in the types of the raw columns, as `t`."""
    way = way_of(saying, branch.dialect)
    list_ = (way.sent, way.words, way.wire)
    cuts = (None,) if holes else stretches(branch, parts.crowd[branch.mapping.source])
    table = declared(branch, [name for name, _ in way.wire]) if parts.gathered and not holes else ()
    names = [fragment(branch, facts, saying.columns, list_, parts, holes=holes, cut=cut, table=table) for cut in cuts]
    alias = "w" if saying.columns else ALIAS
    rows: Tree = tree.table(names[0], alias=alias)
    if len(names) > 1:
        rows = tree.subquery(tree.union_all([tree.select([tree.star()], tree.table(name)) for name in names]), alias)
    return tree.subquery(tree.select([tree.said(way.back)], rows), ALIAS) if saying.columns else rows
