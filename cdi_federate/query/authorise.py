"""THE GATE: every virtual table gets its guard. The only file that makes an `AuthorisedQuery`.

It stands before unfolding, because policies speak the virtual vocabulary, and nothing after it may widen access.
"""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog
from cdi_federate.policy.model import Policy
from cdi_federate.query.fencing import is_plain
from cdi_federate.query.guards import Guards
from cdi_federate.query.naming import naming_of
from cdi_federate.query.scope import Columns
from cdi_federate.query.system import SYSTEM
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
    return AuthorisedQuery(
        bound,
        subject,
        MappingProxyType(laid.by_node),
        tuple(laid.tables),
        tree.with_ctes(bound.tree, [(name, select, False) for name, select in laid.ctes]) if laid.ctes else bound.tree,
        tuple(name for name, _ in laid.ctes),
        MappingProxyType(laid.reads),
        pads,
        apart=not is_plain(bound.parsed.reading),
        is_opaque=not policy.role(subject.role).explain,
    )
