"""The shape of one mapping under a source's `provides`."""

from __future__ import annotations

from typing import Any, Literal, get_args

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.fields import ColumnShape, ConstShape, FieldMapping, RefShape
from cdi_federate.config.files.kinds import (
    ANYTHING,
    FLAG,
    NAMES,
    SCALAR,
    STRING,
    TEXT,
    Choice,
    Many,
    Maybe,
    Scalar,
    Table,
)

CanonicalForm = Literal[
    "lower", "trim", "country_iso2", "digits", "norm_email", "norm_name", "norm_phone", "norm_postcode"
]
"""What the texts of a column may be claimed to be already."""


class KeyShape(Shape):
    """A key that is stored under a secret's hash in the crosswalk."""

    column: list[str] = entry(NAMES, "The raw column or columns.")
    store: Literal["plain", "hmac"] = entry(
        Choice("plain", "hmac"), "hmac: the crosswalk holds only a keyed hash.", "plain"
    )


KEY = Form(
    KeyShape,
    lambda value: value if isinstance(value, dict) else {"column": value},
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
)


class ClaimsShape(Shape):
    """What the department says of its raw columns."""

    unique: list[list[str]] = entry(Many(NAMES), "Columns, or lists of columns, that tell rows apart.", [])
    not_null: list[str] = entry(NAMES, "Columns that always hold a value.", [])
    in_: dict[str, list[Scalar]] = entry(Table(Many(SCALAR)), "Column → all the values it may hold.", {}, spelt="in")
    canonical: dict[str, list[CanonicalForm]] = entry(
        Table(Many(Choice(*get_args(CanonicalForm)))),
        "Column → what its texts are already: small (lower), without outer spaces (trim), or cleaned as a field is.",
        {},
    )
    trust: bool = entry(FLAG, "Whether a plan may rely on these claims for its answer.", False)


class MappingTestShape(Shape):
    """A raw row and the row it must give, or null where the mapping's `where` leaves it out."""

    name: str = entry(TEXT, "What the test shows.")
    given: dict[str, Scalar] = entry(Table(SCALAR, filled=True), "Raw column → value.")
    expect: dict[str, Scalar] | None = entry(
        Maybe(Table(SCALAR, filled=True)), "Field → value; null where the mapping's `where` leaves the row out."
    )


class MappingShape(Shape):
    """How one table of this source provides fields of an entity."""

    name: str = entry(STRING, "The mapping's name; the table's name where it is not given.", "")
    from_: str = entry(
        TEXT, "A table or view; a path or glob under connection.path; or a SELECT in the source's SQL.", spelt="from"
    )
    options: dict[str, Any] = entry(Table(ANYTHING), "A file reader's options, in DuckDB's spelling.", {})
    where: str = entry(STRING, "Which rows belong: DuckDB SQL over the table's own columns.", "")
    key: KeyShape | None = entry(Maybe(KEY), "The raw column or columns that tell records apart.", None)
    updated: str = entry(STRING, "The raw column that says when a record was last changed.", "")
    fields: dict[str, str | ColumnShape | ConstShape | RefShape] = entry(
        Table(FieldMapping()), "Field of the entity → how it is made."
    )
    claims: ClaimsShape | None = entry(Maybe(Form(ClaimsShape)), "What is known of the raw columns.", None)
    tests: list[MappingTestShape] = entry(Many(Form(MappingTestShape)), "Unit tests, run by `cdi validate --test`.", [])
