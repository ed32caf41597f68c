"""The shape of one mapping under a source's `provides`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cdi_federate.config.files.base import Names, Scalar, Shape, Text
from cdi_federate.config.files.fields import FieldMapping


class KeyShape(Shape):
    """A key that is stored under a secret's hash in the crosswalk."""

    column: Names = Field(description="The raw column or columns.")
    store: Literal["plain", "hmac"] = Field(default="plain", description="hmac: the crosswalk holds only a keyed hash.")


KeyForm = Annotated[
    KeyShape,
    BeforeValidator(lambda value: value if isinstance(value, dict) else {"column": value}),
    Field(
        json_schema_extra={"_short": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}}
    ),
]


class ClaimsShape(Shape):
    """What the department says of its raw columns."""

    unique: list[Names] = Field(default=[], description="Columns, or lists of columns, that tell rows apart.")
    not_null: Names = Field(default=[], description="Columns that always hold a value.")
    in_: dict[Text, list[Scalar]] = Field(default={}, alias="in", description="Column → all the values it may hold.")
    canonical: dict[Text, list[Literal["lower", "trim"]]] = Field(
        default={}, description="Column → lower, trim: its texts are already small, or without outer spaces."
    )
    trust: bool = Field(default=False, description="Whether a plan may rely on these claims for its answer.")


class MappingTestShape(Shape):
    """A raw row and the row it must give, or null where the mapping's `where` leaves it out."""

    name: Text = Field(description="What the test shows.")
    given: Annotated[dict[Text, Scalar], Field(min_length=1)] = Field(description="Raw column → value.")
    expect: Annotated[dict[Text, Scalar], Field(min_length=1)] | None = Field(
        description="Field → value; null where the mapping's `where` leaves the row out."
    )


class MappingShape(Shape):
    """How one table of this source provides fields of an entity."""

    name: str = Field(default="", description="The mapping's name; the table's name where it is not given.")
    from_: Text = Field(
        alias="from",
        description="A table or view; a path or glob under connection.path; or a SELECT in the source's SQL.",
    )
    options: dict[Text, Any] = Field(default={}, description="A file reader's options, in DuckDB's spelling.")
    where: str = Field(default="", description="Which rows belong: DuckDB SQL over the table's own columns.")
    key: KeyForm | None = Field(default=None, description="The raw column or columns that tell records apart.")
    updated: str = Field(default="", description="The raw column that says when a record was last changed.")
    fields: dict[Text, FieldMapping] = Field(description="Field of the entity → how it is made.")
    claims: ClaimsShape | None = Field(default=None, description="What is known of the raw columns.")
    tests: list[MappingTestShape] = Field(default=[], description="Unit tests, run by `cdi validate --test`.")
