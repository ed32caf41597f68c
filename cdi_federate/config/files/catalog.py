"""The shape of catalog.yaml."""

from __future__ import annotations

from typing import Any, Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import ANYTHING, STRING, TEXT, Choice, Number, Single, Table


class DefaultsShape(Shape):
    """What holds where nothing else is said."""

    deadline: float = entry(Number(over=0), "Seconds a query may take.", 60.0)
    on_failure: Literal["fail", "partial"] = entry(Choice("fail", "partial"), "For sources that do not say it.", "fail")


class CatalogFile(Shape):
    """catalog.yaml: what the whole catalog is."""

    name: str = entry(TEXT, "The catalog's name.")
    version: str | int | float = entry(
        Single("a text or a number", str, int, float), "A version of your own; any text or number.", ""
    )
    description: str = entry(STRING, "What the catalog covers.", "")
    defaults: DefaultsShape = entry(Form(DefaultsShape), "What holds where nothing else is said.", DefaultsShape())
    targets: dict[str, dict[str, dict[str, Any]]] = entry(
        Table(Table(Table(ANYTHING))),
        "Target → source → keys of its connection that differ there, or another `kind` with its connection.",
        {},
    )
