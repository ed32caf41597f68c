"""THE GATE: every virtual table gets its guard. The only file that makes an `AuthorisedQuery`.

It stands before unfolding, because policies speak the virtual vocabulary, and nothing after it may widen access.
"""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog
from cdi_federate.policy.model import Policy
from cdi_federate.query.fencing import cannot_fail
from cdi_federate.query.guards import Guards
from cdi_federate.query.naming import naming_of
from cdi_federate.query.scope import Columns
from cdi_federate.query.system import SYSTEM
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.query import AuthorisedQuery, BoundQuery, Guard
from cdi_federate.stages.subject import Subject


def authorise(
    bound: BoundQuery,
    policy: Policy,
    subject: Subject,
    catalog: Catalog,
    seen: Catalog,
    pads: tuple[tuple[str, bytes], ...] = (),
) -> AuthorisedQuery:
    """Lay a guard over every virtual table that the query mentions; `seen` is the catalog as the subject sees it.

    Raises:
        RefusedError: if the subject may not ask this.
        UsageError: if a policy reads an attribute that the user has not.
    """
    if policy.is_empty:
        guards = {table.node: Guard(table.entity) for table in bound.tables}
        return AuthorisedQuery(bound, subject, MappingProxyType(guards), bound.tables, bound.tree)
    known = {ref.node: Columns(entity) for ref in bound.tables if (entity := seen.entity(ref.entity)) is not None}
    naming = naming_of(bound.tree, known)
    laid = Guards(policy, subject, catalog)
    for ref in bound.tables:
        if ref.entity in SYSTEM:
            laid.scan(ref, Guard(ref.entity))
        else:
            laid.lay(ref, naming.of(ref.alias))
    filtered = any(guard.row_filter is not None for guard in laid.by_node.values())
    masked = any(guard.masks for guard in laid.by_node.values())
    return AuthorisedQuery(
        bound,
        subject,
        MappingProxyType(laid.by_node),
        tuple(laid.tables),
        tree.with_ctes(bound.tree, [(name, select, False) for name, select in laid.ctes]) if laid.ctes else bound.tree,
        tuple(name for name, _ in laid.ctes),
        MappingProxyType(laid.reads),
        pads,
        apart=filtered and (masked or not cannot_fail(bound.parsed.reading, _types(bound, seen))),
        is_opaque=not policy.role(subject.role).explain,
    )


def _types(bound: BoundQuery, seen: Catalog) -> dict[str, set[str]]:
    """Return the types of the columns of all tables that a statement mentions, by name in lower case."""
    found: dict[str, set[str]] = {}
    for entity in {ref.entity for ref in bound.tables}:
        known = seen.entity(entity)
        for name, field in schema_of(known).items() if known is not None else ():
            found.setdefault(name, set()).add(field.type)
    return found
