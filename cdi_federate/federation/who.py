"""Who asks: the user of this process, in a role that the policies let that user take."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from cdi_federate.audit import Trail
from cdi_federate.audit.words import UNKNOWN
from cdi_federate.errors import RefusedError, RoleError
from cdi_federate.policy.model import Policy, attributes
from cdi_federate.policy.roles import check_asked, taken
from cdi_federate.stages.subject import Subject

Right = Literal["steward", "auditor"]

RIGHTS: dict[Right, str] = {"steward": "It reads every record", "auditor": "It says who asked what"}
"""What a role may do beside asking → why not everybody may."""


def user_of_process() -> str:
    """Return the user that the operating system knows; where it can tell, not what the environment says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return getpass.getuser()


def subject_of(policy: Policy, trail: Trail | None, role: str, purpose: str) -> Subject:
    """Return the user of this process as the subject of queries.

    Raises:
        RoleError: the user may not take the role, or not for that purpose; it is written down first.
        UsageError: it is not said which role, or nobody knows the purpose.
    """
    user = user_of_process()
    with denials_noted(policy, trail, Subject(user, role, purpose)):
        own, known = taken(policy, user, role)
        check_asked(policy, own, purpose)
    return Subject(user, own, purpose, attributes(known))


@contextmanager
def denials_noted(policy: Policy, trail: Trail | None, wanted: Subject) -> Iterator[None]:
    """Write down that somebody may not ask as was `wanted`, before it is told; raises `AuditError` if it cannot."""
    try:
        yield
    except RoleError as error:
        if trail is not None:
            trail.denied("role", told(policy, wanted), error.code)
        raise


def told(policy: Policy, wanted: Subject) -> Subject:
    """Return a subject as it may be written down: a role or purpose that no policy knows may be any text."""
    role = wanted.role if not wanted.role or wanted.role in policy.roles or policy.is_empty else UNKNOWN
    purpose = wanted.purpose
    if purpose and not policy.is_empty and purpose not in policy.purposes:
        purpose = UNKNOWN
    return replace(wanted, role=role, purpose=purpose)


def may_see_plans(policy: Policy, subject: Subject) -> bool:
    """Return whether plans and mappings are shown to a subject in their sources' words."""
    return policy.is_empty or policy.role(subject.role).explain


def require(policy: Policy, trail: Trail | None, subject: Subject, right: Right, what: str) -> None:
    """Raise `RefusedError` unless the role of a subject has a right; who has not is written down first."""
    if policy.is_empty or getattr(policy.role(subject.role), right):
        return
    error = RefusedError(
        f"the role '{subject.role}' may not {what}", help=f"{RIGHTS[right]}: the role needs `{right}: true`."
    )
    if trail is not None:
        trail.denied(what, subject, error.code)
    raise error
