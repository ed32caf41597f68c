"""`cdi lineage FIELD`: which source columns feed a field."""

from __future__ import annotations

from typing import Annotated

import typer

from cdi_federate.cli.options import FormatOption


def lineage(
    ctx: typer.Context,
    field: Annotated[str, typer.Argument(metavar="TABLE.FIELD", help="A field, or a table for all its fields.")],
    format: FormatOption = None,
) -> None:
    """Show every source column that feeds a field, and the expression that makes the one of the other.

    Examples: `cdi lineage customer.email` · `cdi lineage customer --format json`
    """
    from cdi_federate.cli.failures import say
    from cdi_federate.cli.rows import show
    from cdi_federate.explain.lineage import Origin

    known = ("entity", "field", "mapping", "standard") if "." in field else ("entity", "mapping", "standard")
    if not show(ctx.obj.lineage(field), Origin, format, aside=known):
        say(f"no source provides {field}: it is always NULL")
