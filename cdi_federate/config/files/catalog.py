"""The shape of catalog.yaml."""

from __future__ import annotations

from typing import Any, Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.identity import IdentityKeepingShape
from cdi_federate.config.files.kinds import ANYTHING, FLAG, STRING, TEXT, Choice, Maybe, Number, Single, Table


class DefaultsShape(Shape):
    """What holds where nothing else is said."""

    deadline: float = entry(Number(over=0), "Seconds a query may take.", 60.0)
    on_failure: Literal["fail", "partial"] = entry(Choice("fail", "partial"), "For sources that do not say it.", "fail")


class AuditShape(Shape):
    """Where it is written down who asked what."""

    on: bool = entry(FLAG, "Whether queries are written down.", True)
    path: str = entry(STRING, "The log's folder, relative to the catalog; .cdi/audit where it is not said.", "")
    anchor: str = entry(
        STRING,
        "A file outside of that folder for the log's last line and its hash, or syslog; .cdi/audit.anchor otherwise.",
        "",
    )


class LimitsShape(Shape):
    """How large a statement and its answer may be."""

    characters: int = entry(Number(whole=True, least=1), "Characters of a statement.", 200_000)
    depth: int = entry(Number(whole=True, least=1, most=120), "Brackets inside brackets of a statement.", 120)
    names: int = entry(Number(whole=True, least=1), "Names of columns, tables and functions in a statement.", 20_000)
    rows: int | None = entry(Maybe(Number(whole=True, least=1)), "Rows of an answer; null: any number.", None)
    bytes: int | None = entry(Maybe(Number(whole=True, least=1)), "Bytes of an answer in memory; null: any.", None)
    seconds: float | None = entry(Maybe(Number(over=0)), "The most seconds that a query may ask for.", None)


class CatalogFile(Shape):
    """catalog.yaml: what the whole catalog is."""

    name: str = entry(TEXT, "The catalog's name.")
    version: str | int | float = entry(
        Single("a text or a number", str, int, float), "A version of your own; any text or number.", ""
    )
    description: str = entry(STRING, "What the catalog covers.", "")
    defaults: DefaultsShape = entry(Form(DefaultsShape), "What holds where nothing else is said.", DefaultsShape())
    identity: IdentityKeepingShape = entry(
        Form(IdentityKeepingShape), "How the crosswalks are kept.", IdentityKeepingShape()
    )
    audit: AuditShape | None = entry(
        Maybe(
            Form(
                AuditShape,
                short=lambda value: {"on": value} if isinstance(value, bool) else value,
                shorter={"type": "boolean"},
            )
        ),
        "Whether and where it is written down who asked what; true: in .cdi/audit.",
        None,
    )
    limits: LimitsShape = entry(Form(LimitsShape), "How large statements and answers may be.", LimitsShape())
    targets: dict[str, dict[str, dict[str, Any]]] = entry(
        Table(Table(Table(ANYTHING))),
        "Target → source → keys of its connection that differ there, or another `kind` with its connection.",
        {},
    )
