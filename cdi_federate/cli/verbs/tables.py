"""`cdi tables`: the virtual schema."""

from __future__ import annotations

import typer

from cdi_federate.cli.options import FormatOption


def tables(ctx: typer.Context, format: FormatOption = None) -> None:
    """List the tables that SQL can ask, and the systems behind each."""
    from cdi_federate.cli.rows import show
    from cdi_federate.explain import listing

    show(listing.tables(ctx.obj.seen()), listing.TableRow, format)
