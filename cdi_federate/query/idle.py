"""Records that cannot change what is read of the customers wanted, and need not be fetched of them."""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.catalog.model import Entity
from cdi_federate.query import golden
from cdi_federate.stages.plan import Dropped, Scan


def without_idle(records: Scan, scan: Scan) -> Scan:
    """Return a scan of records without the branches whose records cannot change anything of the customers wanted."""
    entity = scan.entity
    used = {name for name in records.fields if entity.field(name) is not None} - {key.lower() for key in entity.key}
    assert scan.merge is not None and scan.merge.wanted is not None
    if scan.merge.wanted.named() or _reads_all(entity, scan.fields):
        return records
    kept = tuple(branch for branch in records.branches if used & branch.shapes.keys())
    gone = (branch.mapping for branch in records.branches if branch not in kept)
    because = "it provides nothing of what is read of the customers found"
    dropped = tuple(Dropped(mapping.qualified, mapping.source, because) for mapping in gone)
    return replace(records, branches=kept, dropped=(*records.dropped, *dropped)) if dropped else records


def _reads_all(entity: Entity, fields: tuple[str, ...]) -> bool:
    """Whether every record matters: its source or its moment is read, or its empty value may win."""
    if {"_sources", golden.MOMENT} & set(fields):
        return True
    named = (name.removesuffix("__source").removesuffix("__as_of") for name in fields)
    roots = {golden.followed(entity, name) for name in named if entity.field(name) is not None}
    return not all(golden.survivorship(entity, root).ignore_empty for root in roots)
