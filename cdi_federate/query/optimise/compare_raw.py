"""Leave keys that the statement only compares with each other as the raw columns of which they are made.

    SELECT t.category, count(*) FROM ticket AS t JOIN customer AS c ON t.customer_id = c.customer_id GROUP BY ALL
    →  here:  7 is compared with 7, not 'support.contacts:7' with 'support.contacts:7'

Sound because a reference is the name of a mapping and a raw column's text: two of one mapping are equal just where the
columns are, and NULL just where a column is. So it makes no difference to `=`, `<>`, `IN (SELECT …)` and `IS NULL`, if
that is all that the statement says of it and of whatever it is compared with (`only_compared.py`).
Whoever else reads a key needs it whole: a merge, a summary, a joint, who collects keys for other scans, who checks the
rows of one branch, and what is put down where a statement can fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from cdi_federate.catalog.model import Ref, Shape
from cdi_federate.query.only_compared import Key, only_compared
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.partners import never_meet, raw_pair
from cdi_federate.query.twins import twins
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.types import type_info


def compare_raw(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Branch.bare` filled."""
    if plan.query.apart or any(branch.checked for scan in plan.scans for branch in scan.branches):
        return plan
    able = _able(plan)
    named = Counter(shape for scan in able.values() for shape in map(_named, scan.branches[0].shapes.values()) if shape)
    if not any(times > 1 for times in named.values()):
        return plan
    given = {(each.giver, each.given) for scan in plan.every for each in scan.keyed}
    bare: dict[str, set[str]] = {}
    for keys in only_compared(plan.tree, {scan.ref.node: scan for scan in plan.scans}):
        if not keys & given and _are_alike(keys, able):
            for node, field in keys:
                bare.setdefault(node, set()).add(field)
    if not bare:
        return plan
    return replace(plan, scans=tuple(_with_bare(scan, frozenset(bare.get(scan.ref.node, ()))) for scan in plan.scans))


def _able(plan: Plan) -> dict[str, Scan]:
    """Return the scans that are the records of one mapping as they are, and of which no others read what is kept."""
    givers = {each.giver for scan in plan.every for each in scan.keyed}
    same = twins(plan.every) if givers else {}
    shared = Counter(same.values())
    return {
        node: scan
        for scan in plan.scans
        if _is_plain(scan)
        and (node := scan.ref.node) not in plan.joined
        and not (same.get(node) in givers and shared[same[node]] > 1)
    }


def _named(shape: Shape) -> tuple[str, str] | None:
    """Return the mapping to whose records a shape refers by one column."""
    return (shape.source, shape.mapping) if isinstance(shape, Ref) and len(shape.columns) == 1 else None


def _is_plain(scan: Scan) -> bool:
    """Whether a scan is the records of one mapping as they are."""
    plain = scan.merge is None and not scan.feeds and scan.summary is None
    return plain and len(scan.branches) == 1 and scan.branches[0].together is None


def _with_bare(scan: Scan, bare: frozenset[str]) -> Scan:
    return replace(scan, branches=tuple(replace(each, bare=bare) for each in scan.branches)) if bare else scan


def _are_alike(keys: frozenset[Key], able: Mapping[str, Scan]) -> bool:
    """Whether keys refer to records of one mapping by columns that are equal just where the keys are."""
    if not all(node in able for node, _ in keys):
        return False
    sides = [(able[node].branches[0], field) for node, field in sorted(keys)]
    return all(_is_reference(*side) for side in sides) and all(_is_alike(sides[0], side) for side in sides)


def _is_reference(branch: Branch, field: str) -> bool:
    shape = branch.shapes.get(field)
    return shape is not None and _named(shape) is not None and field not in dict(branch.fixed)


def _is_alike(one: tuple[Branch, str], two: tuple[Branch, str]) -> bool:
    (own, field), (other, given) = one, two
    pair = raw_pair(own, own.shapes[field], other, other.shapes[given])
    if pair is None or never_meet(own.shapes[field], other.shapes[given]):
        return False
    left, right = (column.type for column in pair)
    return left == right or type_info(left).family == "integer"


RULE = Rule("compare_raw", compare_raw, needs_facts=True)
