"""The shapes of the ways in which a mapping makes a field."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from cdi_federate.config.complain import called
from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import (
    FLAG,
    NAMES,
    NUMBER,
    SCALAR,
    STRING,
    TEXT,
    WORDS,
    Kind,
    Maybe,
    Scalar,
    Schema,
    Table,
    TextOr,
)

if TYPE_CHECKING:
    from cdi_federate.config.complain import Complaints
    from cdi_federate.config.located import Path


class ColumnShape(Shape):
    """One raw column, changed by steps, in the order in which they stand here."""

    column: str = entry(TEXT, "The raw column's name.")
    trim: bool = entry(FLAG, "Take spaces off both ends.", False)
    lower: bool = entry(FLAG, "Make letters small.", False)
    null_if: list[str] = entry(WORDS, "Texts that mean that the value is not known: '' or ['', n/a].", [])
    prefix: str = entry(STRING, "Take this text off the front where it is there.", "")
    suffix: str = entry(STRING, "Take this text off the end where it is there.", "")
    codes: str | dict[str, Scalar] | None = entry(
        Maybe(TextOr(Table(SCALAR, empty_key=True))),
        "A shared code list's name, or raw value → value. An unlisted code is NULL.",
        None,
    )
    else_: Scalar = entry(SCALAR, "The value of a code that the list does not hold.", None, spelt="else")
    parse: list[str] = entry(NAMES, "Date formats such as %d/%m/%Y; the first that fits is taken.", [])
    scale: float | int | None = entry(Maybe(NUMBER), "A factor: 0.01 makes cents into euros.", None)
    default: Scalar = entry(SCALAR, "The value where the column is NULL.", None)


class ConstShape(Shape):
    """The same value for every row."""

    const: Scalar = entry(SCALAR, "The value.")


class RefShape(Shape):
    """The key of another mapping's record."""

    ref: str = entry(TEXT, "The mapping referred to: source.mapping.")
    column: list[str] = entry(NAMES, "The raw column or columns that hold that record's key.")


_FORMS: dict[str, type[Shape]] = {"column": ColumnShape, "const": ConstShape, "ref": RefShape}


class FieldMapping(Kind):
    """How a field is made: an SQL expression, a column with steps, a constant, or a reference."""

    def fit(self, value: Any, path: Path, complaints: Complaints) -> str | Shape:
        """Fit the form that is meant."""
        if isinstance(value, str):
            return TEXT.fit(value, path, complaints)  # type: ignore[no-any-return]  # a text stays one
        if isinstance(value, dict) and value:
            form = _FORMS[_form(value)]
            complaints.unknown_keys(path, value, list(form.entries))
            if value:
                return form.fit(value, path, complaints)
        wanted = "an SQL expression, or one of the keys column, const, ref is wanted"
        complaints.say(path, f"{wanted}, not {called(value)}")
        return ""

    def schema(self, definitions: Schema) -> Schema:
        """Give every form."""
        return {"oneOf": [TEXT.schema(definitions), *(Form(shape).schema(definitions) for shape in _FORMS.values())]}


def _form(value: dict[str, Any]) -> str:
    """Return which form a field's mapping has; of a misspelt one, the form whose keys its own are most like."""
    for form in ("ref", "const", "column"):
        if form in value and (form != "column" or value.keys() <= ColumnShape.entries.keys()):
            return form

    def likeness(form: str) -> float:
        scores = (max(SequenceMatcher(None, key, word).ratio() for word in _FORMS[form].entries) for key in value)
        return sum(score for score in scores if score >= 0.6)

    return max(_FORMS, key=likeness)
