"""The shape of standards/*.yaml."""

from __future__ import annotations

from cdi_federate.config.files.base import Shape, entry
from cdi_federate.config.files.kinds import SCALAR, STRING, TEXT, Scalar, Table


class StandardFile(Shape):
    """standards/*.yaml: a code list that mappings share."""

    standard: str = entry(TEXT, "The list's name.")
    description: str = entry(STRING, "What it lists.", "")
    codes: dict[str, Scalar] = entry(Table(SCALAR, filled=True, empty_key=True), "Raw value → value.")
    else_: Scalar = entry(SCALAR, "The value of a code that the list does not hold.", None, spelt="else")
