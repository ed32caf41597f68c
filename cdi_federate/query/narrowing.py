"""Scans with some of their fields only, and their branches with the shapes of those."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from cdi_federate.query.golden import read as columns_read
from cdi_federate.query.naming import Naming
from cdi_federate.stages.plan import Branch, Scan


def with_what_is_read(scans: tuple[Scan, ...], read: Naming) -> tuple[Scan, ...]:
    """Return scans with the fields that a statement names of them; the same where it names all.

    Of the records of a merged entity those columns are kept that the merged ones are made of.
    """
    merged = {scan.ref.node: _named(scan, read) for scan in scans if scan.merge is not None}
    return tuple(
        _fed(scan, merged[scan.feeds]) if scan.feeds else merged.get(scan.ref.node) or _named(scan, read)
        for scan in scans
    )


def _fed(records: Scan, merged: Scan) -> Scan:
    wanted = columns_read(merged.entity, merged.fields)
    return with_fields(records, tuple(name for name in records.fields if name in wanted))


def _named(scan: Scan, read: Naming) -> Scan:
    wanted = read.of(scan.ref.alias)
    if wanted is None:
        return scan
    return with_fields(scan, tuple(name for name in scan.fields if name in wanted))


def with_fields(scan: Scan, fields: tuple[str, ...]) -> Scan:
    """Return a scan of just these fields; the same scan where it has no others."""
    if fields == scan.fields:
        return scan
    return replace(scan, fields=fields, branches=tuple(_narrowed(branch, fields) for branch in scan.branches))


def _narrowed(branch: Branch, fields: tuple[str, ...]) -> Branch:
    kept = {name: shape for name, shape in branch.shapes.items() if name in fields}
    return branch if len(kept) == len(branch.shapes) else replace(branch, shapes=MappingProxyType(kept))
