"""`cdi shell`: ask one question after another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def shell(
    ctx: typer.Context,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            envvar="CDI_HISTORY",
            metavar="FILE",
            help="Keep what was typed in this file. Otherwise it is forgotten: SQL holds customers' values.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Ask one question after another, with completion of tables, fields, functions and keywords.

    A statement ends at its semicolon and may take several lines. `.help` lists the commands, Ctrl-C stops a running
    query, Ctrl-D leaves.
    """
    import sys

    from cdi_federate.cli.shell.loop import run
    from cdi_federate.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("the shell needs a terminal", help="Pipe SQL into `cdi query` instead.")
    with ctx.obj.connect() as federation:
        run(federation, history)
