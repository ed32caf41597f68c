"""`cdi diff REF`: what changed between two versions of a catalog."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cdi_federate.cli.options import FormatOption
from cdi_federate.cli.scope import FILE


@dataclass(frozen=True, slots=True)
class Changed:
    """One change, and where it stands."""

    kind: str
    subject: str
    change: str
    place: str


def diff(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="A git commit, tag or branch, or another catalog's folder.")
    ],
    format: FormatOption = None,
) -> int | None:
    """Compare the catalog with an older version of it: breaking changes first, then harmless ones.

    Breaking is what may make somebody's query fail or answer otherwise. Exit code 1 if there is such a change, so that
    a review can stop on it.

    Examples: `cdi diff main` · `cdi diff v1.4 --format markdown` · `cdi diff ../yesterday/catalog`
    """
    from cdi_federate.catalog.diff import compare
    from cdi_federate.catalog.load import load
    from cdi_federate.catalog.revision import at_ref
    from cdi_federate.cli.failures import CHECK_FAILED, say
    from cdi_federate.cli.rows import show

    new = ctx.obj.load()
    target = ctx.obj.target or ""
    folder = Path(ref).expanduser()
    is_folder = (folder / FILE).is_file()
    with (
        nullcontext(load(folder, target=target, resolved=False))
        if is_folder
        else at_ref(ctx.obj.folder(), ref, target=target) as old
    ):
        changes = compare(old, new)
    if not changes:
        say(f"no change since {ref}")
        return None
    rows = (Changed(change.kind, change.subject, change.message, str(change.place or "")) for change in changes)
    show(rows, Changed, format)
    breaking = sum(change.breaking for change in changes)
    say(f"{breaking} breaking, {len(changes) - breaking} harmless since {ref}")
    return CHECK_FAILED if breaking else None
