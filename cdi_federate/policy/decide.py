"""The decision: may this subject see this entity? Pure; once a catalog has policies, no rule means no access."""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate.errors import RefusedError
from cdi_federate.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says of one entity for one subject; without policies everything is allowed."""

    entity: str
    allowed: bool


def decide(policy: Policy, subject: object, entity: str) -> Decision:
    """Return the decision for one entity.

    Raises:
        RefusedError: if the catalog has policies. They are not carried out yet, and ignoring them would open the data.
    """
    if not policy.is_empty:
        raise RefusedError(
            "this catalog has policies, and this version does not carry policies out",
            help="Nothing is answered rather than too much. Remove the files under policies/ to query without them.",
        )
    return Decision(entity, allowed=True)
