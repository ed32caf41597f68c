"""Which fields tell the rows of a scan apart, so that no two rows are equal in all of them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from cdi_federate.catalog.model import Const, Shape
from cdi_federate.query.partners import never_meet, raw_pair
from cdi_federate.stages.plan import Branch, Scan


def are_unique(scan: Scan, fields: Collection[str]) -> bool:
    """Return whether no two rows of a scan have equal values, none of them NULL, in fields by lower-case name.

    A merged row is its customer's only one. Of records that is certain where their source enforces it, or a trusted
    claim says so, over raw columns that are equal where the fields are, and where no two branches have equal values.
    """
    if scan.merge is not None:
        return {name.lower() for name in scan.entity.key} <= set(fields)
    branches = [branch for branch in scan.branches if all(name in branch.shapes for name in fields)]
    apart = all(_are_apart(one, other, fields) for one, other in combinations(branches, 2))
    return apart and all(_is_unique(branch, fields) for branch in branches)


def _are_apart(one: Branch, other: Branch, fields: Collection[str]) -> bool:
    return any(
        never_meet(one.shapes[name], other.shapes[name]) or _differ(one.shapes[name], other.shapes[name])
        for name in fields
    )


def _differ(one: Shape, other: Shape) -> bool:
    return isinstance(one, Const) and isinstance(other, Const) and one.value != other.value


def _is_unique(branch: Branch, fields: Collection[str]) -> bool:
    pairs = [raw_pair(branch, shape, branch, shape) for shape in (branch.shapes[name] for name in fields)]
    raw = {pair[0].name.lower() for pair in pairs if pair is not None}
    claims = branch.mapping.claims
    known = (*(branch.facts.unique if branch.facts is not None else ()), *(claims.unique if claims.trust else ()))
    return any({name.lower() for name in unique} <= raw for unique in known)
