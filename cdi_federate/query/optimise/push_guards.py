"""Let a source look itself which of its rows belong to somebody who may be seen, where that one's rows stand in it too.

    FROM invoice AS i WHERE i.customer_id IN (SELECT customer_id FROM customer WHERE tier = 'gold')    a guard's words
    →  at billing:  … FROM invoices WHERE EXISTS (SELECT 1 FROM clients WHERE tier = 'gold' AND client_no = …)
    →  here:        FROM invoice AS i; the customers are not read

Sound because every branch of the rows keeps just those for which the condition is TRUE: of the branches that may have
their keys (`partners.py`) each stands in the same source and is told all of its conditions exactly, and two columns
are equal there just where the two fields are here (`joints.partners_at`). So the condition is said at the sources
alone, and groups, joins, limits and first rows go down as if the guard were not there. Of a branch that cannot the rows
are checked here, before they meet those of others (`Branch.checked`), with the keys of those to whom they may belong.
A row and whom it belongs to are read at one moment where the source looks.
Only what a guard looks into (`weaving.py`), which no other part of the statement reads. Not merged rows, whose keys no
source has; not with a `strict` field, whose error must come for every row that the query reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column
from cdi_federate.query.declared import gathers
from cdi_federate.query.first_rows import SPARSE
from cdi_federate.query.joining_cost import look_pays
from cdi_federate.query.joinings import Pair, Partner
from cdi_federate.query.joints import partners_at
from cdi_federate.query.limits import conjuncts_of, rows_wanted
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.partners import never_meet
from cdi_federate.query.seen import seen_rows
from cdi_federate.query.telling import told
from cdi_federate.query.virtual import schema_of
from cdi_federate.query.weaving import conjuncts, looked_into, without
from cdi_federate.stages.clauses import Always, Unknown
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.tree import Tree


def push_guards(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.partners` and `settled`, and its tree without the conditions that sources keep."""
    before = plan
    for node in sorted(plan.woven):
        scan = next(each for each in plan.scans if each.ref.node == node)
        for part in conjuncts(scan.guard):
            if looked_into(part) not in ("", *plan.settled):
                plan = _settled(plan, node, part, context)
    if plan is before:
        return before
    return replace(plan, tree=without(plan.tree, plan.settled)) if plan.settled else plan


def _settled(plan: Plan, node: str, part: Tree, context: Context) -> Plan:
    """Return the plan in which all sources of a scan keep a condition of its guard, the same plan where one cannot."""
    known = {scan.ref.node: scan for scan in plan.scans}
    looking = _Looking(known, context, gathers(plan.tree), _first_rows(plan.tree))
    scan = looking.with_partners(looking.scans[node], part, whole=False)
    decisions = (*plan.decisions, *looking.decisions)
    if scan is None:
        return replace(plan, decisions=decisions) if looking.decisions else plan
    scans = tuple(scan if each.ref.node == node else looking.scans[each.ref.node] for each in plan.scans)
    return replace(plan, scans=scans, settled=plan.settled | looking.settled, decisions=decisions)


@dataclass(slots=True)
class _Looking:
    """A condition of a guard while it is given to sources, with what it looks into in turn.

    `gathered`: the statement makes groups of all it reads. `first`: how many rows it wants of its one table, and the
    first field by which it sorts them.
    """

    scans: dict[str, Scan]
    context: Context
    gathered: bool
    first: tuple[int, str] | None = None
    settled: frozenset[str] = frozenset()
    decisions: list[Decision] = field(default_factory=list)

    def with_partners(self, scan: Scan, part: Tree, *, whole: bool) -> Scan | None:
        """Return a scan whose branches keep `field IN (SELECT key …)`, or the same with `field IS NULL OR` before.

        `whole`: each of them must; else the rows of those that cannot are checked here. None where none can.
        """
        look = next(each for each in (part, *tree.disjuncts(part)) if isinstance(each, exp.In))
        node, name = looked_into(part), look.this.name.lower()
        owner = self._answered(node, look)
        if owner is None or not (_is_plain(scan) and _is_plain(owner)):
            return None
        key = tree.arg(look, "query").unnest().expressions[0].name.lower()
        if schema_of(scan.entity)[name].type != schema_of(owner.entity)[key].type:
            return None
        self.scans[node] = owner
        partner = Partner(node, (Pair((scan.ref.node, name), (node, key)),), anti=False)
        may_be_null = look is not part
        made = [self._at(branch, scan, partner, may_be_null) for branch in scan.branches]
        deeper = any(map(looked_into, conjuncts(owner.guard)))  # which is not read any more, where sources look
        if not any(made) or ((whole or deeper) and not all(made)):
            return None
        self.settled |= {node}
        left = [branch for branch, kept in zip(scan.branches, made, strict=True) if kept is None]
        needed = tuple(
            other
            for other in owner.branches
            if any(not never_meet(branch.shapes.get(name), other.shapes.get(key)) for branch in left)
        )
        self.scans[node] = replace(owner, branches=needed)
        branches = (
            kept or replace(branch, checked=(*branch.checked, part))
            for branch, kept in zip(scan.branches, made, strict=True)
        )
        return replace(scan, branches=tuple(branches))

    def _answered(self, node: str, look: Tree) -> Scan | None:
        """Return the scan that is looked into, if each of its conditions is a filter or is kept by its sources."""
        owner = self.scans.get(node)
        own = conjuncts(owner.guard) if owner is not None else []
        plain = [part for part in own if not looked_into(part)]
        for part in own:
            if owner is not None and looked_into(part):
                owner = self.with_partners(owner, part, whole=True)
        return owner if owner is not None and conjuncts_of(owner) == len(plain) else None

    def _at(self, branch: Branch, scan: Scan, partner: Partner, may_be_null: bool) -> Branch | None:
        """Return a branch whose source keeps the condition; None where it cannot."""
        if not branch.dialect or branch.facts is None:
            return None
        otherwise = None
        if may_be_null:
            otherwise, proof = told(Unknown(partner.pairs[0].left[1]), branch, scan.entity)
            if otherwise is None or proof.strength is not Strength.EXACT:
                return None
            if isinstance(otherwise, Always):
                return branch
        found = partners_at(branch, scan, partner, self.scans)
        if found is None or not (found.sides or may_be_null):
            return None
        asked = replace(found, otherwise=otherwise)
        reached = self._reached(branch, scan)
        if reached == math.inf and not self.context.eager:
            return None  # the rows that may be seen are found among its first ones (`among.py`)
        kept = seen_rows(scan, self.scans, self.context.costs)
        decision = look_pays(branch, asked, self.context.costs, reached=reached, kept=kept, gathered=self.gathered)
        self.decisions.append(decision)
        pays = decision.pays or self.context.eager
        return replace(branch, partners=(*branch.partners, asked)) if pays else None

    def _reached(self, branch: Branch, scan: Scan) -> float | None:
        """Return about how many rows a source looks at until it has the first ones; infinity where that is all of them.

        None where the statement wants all of them. Of several branches each is asked for its first rows, or all of its
        rows would be sent.
        """
        if self.first is None or branch.facts is None:
            return None
        rows, by = self.first
        shape = branch.shapes.get(by)
        column = branch.facts.column(shape.column) if isinstance(shape, Column) else None
        soon = not by or len(scan.branches) > 1 or (column is not None and column.indexed)
        return float(rows * SPARSE) if soon else math.inf


def _first_rows(query: Tree) -> tuple[int, str] | None:
    """Return how many rows a statement over one table wants, and the field by which it sorts them (empty: none)."""
    rows, order = rows_wanted(query), tree.arg(query, "order")
    plain = isinstance(query, exp.Select) and tree.has_only(
        query, "expressions", "from", "where", "order", "limit", "offset"
    )
    if rows is None or not plain:
        return None
    return rows, "" if order is None else order.expressions[0].this.name.lower()


def _is_plain(scan: Scan) -> bool:
    """Whether a scan reads records as they are, and no error can get lost."""
    strict = any(schema_of(scan.entity)[name].strict for name in scan.fields)
    return scan.merge is None and not scan.feeds and not strict


RULE = Rule("push_guards", push_guards, needs_facts=True)
