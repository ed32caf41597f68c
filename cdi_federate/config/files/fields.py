"""The shapes of the ways in which a mapping makes a field."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from cdi_federate.config.files.base import Names, Scalar, Shape, Text, Words


class ColumnShape(Shape):
    """One raw column, changed by steps, in the order in which they stand here."""

    column: Text = Field(description="The raw column's name.")
    trim: bool = Field(default=False, description="Take spaces off both ends.")
    lower: bool = Field(default=False, description="Make letters small.")
    null_if: Words = Field(default=[], description="Texts that mean that the value is not known: '' or ['', n/a].")
    prefix: str = Field(default="", description="Take this text off the front where it is there.")
    suffix: str = Field(default="", description="Take this text off the end where it is there.")
    codes: str | dict[str, Scalar] | None = Field(
        default=None, description="A shared code list's name, or raw value → value. An unlisted code is NULL."
    )
    else_: Scalar = Field(default=None, alias="else", description="The value of a code that the list does not hold.")
    parse: Names = Field(default=[], description="Date formats such as %d/%m/%Y; the first that fits is taken.")
    scale: float | int | None = Field(default=None, description="A factor: 0.01 makes cents into euros.")
    default: Scalar = Field(default=None, description="The value where the column is NULL.")


class ConstShape(Shape):
    """The same value for every row."""

    const: Scalar = Field(description="The value.")


class RefShape(Shape):
    """The key of another mapping's record."""

    ref: Text = Field(description="The mapping referred to: source.mapping.")
    column: Names = Field(description="The raw column or columns that hold that record's key.")


_FORMS: dict[str, type[Shape]] = {"column": ColumnShape, "const": ConstShape, "ref": RefShape}


_KEYS = {form: [info.alias or name for name, info in shape.model_fields.items()] for form, shape in _FORMS.items()}


def _form(value: Any) -> str | None:
    """Return which form a field's mapping has; of a misspelt one, the form whose keys its own are most like."""
    if not isinstance(value, dict):
        return "<expression>" if isinstance(value, str) else None
    for form in ("ref", "const", "column"):
        if form in value and (form != "column" or value.keys() <= {*_KEYS[form]}):
            return f"<{form}>"

    def likeness(form: str) -> float:
        scores = (max(SequenceMatcher(None, str(key), word).ratio() for word in _KEYS[form]) for key in value)
        return sum(score for score in scores if score >= 0.6)

    return f"<{max(_FORMS, key=likeness)}>" if value else None


FieldMapping = Annotated[
    Annotated[Text, Tag("<expression>")]
    | Annotated[ColumnShape, Tag("<column>")]
    | Annotated[ConstShape, Tag("<const>")]
    | Annotated[RefShape, Tag("<ref>")],
    Discriminator(_form),
]
"""How a field is made: an SQL expression, a column with steps, a constant, or a reference."""


TAGS: dict[str, type[Shape]] = {f"<{name}>": shape for name, shape in _FORMS.items()}
"""The names that stand in an error's path for a form of a field."""
