"""A scan with some of its fields only, and its branches with the shapes of those."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from cdi_federate.stages.plan import Branch, Scan


def with_fields(scan: Scan, fields: tuple[str, ...]) -> Scan:
    """Return a scan of just these fields; the same scan where it has no others."""
    if fields == scan.fields:
        return scan
    return replace(scan, fields=fields, branches=tuple(_narrowed(branch, fields) for branch in scan.branches))


def _narrowed(branch: Branch, fields: tuple[str, ...]) -> Branch:
    kept = {name: shape for name, shape in branch.shapes.items() if name in fields}
    return branch if len(kept) == len(branch.shapes) else replace(branch, shapes=MappingProxyType(kept))
