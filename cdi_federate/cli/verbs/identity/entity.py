"""The option that says which entity is meant, and what it means where it is not given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.errors import UsageError

if TYPE_CHECKING:
    from cdi_federate.catalog.model import Catalog
    from cdi_federate.stages.subject import Subject

EntityOption = Annotated[
    str | None,
    typer.Option("--entity", "-e", metavar="TABLE", help="The merged table; needed where there are several."),
]
RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="source.mapping:key, or source:key where the source has one mapping.")
]


def catalog_of(ctx: typer.Context) -> tuple[Catalog, Subject]:
    """Return the catalog, with its secrets only where crosswalks have one, for it names the records; and who looks."""
    catalog, subject = ctx.obj.entitled("steward", "see who is linked to whom")
    return (ctx.obj.load(resolved=True) if catalog.identity_secret is not None else catalog), subject


def chosen(catalog: Catalog, asked: str | None) -> str:
    """Return the name of the merged entity that is meant; raises `UsageError` where that is not clear."""
    if asked is not None:
        return asked
    merged = [entity.name for entity in catalog.entities.values() if entity.grain == "merged" and entity.identity]
    if len(merged) == 1:
        return merged[0]
    if not merged:
        raise UsageError(
            "no table of this catalog has rules of identity",
            help="A merged one would say `identity: {rules: [{id: email, on: email}]}` in its file.",
        )
    raise UsageError("several tables have rules of identity", help=f"Name one: --entity {' or '.join(merged)}.")
