"""Whether what guards leave of rows still holds where no SELECT of theirs stands between the rows and the statement.

Each conjunct of such a guard stands in the WHERE that reads the rows, word for word, or each source of the rows is told
it exactly: as a condition, or as a look for those to whom the rows belong, of whom the source is told all that their
guard says. Neither the gate's code nor a rule's is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.scope import Item, from_items, resolve
from cdi_federate.stages.joins import Joint, Partners
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


class Said:
    """The statements of a plan, with what guards say in their words; `roots` are all that the engine runs of them."""

    def __init__(self, plan: Plan, roots: Sequence[Tree]) -> None:
        self.plan = plan
        self.scans = {scan.ref.node: scan for scan in plan.scans}
        self.bodies = {cte.alias: cte.this for root in roots for cte in tree.ctes(root)}
        self.looks: set[int] = set()
        self.readers: dict[str, list[Tree]] = {node: [] for node in plan.woven}
        for node, reader in _readers(roots) if plan.woven else ():
            self.readers.get(node, []).append(reader)
        for node, readers in self.readers.items():
            said = {tree.serialise(part) for part in tree.conjuncts(plan.query.guards[node].row_filter)}
            for select in readers:
                for part in _conjuncts(select):
                    if tree.serialise(part) in said:
                        self.looks |= {id(table) for table in part.find_all(exp.Table)}

    def is_looked_into(self, table: exp.Table) -> bool:
        """Return whether a mention stands in what a guard says, whole, in the statement's words."""
        return id(table) in self.looks

    def holds(self, node: str) -> bool:
        """Return whether just the rows that a guard leaves of a scan are read."""
        guard, scan = self.plan.query.guards[node], self.scans.get(node)
        if guard.masks or guard.row_filter is None or self.plan.query.apart:
            return False
        if scan is None:
            return not self.readers[node]
        if set(scan.fields) & guard.denied:
            return False
        for part in tree.conjuncts(guard.row_filter):
            if self._is_answered(node, part):
                continue
            stands = [tree.serialise(part) in map(tree.serialise, _conjuncts(each)) for each in self.readers[node]]
            if not (stands and all(stands)) and not self._is_told(scan, part):
                return False
        return True

    def _is_answered(self, node: str, part: Tree) -> bool:
        """Whether the user's own statement joins a row of a scan with whom it belongs to, of whom the same is asked."""
        look = _look(part)
        own = node.removesuffix("_all")
        tables = [table for table in self.plan.query.bound.tree.find_all(exp.Table) if table.name == own]
        select = tables[0].find_ancestor(exp.Select) if len(tables) == 1 and look is not None else None
        if select is None or look is None:
            return False
        items, ons = from_items(select, {each.removesuffix("_all"): scan for each, scan in self.scans.items()})
        asked = [
            *_conjuncts(select),
            *(each for on in ons if on.filters is None for each in tree.conjuncts(on.condition)),
        ]
        (key,) = (each.name.lower() for each in tree.arg(look, "query").unnest().expressions)
        owner = self.scans[_looked_into(look)]
        for item in items:
            other = self.plan.query.guards.get(f"{item.node}_all") if f"{item.node}_all" in self.plan.woven else None
            if other is None or (other.entity, other.sources) != (owner.guard.entity, owner.guard.sources):
                continue
            filters = [_bare(guard.row_filter) for guard in (other, owner.guard)]
            if (
                filters[0] is not None
                and filters[0] == filters[1]
                and any(_equates(each, items, (own, look.this.name.lower()), (item.node, key)) for each in asked)
            ):
                return True
        return False

    def _is_told(self, scan: Scan, part: Tree) -> bool:
        """Whether all of a scan's sources keep a part of its guard, or it is asked before rows are grouped here."""
        joints = [joint for joint in self.plan.joints if scan.ref.node in joint.nodes]
        if joints:
            return all(self._keeps_joined(each, joint, part) for joint in joints for each in joint.scan.branches)
        summary, where = scan.summary, scan.summary.where if scan.summary is not None else None
        asked_here = tree.serialise(part) in map(tree.serialise, tree.conjuncts(where))
        return all(
            self._keeps(branch, branch.partners, part)
            or (summary is not None and branch.summed is None and asked_here)
            or self._is_checked(branch, scan, part)
            for branch in scan.branches
        )

    def _is_checked(self, branch: Branch, scan: Scan, part: Tree) -> bool:
        """Whether a part of a guard is asked of the rows of each branch of which the plan says so, and of this one."""
        said = tree.serialise(part)
        checked = [each for each in scan.branches if said in map(tree.serialise, each.checked)]
        body = self.bodies.get(scan.ref.node)
        asked = (
            []
            if body is None
            else [each for each in body.find_all(exp.Select) if said in map(tree.serialise, _conjuncts(each))]
        )
        return any(each is branch for each in checked) and len(asked) == len(checked)

    def _keeps_joined(self, joined: Branch, joint: Joint, part: Tree) -> bool:
        """Whether of a join that a source makes as many tables keep a part of a guard as there are scans with it."""
        together = joined.together
        if together is None:
            return False
        said = tree.serialise(part)
        scans = [self.scans[node] for node in joint.nodes if node in self.scans]
        asked = [each for each in scans if said in map(tree.serialise, tree.conjuncts(each.guard.row_filter))]
        own = {branch.mapping.qualified for scan in asked for branch in scan.branches}
        sides = [side.branch for side in together.tables if side.branch.mapping.qualified in own]
        kept = [each for each in sides if self._keeps(each, (*each.partners, *together.partners), part)]
        return len(kept) >= len(asked) > 0

    def _keeps(self, branch: Branch, partners: Sequence[Partners], part: Tree) -> bool:
        """Whether a branch's source is told a part of a guard exactly."""
        look = _look(part)
        if look is None:
            words = tree.text(part)
            told = [push for push in branch.pushed if push.text == words and push.raw is not None]
            return any(push.proof.strength is Strength.EXACT for push in told)
        may_be_null = look is not part
        if may_be_null and look.this.name.lower() not in branch.shapes:
            return True
        owner = self.scans[_looked_into(look)]
        return any(
            not each.anti and (each.otherwise is None or may_be_null) and self._is_of(each, owner) for each in partners
        )

    def _is_of(self, partners: Partners, owner: Scan) -> bool:
        """Whether partners are looked for among the rows of a scan that its guard leaves."""
        entity, hidden = owner.guard.entity.lower(), owner.guard.sources
        parts = tree.conjuncts(owner.guard.row_filter)
        return all(
            side.branch.mapping.entity.lower() == entity
            and side.branch.mapping.source not in hidden
            and all(self._keeps(side.branch, side.branch.partners, part) for part in parts)
            for side, _ in partners.sides
        )


def _look(part: Tree) -> exp.In | None:
    """Return the `IN (SELECT …)` of a part of a guard."""
    found = [each for each in (part, *tree.disjuncts(part)) if isinstance(each, exp.In) and tree.arg(each, "query")]
    return found[0] if found else None


def _looked_into(look: exp.In) -> str:
    return str(tree.arg(tree.arg(look, "query").unnest(), "from").this.name)


def _bare(condition: Tree | None) -> object:
    """Return a condition over one table's columns without that table's name; None where it looks into others."""
    if condition is None or condition.find(exp.Query) is not None:
        return None
    return tree.serialise(tree.replaced(condition, lambda node: tree.column(node.name) if _is_column(node) else None))


def _is_column(node: Tree) -> bool:
    return isinstance(node, exp.Column)


def _equates(part: Tree, items: list[Item], one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether a conjunct says that two fields are equal, each by its table's node and its name in lower case."""
    sides = [part.this.unnest(), part.expression.unnest()] if isinstance(part, exp.EQ) else []
    found = [
        (item.node, side.name.lower())
        for side in sides
        if isinstance(side, exp.Column) and (item := resolve(side, items)) is not None and not item.nullable
    ]
    return len(found) == 2 and set(found) == {one, other}


def _readers(roots: Sequence[Tree]) -> Iterator[tuple[str, Tree]]:
    """Yield each table that is read and what reads it, but for the scans of ours that show the very same rows."""
    for root in roots:
        ours = [cte.this for cte in tree.ctes(root) if cte.alias.startswith("cdi_")]
        shared = {id(table) for each in ours for table in each.find_all(exp.Table)}
        for table in root.find_all(exp.Table):
            if id(table) not in shared:
                yield table.name, table.find_ancestor(exp.Select) or table


def _conjuncts(select: Tree) -> list[Tree]:
    where = tree.arg(select, "where")
    return tree.conjuncts(where.this if where is not None else None)
