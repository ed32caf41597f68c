"""THE GATE: every virtual table gets its guard. The only file that makes an `AuthorisedQuery`.

It stands before unfolding, because policies speak the virtual vocabulary, and nothing after it may widen access.
"""

from __future__ import annotations

from types import MappingProxyType

from cdi_federate.policy.decide import Decision, decide
from cdi_federate.policy.model import Policy
from cdi_federate.stages.query import AuthorisedQuery, BoundQuery, Guard
from cdi_federate.stages.subject import Subject


def authorise(bound: BoundQuery, policy: Policy, subject: Subject) -> AuthorisedQuery:
    """Lay a guard over every virtual table that the query mentions.

    Raises:
        RefusedError: if the subject may not ask this.
    """
    guards = {table.node: _guard(table.entity, decide(policy, subject, table.entity)) for table in bound.tables}
    return AuthorisedQuery(bound, subject, MappingProxyType(guards))


def _guard(entity: str, decision: Decision) -> Guard:
    """A decision that allows everything is an empty guard; there is no other decision before there are policies."""
    return Guard(entity)
