"""What is written down of a query that never ran: a refusal, or a plan that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cdi_federate.errors import QueryError, RoleError
from cdi_federate.federation.plans import Asked
from cdi_federate.federation.setting import Setting
from cdi_federate.federation.who import told
from cdi_federate.stages.events import Teller


@contextmanager
def refusals_noted(setting: Setting, asked: Asked, tell: Teller) -> Iterator[None]:
    """Write down that a query was refused, before who asks is told so; raises `AuditError` instead where it cannot."""
    try:
        yield
    except (QueryError, RoleError) as error:
        if setting.audit is not None:
            who = told(setting.policy, asked.subject)
            setting.audit.refused(tell.query, who, asked.sql, asked.dialect, error.code)
        raise
