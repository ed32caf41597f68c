"""The shape of catalog.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from cdi_federate.config.files.base import Shape, Text


class DefaultsShape(Shape):
    """What holds where nothing else is said."""

    deadline: Annotated[float, Field(gt=0)] = Field(default=60.0, description="Seconds a query may take.")
    on_failure: Literal["fail", "partial"] = Field(default="fail", description="For sources that do not say it.")


class CatalogFile(Shape):
    """catalog.yaml: what the whole catalog is."""

    name: Text = Field(description="The catalog's name.")
    version: str | int | float = Field(default="", description="A version of your own; any text or number.")
    description: str = Field(default="", description="What the catalog covers.")
    defaults: DefaultsShape = Field(default_factory=DefaultsShape, description="What holds where nothing else is said.")
    targets: dict[Text, dict[Text, dict[Text, Any]]] = Field(
        default={}, description="Target → source → keys of its connection that differ there (`--target`)."
    )
