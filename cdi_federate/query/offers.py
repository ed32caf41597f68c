"""Which scans of a plan may offer keys to which others, that could be told them and do not know them already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from cdi_federate.query.copies import is_fixed
from cdi_federate.query.giving import is_near
from cdi_federate.query.links import Link, links
from cdi_federate.query.referring import called
from cdi_federate.query.telling import told
from cdi_federate.query.unseen import may_give
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Value, Within
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.types import type_info


def offers(plan: Plan, scans: Mapping[str, Scan]) -> list[Link]:
    """Return the links by which scans, by node, may be told keys."""
    found = [link for link in _links(plan) if may_give(plan, scans[link.giver], scans[link.taker])]
    return [link for link in found if _is_wanted(link, scans) and _can_be_told(link, scans[link.taker])]


def _links(plan: Plan) -> list[Link]:
    """Return the links between scans whose rows come by themselves; where they come together, of what they are then."""
    joints = {node: joint.scan.ref.node for joint in plan.joints if joint.scan.summary is None for node in joint.nodes}
    every = {scan.ref.node: scan for scan in plan.scans if scan.ref.node not in plan.joined or scan.ref.node in joints}
    found: dict[Link, None] = {}
    for link in links(plan.tree, every):
        giver, taker = joints.get(link.giver, link.giver), joints.get(link.taker, link.taker)
        given = link.given if giver == link.giver else called(link.giver, link.given)
        field = link.field if taker == link.taker else called(link.taker, link.field)
        if giver != taker:
            found[Link(giver, given, taker, field, link.text)] = None
    return [*found]


def _is_wanted(link: Link, scans: Mapping[str, Scan]) -> bool:
    """Whether keys are not known before: where both fields are constant, every source was told so."""
    giver, taker = scans[link.giver], scans[link.taker]
    known = is_fixed(giver, link.given) and is_fixed(taker, link.field)
    return not (known and all(branch.dialect for branch in taker.branches))


def _can_be_told(link: Link, taker: Scan) -> bool:
    """Whether some source of the taker can be told keys, and does not look up the giver's rows itself.

    What is read in place can always be narrowed.
    """
    sample = _SAMPLES[type_info(schema_of(taker.entity)[link.field].type).family]
    return is_near(taker) or any(
        told(Within(link.field, (sample,)), branch, taker.entity)[0] is not None
        for branch in taker.branches
        if branch.dialect and branch.facts is not None and not _looks_up(link, branch)
    )


def _looks_up(link: Link, branch: Branch) -> bool:
    return any((joined.giver, joined.field) == (link.giver, link.field) for joined in branch.joined)


_SAMPLES: dict[str, Value] = {
    "integer": 1, "decimal": Decimal(1), "text": "a", "date": date(2000, 1, 1), "timestamp": datetime(2000, 1, 1),
}  # fmt: skip
