"""The shape of policies/*.yaml."""

from __future__ import annotations

from typing import Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import FLAG, NAMES, STRING, TEXT, Choice, Many, Maybe, Number, Table


class AllowDeny(Shape):
    """Names, or patterns with *, that are granted or refused."""

    allow: list[str] = entry(NAMES, "Granted.", [])
    deny: list[str] = entry(NAMES, "Refused, whatever else grants it.", [])


class RoleShape(Shape):
    """Who may see what."""

    description: str = entry(STRING, "Who takes this role.", "")
    entities: AllowDeny = entry(Form(AllowDeny), "Entities that the role may read.", AllowDeny())
    rows: dict[str, str] = entry(Table(TEXT), "Entity → the condition its rows must meet.", {})
    min_group: int | None = entry(Maybe(Number(whole=True, least=1)), "Smallest group an answer may show.", None)
    explain: bool = entry(FLAG, "Whether plans are shown with the text sent to sources.", False)


class MatchShape(Shape):
    """Which columns a rule is about."""

    tag: str = entry(STRING, "A tag, or a pattern such as pii.*.", "")
    entity: str = entry(STRING, "An entity's name.", "")
    field: str = entry(STRING, "A field's name.", "")


class PolicyRuleShape(Shape):
    """What is done with columns, or demanded of rows."""

    description: str = entry(STRING, "Why the rule stands.", "")
    to: list[str] = entry(NAMES, "Roles it holds for; all where none is named.", [])
    match: MatchShape | None = entry(Maybe(Form(MatchShape)), "Columns it is about.", None)
    action: Literal["allow", "mask", "deny"] | None = entry(
        Maybe(Choice("allow", "mask", "deny")), "What is done with them.", None
    )
    using: str = entry(STRING, "How they are masked: hash, partial, null, year, constant:….", "")
    purpose: list[str] = entry(NAMES, "Purposes of asking it holds for.", [])
    on: list[str] = entry(NAMES, "Entities it is about.", [])
    require: str = entry(STRING, "A condition that rows must meet.", "")


class PolicyFile(Shape):
    """policies/*.yaml: roles, and rules by tag."""

    roles: dict[str, RoleShape] = entry(Table(Form(RoleShape)), "Role → what it may see.", {})
    rules: list[PolicyRuleShape] = entry(Many(Form(PolicyRuleShape)), "Deny beats mask beats allow.", [])
