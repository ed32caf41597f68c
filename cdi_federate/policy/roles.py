"""Which role a user may take: a role is granted by policies, not wished for."""

from __future__ import annotations

from cdi_federate.errors import RoleError, UsageError, nearest
from cdi_federate.policy.model import Attributes, Policy

ANYONE = "*"
"""The entry among users that holds for everybody; a user's own entry comes before it."""


def taken(policy: Policy, user: str, wanted: str) -> tuple[str, Attributes]:
    """Return the role that a user takes, and the user's attributes. Nothing wanted: the only role there is for them.

    Raises:
        RoleError: the user may not take it, or has none.
        UsageError: the user has several, and it is not said which is taken.
    """
    if policy.is_empty:
        return wanted, {}
    known = [policy.users[name] for name in (user, ANYONE) if name in policy.users]
    roles = tuple(dict.fromkeys(role for each in known for role in each.roles))
    attributes = known[0].attributes if known else {}
    if wanted in roles:
        return wanted, attributes
    may = f"Roles of '{user}': {', '.join(roles)}." if roles else f"No file under policies/ names '{user}' as a user."
    if wanted:
        # The same words whether there is such a role or not: which roles others have is nobody's business.
        raise RoleError(
            f"'{user}' may not take the role '{wanted}'", candidates=nearest(wanted, roles, limit=1), help=may
        )
    if len(roles) == 1:
        return roles[0], attributes
    kind = UsageError if roles else RoleError
    raise kind(
        f"this catalog has policies, and it is not said in which role '{user}' asks",
        help=f"{may} Name one: --as ROLE, or connect(as_=…)." if roles else may,
    )


def check_asked(policy: Policy, role: str, purpose: str) -> None:
    """Raise `RoleError` unless there is such a role and it may ask for such a purpose; `UsageError` if none is."""
    if policy.is_empty:
        return
    if role not in policy.roles:
        raise RoleError(
            "this catalog has policies, and who asks has no role in them", help="Nothing is shown without one."
        )
    allowed = policy.roles[role].purposes
    if allowed and purpose not in allowed:
        said = f"the role '{role}' may not ask for '{purpose}'" if purpose else f"the role '{role}' must say what for"
        raise RoleError(said, candidates=nearest(purpose, allowed, limit=1), help=f"Purposes: {', '.join(allowed)}.")
    if purpose and purpose not in policy.purposes:
        near = nearest(purpose, policy.purposes, limit=1)
        raise UsageError(f"no policy knows the purpose '{purpose}'", candidates=near)
