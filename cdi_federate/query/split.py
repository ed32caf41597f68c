"""Plan → FederatedPlan: each branch's share at its source, and the residual that puts everything together.

    WITH "cdi_1" AS NOT MATERIALIZED (
      SELECT <field expressions> FROM <leaf> AS t WHERE <mapping's where> [AND <copies of filters>]
      UNION ALL … ),
    <the user's own CTEs> <the user's own statement>

The trees of expressions are shared between plans; whoever writes or changes a plan's tree copies it first.

A branch whose source has a dialect reads a fragment: `SELECT <wire columns> FROM table WHERE <proved filters> LIMIT n`.
Equal fragments are one, and so are equal scans. Where a plan has several fragments, each is a MATERIALIZED CTE of its
own, so that they run at the same time and are read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.saying import NO_FACTS, ONE, Saying, fields_of, saying_of, way_of
from cdi_federate.query.shapes import ALIAS, name_of, null_of
from cdi_federate.query.spell import at_source, in_place
from cdi_federate.stages.clauses import conjunction
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, FederatedPlan, Fetch, Fragment, Plan, Residual, Scan
from cdi_federate.stages.relations import FileScan, FragmentRef, Leaf, RemoteTable
from cdi_federate.tree import Tree


def split(plan: Plan) -> FederatedPlan:
    """Return the steps of a plan; the residual comes last."""
    parts = _Parts()
    scans = _scans(plan, parts)
    for node, relation in plan.system.items():
        parts.leaves[f"{node}_rows"] = relation  # type: ignore[assignment]  # rows written out are a leaf
        scans.append((node, tree.select([tree.star()], tree.table(f"{node}_rows")), False))
    fetched: list[tuple[str, Tree, bool | None]] = []
    if len(parts.fragments) > 1 or any(count > 1 for count in parts.uses.values()):
        for name in parts.uses:
            leaf = f"{name}_rows"
            parts.leaves[leaf] = parts.leaves.pop(name)
            fetched.append((name, tree.select([tree.star()], tree.table(leaf)), True))
    statement = tree.with_ctes(plan.tree, [*fetched, *scans])
    bound = plan.query.bound
    written = bound.written if plan.tree is bound.tree else ""
    residual = Residual(statement, MappingProxyType(parts.leaves), written)
    fetches = tuple(Fetch(fragment) for fragment in parts.fragments.values())
    return FederatedPlan(plan, (*fetches, residual), plan.query.bound.parameters)


def _scans(plan: Plan, parts: _Parts) -> list[tuple[str, Tree, bool | None]]:
    """Return a CTE for each scan. Mentions that read the very same share one, which the engine may keep and read twice.

    Not where a comparison is laid over a mention: by itself it lets the engine skip what the other mention needs.
    """
    first: dict[tuple[object, ...], int] = {}
    ctes: list[tuple[str, Tree, bool | None]] = []
    for scan in plan.scans:
        key = (scan.entity.name, scan.fields, tuple(_said(branch) for branch in scan.branches))
        shared = scan.guard.is_empty and all(filter_.clause is None for filter_ in scan.filters)
        if shared and key in first:
            name, query, _ = ctes[first[key]]
            ctes[first[key]] = (name, query, None)
            ctes.append((scan.ref.node, tree.select([tree.star()], tree.table(name)), False))
            continue
        if shared:
            first[key] = len(ctes)
        ctes.append((scan.ref.node, _scan(scan, parts), False))
    return ctes


def _said(branch: Branch) -> tuple[object, ...]:
    told = tuple(push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None)
    return (branch.mapping.qualified, told, branch.limit)


@dataclass(slots=True)
class _Parts:
    """What the branches of all scans need: leaves, and fragments by what they say."""

    leaves: dict[str, Leaf] = field(default_factory=dict)
    fragments: dict[tuple[str, str], Fragment] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)

    def leaf(self, leaf: Leaf) -> str:
        """Return the name of a leaf, a new one if it was not there."""
        for name, known in self.leaves.items():
            if known is leaf:
                return name
        name = f"cdi_leaf_{len(self.leaves) + 1}"
        self.leaves[name] = leaf
        return name

    def fragment(
        self, branch: Branch, query: Tree, text: str, wire: tuple[tuple[str, str], ...], held: Tree | None
    ) -> str:
        """Return the name of a fragment, a new one if no other of the source says the same."""
        source, mapping = branch.mapping.source, branch.mapping.qualified
        key = (source, text)
        known = self.fragments.get(key)
        if known is None:
            name = f"cdi_{source}_{len(self.fragments) + 1}"
            look = "" if held is None else tree.text(held, branch.dialect)
            known = Fragment(name, source, branch.dialect, query, wire, (mapping,), text=text, look=look)
            self.leaves[name] = FragmentRef(name)
        elif mapping not in known.mappings:
            known = replace(known, wire=wire, mappings=(*known.mappings, mapping))
        self.fragments[key] = known
        self.uses[known.name] = self.uses.get(known.name, 0) + 1
        return known.name


def _scan(scan: Scan, parts: _Parts) -> Tree:
    """Return the UNION ALL of a scan's branches, of no rows where it has none."""
    if not scan.branches:
        nulls = ", ".join(f"{null_of(field.type)} AS {name_of(field.name)}" for field in fields_of(scan))
        return tree.select([tree.said(nulls or f"1 AS {name_of(ONE)}")], where=tree.never())
    return tree.union_all([_branch(branch, scan, parts) for branch in scan.branches])


def _branch(branch: Branch, scan: Scan, parts: _Parts) -> Tree:
    facts, saying = branch.facts or NO_FACTS, saying_of(branch, scan)
    outputs = [tree.said(saying.outputs)]
    where: list[Tree] = [saying.where] if saying.where is not None else []
    if branch.dialect:
        source = _remote(branch, facts, saying, parts)
    else:
        relation = facts.relation or branch.relation
        source = _read(parts.leaf(relation), relation, saying.columns)  # type: ignore[arg-type]  # read in place
        where += [in_place(push.raw, facts) for push in branch.pushed if push.raw is not None]
    predicate = tree.all_of(*where) if where else None
    if saying.strict and predicate is not None:
        # A strict field may fail; it must not be evaluated on rows that the mapping leaves out.
        inner = tree.select([tree.star()], source, where=predicate, offset=0)
        return tree.select(outputs, tree.subquery(inner, ALIAS))
    return tree.select(outputs, source, where=predicate)


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


def _may_be_nan(column: ColumnFacts) -> bool:
    return column.type in ("DOUBLE", "FLOAT")


def _remote(branch: Branch, facts: TableFacts, saying: Saying, parts: _Parts) -> Tree:
    """Return the fragment's rows, back in the types of the raw columns, as `t`."""
    way = way_of(saying, branch.dialect)
    told = [push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None]
    where = [at_source(conjunction(*told), facts, branch.dialect)] if told else []
    relation = facts.relation or branch.relation
    assert isinstance(relation, RemoteTable), "a source with a dialect has remote tables"
    held = dialect_named(branch.dialect).unchanged(relation, saying.columns)
    where += [] if held is None else [held]
    origin, predicate = _table(relation, branch.dialect), tree.all_of(*where) if where else None
    short = tree.select([tree.said(way.words)], origin, where=predicate, limit=branch.limit)
    text = tree.text(short, branch.dialect)
    query = tree.select(way.sent, origin, where=predicate, limit=branch.limit)
    name = parts.fragment(branch, query, text, way.wire, held)
    if not saying.columns:
        return tree.table(name, alias=ALIAS)
    return tree.subquery(tree.select([tree.said(way.back)], tree.table(name, alias="w")), ALIAS)


def _table(relation: RemoteTable, dialect: str) -> Tree:
    if relation.select:
        return tree.subquery(tree.parse(relation.select, dialect)[0], ALIAS)
    return tree.table(*relation.name)
