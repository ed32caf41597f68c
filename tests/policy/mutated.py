"""The company of `office.py` with more roles, asked while a condition of the guards is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.federation.views import Views
from cdi_federate.identity import build
from cdi_federate.query import faithful
from cdi_federate.stages.subject import Subject
from tests.policy import office

ROLES = """
roles:
  no_customer: {entities: {allow: ["*"], deny: [customer]}}
  loud: {entities: {allow: ["*"], deny: [PAYMENT]}}
  no_private: {entities: {allow: ["*"]}}
  by_name: {entities: {allow: ["*"]}}
  both: {entities: {allow: ["*"]}}
  initials: {entities: {allow: ["*"]}}
  carer: {entities: {allow: ["*"]}, purposes: [care, other]}
  narrow:
    entities: {allow: ["*"]}
    rows: {customer: "balance < 1000 OR balance IS NULL", orders: "amount > 20"}
    sources: {deny: [desk]}
rules:
  - {to: [no_private], match: {tag: private}, action: deny}
  - {to: [by_name], match: {entity: customer, field: email}, action: deny}
  - {to: [both], match: {tag: pii.phone}, action: mask, using: partial}
  - {to: [both], match: {tag: pii.*}, action: deny}
  - {to: [initials], match: {tag: pii.name}, action: mask, using: partial}
  - {to: [carer], purpose: care, match: {sensitivity: special}, action: allow}
"""
GIFT = "entity: gift\nkey: gift_id\nfields: {gift_id: integer, giver: varchar, taker: varchar}\n"
GIFTS = """  gift:
    from: "SELECT no AS id, account AS giver, CASE no WHEN 10 THEN 3 WHEN 11 THEN 1 END AS taker FROM orders"
    key: id
    fields: {gift_id: id, giver: {ref: crm.accounts, column: giver}, taker: {ref: crm.accounts, column: taker}}
"""
CONSENTS = (
    "canary@x.fr,marketing,email,granted,2024-01-01 10:00:00,\n"
    "canary@x.fr,marketing,email,withdrawn,2024-01-01 10:00:00,\n"
    "canary2@x.it,marketing,email,granted,2024-01-01 10:00:00,\n"
    "canary2@x.it,marketing,email,withdrawn,,\n"
)
ATTRIBUTES = {"": {"lands": ("DE", "US"), "most": "1000"}, "sly": {"lands": ("DE",), "most": "1 OR TRUE"}, "bare": {}}
"""What is said behind a role → the attributes of who asks."""

_LINE = re.compile(
    r"(?P<blind>blind )?(?P<role>\w+)(/(?P<purpose>\w+))?( (?P<who>\w+))?: (?P<sql>.*?)( => (?P<told>.*))?"
)


def company(folder: Path) -> Path:
    """Write the company with its further roles, gifts between customers, and words about consent."""

    def change(files: dict[str, str]) -> None:
        files["policies/more.yaml"] = ROLES.lstrip()
        files["entities/gift.yaml"] = GIFT
        files["entities/consent.yaml"] = files["entities/consent.yaml"].replace("fields:", "tags: [private]\nfields:")
        files["sources/crm.yaml"] += GIFTS

    accounts = [(*row[:3], "5551234", *row[4:]) if row[0] == 4 else row for row in office.ACCOUNTS]
    office.write(folder, change, rows={"accounts": accounts, "consents": office.CONSENTS + CONSENTS})
    with office.opened(folder, "steward") as federation:
        build(federation, "customer")
    return folder


def told(federation: Federation, line: str) -> tuple[str, str]:
    """Return what a line asks and what is told: the rows, or the code and the first words of the error."""
    found = _LINE.fullmatch(line)
    assert found is not None, line
    attributes: Any = ATTRIBUTES[found["who"] or ""]
    subject = Subject("mallory", found["role"], found["purpose"] or "", attributes)
    with _blind() if found["blind"] else _as_it_is():
        forget(federation)
        try:
            said = repr(
                [row[0] if len(row) == 1 else row for row in federation.sql(found["sql"], subject=subject).fetchall()]
            )
        except CdiError as error:
            said = f"{error.code}: {error.message}"
        except Exception as error:  # what is missing may be missed by a crash
            said = f"a crash: {type(error).__name__}"
        forget(federation)
    return found["told"] or "", said


def forget(federation: Federation) -> None:
    """Forget what was planned, seen and read before: changed code makes others."""
    setting = federation._setting
    setting.views._known.clear()
    setting.plans._kept.clear()
    setting.plans._looked_at.clear()
    faithful._known.clear()


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _blind() -> Iterator[None]:
    """Bind statements over the whole catalog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Views, "of", lambda self, subject: self._whole)
        yield
