"""The shape of standards/*.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cdi_federate.config.files.base import Scalar, Shape, Text


class StandardFile(Shape):
    """standards/*.yaml: a code list that mappings share."""

    standard: Text = Field(description="The list's name.")
    description: str = Field(default="", description="What it lists.")
    codes: Annotated[dict[str, Scalar], Field(min_length=1)] = Field(description="Raw value → value.")
    else_: Scalar = Field(default=None, alias="else", description="The value of a code that the list does not hold.")
