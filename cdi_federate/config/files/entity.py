"""The shape of entities/*.yaml."""

from __future__ import annotations

from typing import Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.identity import IDENTITY, IdentityShape
from cdi_federate.config.files.kinds import FLAG, NAMES, STRING, TEXT, Choice, Maybe, Schema, Single, Table

RULES = (
    "source_priority", "most_recent", "most_frequent", "oldest", "longest", "shortest", "min", "max", "collect",
    "unanimous", "follow",
)  # fmt: skip


TIES = (
    "source_priority", "most_recent", "most_frequent", "oldest", "longest", "shortest", "min", "max", "source_key",
)  # fmt: skip


class Rule(Single):
    """The name of a rule; whether it is known is checked with the rest of the entity."""

    def schema(self, definitions: Schema) -> Schema:
        """List the rules."""
        return {**super().schema(definitions), "enum": list(RULES)}


class SurvivorshipShape(Shape):
    """Which record's value a field of a merged entity takes: a rule, or the field whose record it follows."""

    rule: str = entry(Rule("a text", str), "How the value is chosen.", "")
    follow: str = entry(STRING, "Instead of a rule: take the value of the record that gave this field.", "")
    order: list[str] = entry(NAMES, "Sources from the most trusted on, for source_priority and ties.", [])
    of: str = entry(STRING, "With `rule: follow`: the field followed.", "")
    ignore_empty: bool = entry(FLAG, "Whether NULL and empty text give way to other records.", True)
    tie: list[str] = entry(NAMES, "What decides between records that the rule finds alike, before the order does.", [])


SURVIVORSHIP = Form(
    SurvivorshipShape,
    lambda value: {"rule": value} if isinstance(value, str) else value,
    {"enum": list(RULES)},
    anyOf=[{"required": ["rule"]}, {"required": ["follow"]}],
)


class FieldShape(Shape):
    """A column of an entity."""

    type: str = entry(TEXT, "A DuckDB type: varchar, bigint, decimal(18,2), date, timestamp, varchar[], …")
    description: str = entry(STRING, "What the field means, for people and for `cdi search`.", "")
    tags: list[str] = entry(NAMES, "Words that policies and searches select by, such as pii.email.", [])
    sensitivity: Literal["normal", "special"] = entry(
        Choice("normal", "special"), "special: hidden from every role that no rule shows it to.", "normal"
    )
    strict: bool = entry(FLAG, "Whether a value that does not fit the type is an error, not NULL.", False)
    survivorship: SurvivorshipShape | None = entry(Maybe(SURVIVORSHIP), "Overrides the entity's default rule.", None)


FIELD = Form(FieldShape, lambda value: {"type": value} if isinstance(value, str) else value, TEXT.schema({}))


class EntityFile(Shape):
    """entities/*.yaml: one table of the virtual schema."""

    entity: str = entry(TEXT, "The table's name in SQL.")
    description: str = entry(STRING, "What one row is.", "")
    grain: Literal["merged", "records"] = entry(
        Choice("merged", "records"),
        "merged: one row for each customer; records: one row for each row of a source.",
        "records",
    )
    key: list[str] = entry(NAMES, "The field or fields that tell rows apart.", [])
    tags: list[str] = entry(NAMES, "Words that policies and searches select by.", [])
    time: str | None = entry(
        Maybe(TEXT),
        "The field that says when, for timelines; null: none does. Otherwise the only one that holds days or moments.",
        None,
    )
    fields: dict[str, FieldShape] = entry(Table(FIELD, filled=True), "The columns, in order.")
    survivorship: SurvivorshipShape | None = entry(Maybe(SURVIVORSHIP), "The rule of fields that name none.", None)
    identity: IdentityShape | None = entry(IDENTITY, "How records become one customer.", None)
