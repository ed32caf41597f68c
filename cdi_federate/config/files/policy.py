"""The shape of policies/*.yaml."""

from __future__ import annotations

from typing import Any, Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import (
    ANYTHING,
    FLAG,
    HIDDEN,
    NAMES,
    STRING,
    TEXT,
    Choice,
    Many,
    Maybe,
    Number,
    Single,
    Table,
)
from cdi_federate.config.secret import Secret


class AllowDeny(Shape):
    """Names, or patterns with *, that are granted or refused."""

    allow: list[str] = entry(NAMES, "Granted.", [])
    deny: list[str] = entry(NAMES, "Refused, whatever else grants it.", [])


class DenyShape(Shape):
    """Names, or patterns with *, that are refused."""

    deny: list[str] = entry(NAMES, "Refused.", [])


class BoundsShape(Shape):
    """How large the answers of a role may be, and how long they may take, where that is less than for all."""

    rows: int | None = entry(Maybe(Number(whole=True, least=1)), "Rows of an answer.", None)
    bytes: int | None = entry(Maybe(Number(whole=True, least=1)), "Bytes of an answer in memory.", None)
    seconds: float | None = entry(Maybe(Number(over=0)), "The most seconds that a query may ask for.", None)


class RoleShape(Shape):
    """Who may see what."""

    description: str = entry(STRING, "Who takes this role.", "")
    entities: AllowDeny = entry(Form(AllowDeny), "Entities that the role may read.", AllowDeny())
    rows: dict[str, str] = entry(Table(TEXT), "Entity → the condition its rows must meet.", {})
    sources: DenyShape = entry(
        Form(DenyShape), "Sources or departments whose records do not exist for it.", DenyShape()
    )
    purposes: list[str] = entry(NAMES, "The only purposes it may ask for, one of which must be named.", [])
    min_group: int | None = entry(Maybe(Number(whole=True, least=1)), "Smallest group an answer may show.", None)
    limits: BoundsShape = entry(
        Form(BoundsShape), "How large its answers may be; of these and the catalog's the narrower hold.", BoundsShape()
    )
    explain: bool = entry(FLAG, "Whether plans are shown with the text sent to sources.", False)
    steward: bool = entry(FLAG, "Whether it may check sources and link records, which reads them all.", False)
    auditor: bool = entry(FLAG, "Whether it may read who asked what, in the audit log.", False)


class MatchShape(Shape):
    """Which columns a rule is about: those that fit all that is said here."""

    tag: str = entry(STRING, "A tag, or a pattern such as pii.*.", "")
    entity: str = entry(STRING, "An entity's name.", "")
    field: str = entry(STRING, "A field's name.", "")
    sensitivity: str = entry(Choice("normal", "special", ""), "Its sensitivity.", "")


class PolicyRuleShape(Shape):
    """What is done with columns, or demanded of rows."""

    description: str = entry(STRING, "Why the rule stands.", "")
    to: list[str] = entry(NAMES, "Roles it holds for; all where none is named.", [])
    match: MatchShape | None = entry(Maybe(Form(MatchShape)), "Columns it is about.", None)
    action: Literal["allow", "mask", "deny"] | None = entry(
        Maybe(Choice("allow", "mask", "deny")), "What is done with them.", None
    )
    using: str = entry(
        STRING, "How they are masked: hash, partial, null, year, last4, domain, constant:…, or SQL over `value`.", ""
    )
    purpose: list[str] = entry(NAMES, "Purposes of asking it holds for.", [])
    on: list[str] = entry(NAMES, "Entities it is about.", [])
    require: str = entry(STRING, "A condition that rows must meet.", "")


class ConsentShape(Shape):
    """Which table says who agreed to what, for `consent('marketing')`."""

    entity: str = entry(TEXT, "The table of consents.")
    customer: str = entry(TEXT, "Its field with the customer's id, or what else it has in common with the customer.")
    purpose: str = entry(TEXT, "Its field that says for what.")
    status: str = entry(TEXT, "Its field that says whether it was given.")
    granted: list[str] = entry(NAMES, "The values of `status` that say yes.", ["granted"])
    channel: str = entry(STRING, "Its field that says over which channel.", "")
    given_at: str = entry(STRING, "Its field that says when: the newest word counts; without it any refusal does.", "")
    expires: str = entry(STRING, "Its field that says until when it holds; NULL: for good.", "")


class UserShape(Shape):
    """Which roles a user may take, and what row filters may know of them."""

    description: str = entry(STRING, "Who this is.", "")
    roles: list[str] = entry(NAMES, "Roles the user may take; one alone is taken unasked.", [])
    attributes: dict[str, Any] = entry(Table(ANYTHING), "Name → text, or list of texts, for ${user.name}.", {})


class PolicyTestShape(Shape):
    """A question, and what a role must get for it."""

    name: str = entry(STRING, "What the test shows.", "")
    role: str = entry(TEXT, "The role that asks.")
    purpose: str = entry(STRING, "What it asks for.", "")
    attributes: dict[str, Any] = entry(Table(ANYTHING), "Attributes of the user that asks.", {})
    sql: str = entry(TEXT, "The question.")
    rows: list[Any] | None = entry(Maybe(Many(ANYTHING)), "The rows expected, each a list of values.", None)
    refused: str = entry(STRING, "Instead of rows: a part of the message with which it is refused.", "")
    ordered: bool = entry(Single("true or false", bool), "Whether the order of rows counts.", False)


class PolicyFile(Shape):
    """policies/*.yaml: roles, rules by tag, users."""

    roles: dict[str, RoleShape] = entry(Table(Form(RoleShape)), "Role → what it may see.", {})
    rules: list[PolicyRuleShape] = entry(Many(Form(PolicyRuleShape)), "Deny beats mask beats allow.", [])
    users: dict[str, UserShape] = entry(Table(Form(UserShape)), "User of the system → the roles they may take.", {})
    consent: ConsentShape | None = entry(Maybe(Form(ConsentShape)), "Where consents stand.", None)
    secret: Secret | None = entry(
        Maybe(HIDDEN), "The key of masks by hash; without it, that of `identity` in catalog.yaml.", None
    )
    tests: list[PolicyTestShape] = entry(Many(Form(PolicyTestShape)), "Questions for `cdi policy test`.", [])
