"""What merging adds to the residual: records grouped by customer, and the crosswalk beside rows that need ids of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Id, Ref, Shape
from cdi_federate.query import bounds, golden
from cdi_federate.query.candidates import can_be_told, candidates_name, found_name, key_set
from cdi_federate.query.golden import KEY
from cdi_federate.query.parts import Parts
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import condition, name_of
from cdi_federate.query.values import literal
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.relations import KeptRows
from cdi_federate.stages.steps import Hole
from cdi_federate.tree import Tree


def merged(scan: Scan, records: Scan, parts: Parts) -> Tree:
    """Return the rows of a merged scan, made of those of its records, which stand under their node's name."""
    assert scan.merge is not None
    made = golden.merging(
        scan.entity, scan.fields, scan.merge.mappings, keyless=any(map(may_be_keyless, records.branches))
    )
    source: Tree = tree.table(records.ref.node)
    if made.beside:
        source = tree.subquery(tree.select([tree.star(), tree.said(made.beside)], source), "r")
    rows = tree.select([tree.said(made.outputs)], source, group=[tree.said(each) for each in made.groups])
    if scan.merge.foremost is None:
        return rows
    return bounds.certain(rows, scan.merge.foremost, parts.leaf(KeptRows(found_name(scan.ref.node))))


def may_be_keyless(branch: Branch) -> bool:
    """Return whether a record of the branch may lack its key, as far as its source's facts go."""
    facts = branch.facts or NO_FACTS
    columns = [facts.column(name) for name in branch.mapping.key]
    return not columns or any(column is None or column.nullable for column in columns)


def look_ups(branch: Branch, scan: Scan, parts: Parts) -> Iterator[tuple[Tree, Tree]]:
    """Yield the crosswalk under its alias, and on what it is joined to `t`, for each field that needs ids of it.

    Records of customers that are wanted are joined to those instead: they are few, and all their keys are there.
    """
    for name in scan.fields:
        shape = branch.shapes.get(name.lower())
        if not isinstance(shape, Id):
            continue
        wanted = scan.feeds in parts.wanted and shape.mapping == branch.mapping.qualified and name in _keys(scan)
        crosswalk = KeptRows(candidates_name(scan.feeds)) if wanted else parts.ids[shape.entity].crosswalk
        if crosswalk is not None and (wanted or shape.looked_up):
            alias = _alias(name)
            known = name_of(alias)
            on = f"{known}.mapping = {literal(shape.mapping)} AND {known}.key = {shape.key}"
            yield tree.table(parts.leaf(crosswalk), alias=alias), condition(on)


def is_wanted(branch: Branch, scan: Scan, parts: Parts) -> Tree | None:
    """Return the condition that a record is of a customer that is wanted, None where all are.

    A record without a key is a customer by itself, and nobody has looked for it.
    """
    if scan.feeds not in parts.wanted:
        return None
    (key,) = _keys(scan)
    known = f"{name_of(_alias(key))}.master_id IS NOT NULL"
    wanted, shape = parts.wanted[scan.feeds].wanted, branch.shapes[key]
    given = wanted.named() if wanted is not None else ()
    if given and isinstance(shape, Id):
        known = f"({known} OR {shape.alone} IN ({', '.join(map(literal, given))}))"
    if may_be_keyless(branch):
        columns = " OR ".join(f"{name_of(name)} IS NULL" for name in branch.mapping.key)
        known = f"({known} OR {columns})"
    return condition(known)


def holes(branch: Branch, scan: Scan, parts: Parts) -> tuple[Hole, ...]:
    """Return the holes of a branch's fragment for the keys of the customers that are wanted."""
    if scan.feeds not in parts.wanted or not can_be_told(branch):
        return ()
    mapping = branch.mapping
    key: Shape = Column(mapping.key[0])
    if len(mapping.key) > 1:
        key = Ref(mapping.source, mapping.qualified.removeprefix(f"{mapping.source}."), mapping.key)
    keyed = replace(branch, shapes=MappingProxyType({**branch.shapes, KEY: key}))  # which nothing else may have to read
    keys = key_set(scan.feeds, parts.wanted[scan.feeds].mappings.index(mapping))
    return (Hole(keys, KEY, scan.entity, keyed, may_be_keyless(branch)),)


def _keys(scan: Scan) -> tuple[str, ...]:
    return tuple(name.lower() for name in scan.entity.key)


def _alias(field: str) -> str:
    return f"cdi_x_{field.lower()}"
