"""`cdi describe TABLE`: the fields of one table."""

from __future__ import annotations

from typing import Annotated

import typer

from cdi_federate.cli.options import FormatOption


def describe(
    ctx: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table of `cdi tables`.")],
    format: FormatOption = None,
) -> None:
    """Show a table's fields: type, tags, meaning, and the systems that know each.

    Example: `cdi describe customer`
    """
    from cdi_federate.cli.rows import show
    from cdi_federate.explain import listing
    from cdi_federate.explain.lineage import entity_of
    from cdi_federate.query.virtual import schema_of

    catalog = ctx.obj.seen()
    origin = schema_of(entity_of(catalog, table)).values()
    show(listing.describe(catalog, table, origin), listing.FieldRow, format)
