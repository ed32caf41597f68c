"""The shape of policies/*.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cdi_federate.config.files.base import Names, Shape, Text


class AllowDeny(Shape):
    """Names, or patterns with *, that are granted or refused."""

    allow: Names = Field(default=[], description="Granted.")
    deny: Names = Field(default=[], description="Refused, whatever else grants it.")


class RoleShape(Shape):
    """Who may see what."""

    description: str = Field(default="", description="Who takes this role.")
    entities: AllowDeny = Field(default_factory=AllowDeny, description="Entities that the role may read.")
    rows: dict[Text, Text] = Field(default={}, description="Entity → the condition its rows must meet.")
    min_group: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Smallest group an answer may show."
    )
    explain: bool = Field(default=False, description="Whether plans are shown with the text sent to sources.")


class MatchShape(Shape):
    """Which columns a rule is about."""

    tag: str = Field(default="", description="A tag, or a pattern such as pii.*.")
    entity: str = Field(default="", description="An entity's name.")
    field: str = Field(default="", description="A field's name.")


class PolicyRuleShape(Shape):
    """What is done with columns, or demanded of rows."""

    description: str = Field(default="", description="Why the rule stands.")
    to: Names = Field(default=[], description="Roles it holds for; all where none is named.")
    match: MatchShape | None = Field(default=None, description="Columns it is about.")
    action: Literal["allow", "mask", "deny"] | None = Field(default=None, description="What is done with them.")
    using: str = Field(default="", description="How they are masked: hash, partial, null, year, constant:….")
    purpose: Names = Field(default=[], description="Purposes of asking it holds for.")
    on: Names = Field(default=[], description="Entities it is about.")
    require: str = Field(default="", description="A condition that rows must meet.")


class PolicyFile(Shape):
    """policies/*.yaml: roles, and rules by tag."""

    roles: dict[Text, RoleShape] = Field(default={}, description="Role → what it may see.")
    rules: list[PolicyRuleShape] = Field(default=[], description="Deny beats mask beats allow.")
