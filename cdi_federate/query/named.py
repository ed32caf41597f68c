"""Rows of customers whose ids are given: the crosswalk tells the keys of their records, and sources are told those.

    known     the keys that the crosswalk has of those customers, kept; and a row that says so where it lacks an id
    key sets  those keys by mapping: they fill the holes of the fragments that fetch rows that refer to such records

A record of a customer that the crosswalk knows stands in it, so no other key can have the id. One that the crosswalk
does not know may be of a record that nobody has linked: an id is a hash, no source can look for it, and all rows come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Id, Ref, Shape
from cdi_federate.query.candidates import OPEN, lacking
from cdi_federate.query.fences import Fence
from cdi_federate.query.golden import KEY
from cdi_federate.query.parts import Parts
from cdi_federate.query.shapes import key_text, name_of
from cdi_federate.query.telling import told
from cdi_federate.query.values import literal
from cdi_federate.stages.clauses import Clause, Compare, Within
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.plan import Branch, Named, Plan, Scan
from cdi_federate.stages.steps import Hole, Keep, KeySet, Residual, Step

MOST_IDS = 400
"""Ids of one condition at most."""


def ids_given(clause: Clause) -> tuple[str, ...]:
    """Return the ids that a condition on an id gives; none where it says something else."""
    match clause:
        case Compare(_, "=", str() as value) if "\0" not in value:
            return (value,)
        case Within(_, values) if 0 < len(values) <= MOST_IDS:
            texts = tuple(value for value in values if isinstance(value, str) and "\0" not in value)
            return texts if len(texts) == len(values) else ()
    return ()


def hole(scan: Scan, named: Named, branch: Branch) -> Hole | None:
    """Return the hole of a branch's fragment for the keys of the customers named; None where it cannot be told them."""
    shape = branch.shapes.get(named.field)
    if not branch.dialect or branch.facts is None or not isinstance(shape, Id):
        return None
    if shape.key != key_text(shape.columns):  # stored as a hash, which no source has
        return None
    key: Shape = Column(shape.columns[0])
    if len(shape.columns) > 1:  # several columns make a text that only a reference takes apart, and that has its label
        source, _, mapping = shape.mapping.partition(".")
        key = Ref(source, mapping, shape.columns)
    keyed = replace(branch, shapes=MappingProxyType({**branch.shapes, KEY: key}))
    some = _label(shape) + "|".join("1" for _ in shape.columns)
    if told(Within(KEY, (some,)), keyed, scan.entity)[0] is None:
        return None
    return Hole(_key_set(scan, named, shape.mapping), KEY, scan.entity, keyed)


def holes(scan: Scan, branch: Branch) -> tuple[Hole, ...]:
    """Return all such holes of a branch."""
    return tuple(found for named in scan.named if (found := hole(scan, named, branch)) is not None)


def steps(plan: Plan) -> list[Step]:
    """Return the steps that collect the keys of the customers named."""
    return [step for scan in plan.scans for named in scan.named for step in _collected(scan, named, plan)]


def _collected(scan: Scan, named: Named, plan: Plan) -> Iterator[Step]:
    able = [branch for branch in scan.branches if hole(scan, named, branch) is not None]
    shapes = [branch.shapes[named.field] for branch in able]
    mappings = {shape.mapping: _label(shape) for shape in shapes if isinstance(shape, Id)}
    if not mappings:
        return
    ids: Ids = plan.ids[named.entity]
    assert ids.by_id is not None, "ids are looked up in a crosswalk only"
    parts, given = Parts([], Fence.NONE, plan.ids), [literal(each) for each in named.ids]
    keys = [
        f"CASE WHEN x.mapping = {literal(name)} THEN {f'{literal(label)} || ' if label else ''}x.key END AS k{at}"
        for at, (name, label) in enumerate(mappings.items())
    ]
    known = tree.select(
        [tree.said(", ".join(["x.master_id, x.mapping, x.key", f"false AS {OPEN}", *keys]))],
        tree.table(parts.leaf(ids.by_id), alias="x"),
        where=tree.said(f"x.master_id IN ({', '.join(given)})"),
    )
    rows = tree.union_all([known, lacking(ids, given, len(mappings), parts)])
    kept = f"{scan.ref.node}_{named.field}_known"
    yield Keep(kept, Residual(rows, MappingProxyType(parts.leaves)))
    for at, name in enumerate(mappings):
        yield KeySet(_key_set(scan, named, name), kept, f"k{at}", named.most, OPEN)


def _label(shape: Id) -> str:
    """Return what stands before a key of several columns where it is told."""
    return f"{shape.mapping}:" if len(shape.columns) > 1 else ""


def _key_set(scan: Scan, named: Named, mapping: str) -> str:
    return f"{scan.ref.node}.{named.field}.{name_of(mapping)}"
