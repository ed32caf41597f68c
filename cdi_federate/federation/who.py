"""Who asks: the user of this process, in a role that the policies let that user take."""

from __future__ import annotations

import getpass
import os

from cdi_federate.errors import RefusedError
from cdi_federate.policy.model import Policy, attributes
from cdi_federate.policy.roles import check_asked, taken
from cdi_federate.stages.subject import Subject


def user_of_process() -> str:
    """Return the user that the operating system knows; where it can tell, not what the environment says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return getpass.getuser()


def subject_of(policy: Policy, role: str, purpose: str) -> Subject:
    """Return the user of this process as the subject of queries; raises `UsageError` for a role it may not take."""
    user = user_of_process()
    own, known = taken(policy, user, role)
    check_asked(policy, own, purpose)
    return Subject(user, own, purpose, attributes(known))


def may_see_plans(policy: Policy, subject: Subject) -> bool:
    """Return whether plans and mappings are shown to a subject in their sources' words."""
    return policy.is_empty or policy.role(subject.role).explain


def require_steward(policy: Policy, subject: Subject, what: str) -> None:
    """Raise `RefusedError` unless a subject may do what reads every record."""
    if not policy.is_empty and not policy.role(subject.role).steward:
        raise RefusedError(
            f"the role '{subject.role}' may not {what}", help="It reads every record: the role needs `steward: true`."
        )
