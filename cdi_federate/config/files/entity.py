"""The shape of entities/*.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from cdi_federate.config.files.base import Names, Shape, Text

RULES = (
    "source_priority", "most_recent", "most_frequent", "oldest", "longest", "shortest", "min", "max", "collect",
    "unanimous", "follow",
)  # fmt: skip


class SurvivorshipShape(Shape):
    """Which record's value a field of a merged entity takes: a rule, or the field whose record it follows."""

    rule: str = Field(default="", description="How the value is chosen.", json_schema_extra={"enum": list(RULES)})
    follow: str = Field(default="", description="Instead of a rule: take the value of the record that gave this field.")
    order: Names = Field(default=[], description="Sources from the most trusted on, for source_priority and ties.")
    of: str = Field(default="", description="With `rule: follow`: the field followed.")
    ignore_empty: bool = Field(default=True, description="Whether NULL and empty text give way to other records.")


SurvivorshipForm = Annotated[
    SurvivorshipShape,
    BeforeValidator(lambda value: {"rule": value} if isinstance(value, str) else value),
    Field(
        json_schema_extra={"_short": {"enum": list(RULES)}, "anyOf": [{"required": ["rule"]}, {"required": ["follow"]}]}
    ),
]


class FieldShape(Shape):
    """A column of an entity."""

    type: Text = Field(description="A DuckDB type: varchar, bigint, decimal(18,2), date, timestamp, varchar[], …")
    description: str = Field(default="", description="What the field means, for people and for `cdi search`.")
    tags: Names = Field(default=[], description="Words that policies and searches select by, such as pii.email.")
    strict: bool = Field(default=False, description="Whether a value that does not fit the type is an error, not NULL.")
    survivorship: SurvivorshipForm | None = Field(default=None, description="Overrides the entity's default rule.")


FieldForm = Annotated[
    FieldShape,
    BeforeValidator(lambda value: {"type": value} if isinstance(value, str) else value),
    Field(json_schema_extra={"_short": {"type": "string", "minLength": 1}}),
]


class IdentityRuleShape(Shape):
    """One way to recognise two records as one customer."""

    id: Text = Field(description="The rule's name; it is kept with each link it makes.")
    on: Names = Field(default=[], description="Fields that must agree, as they are after mapping.")
    requires: Names = Field(default=[], description="Further fields that must agree too.")
    block: Names = Field(default=[], description="Regular expressions of values that link nobody.")
    max_records_per_value: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="A value on more records than this links none of them."
    )
    model: str = Field(default="", description="A model file instead of `on`, relative to the catalog.")
    threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="With model: its least score."
    )


class IdentityShape(Shape):
    """How records of a merged entity are linked."""

    rules: list[IdentityRuleShape] = Field(default=[], description="Tried from the first to the last.")
    conflict: Names = Field(default=[], description="Fields of which two different known values forbid a link.")
    unique: Names = Field(default=[], description="Fields that two customers never share.")
    max_cluster: Annotated[int, Field(ge=2)] = Field(default=8, description="Larger groups go to quarantine.")


class EntityFile(Shape):
    """entities/*.yaml: one table of the virtual schema."""

    entity: Text = Field(description="The table's name in SQL.")
    description: str = Field(default="", description="What one row is.")
    grain: Literal["merged", "records"] = Field(
        default="records", description="merged: one row for each customer; records: one row for each row of a source."
    )
    key: Names = Field(default=[], description="The field or fields that tell rows apart.")
    tags: Names = Field(default=[], description="Words that policies and searches select by.")
    fields: Annotated[dict[Text, FieldForm], Field(min_length=1)] = Field(description="The columns, in order.")
    survivorship: SurvivorshipForm | None = Field(default=None, description="The rule of fields that name none.")
    identity: IdentityShape | None = Field(default=None, description="How records become one customer.")
