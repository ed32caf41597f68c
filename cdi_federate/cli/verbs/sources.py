"""`cdi sources`: the departmental systems and what each provides."""

from __future__ import annotations

import typer

from cdi_federate.cli.options import FormatOption


def sources(ctx: typer.Context, format: FormatOption = None) -> None:
    """List the departmental systems, who owns them and which tables they feed.

    No system is touched; `cdi doctor` asks whether they answer.
    """
    from cdi_federate.cli.rows import show
    from cdi_federate.explain import listing

    show(listing.sources(ctx.obj.seen()), listing.SourceRow, format)
