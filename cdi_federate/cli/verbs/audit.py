"""`cdi audit show | verify | stats`: who asked what, and whether the log of it is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.options import FormatOption

if TYPE_CHECKING:
    from cdi_federate.audit import Asked
    from cdi_federate.audit.chain import Head
    from cdi_federate.catalog.auditing import Auditing
    from cdi_federate.catalog.model import Catalog


def _place(catalog: Catalog) -> Auditing:
    """Return where the catalog's log is; raises `UsageError` where it has none."""
    from cdi_federate.errors import UsageError

    if catalog.audit is None:
        raise UsageError("this catalog has no audit log", help="`audit: true` in its catalog.yaml makes one.")
    return catalog.audit


def _read(ctx: typer.Context) -> tuple[Path, Callable[[str, int], None]]:
    """Return the log's file for who may read it, an auditor, or anybody where there are no policies; and what notes it.

    That somebody is shown the log is a line of it, written before anything is shown.
    """
    from cdi_federate.audit import Trail

    catalog, subject = ctx.obj.entitled("auditor", "see who asked what")
    path, trail = Path(_place(catalog).path), Trail.of(catalog)

    def note(verb: str, rows: int) -> None:
        if trail is not None:
            trail.looked(f"audit {verb}", subject, "", rows)

    return path, note


def show(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Only what this user asked.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", metavar="TABLE", help="Only what read this table.")] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="WORD", help="Only what read a column of this name, tag, or part of either."),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome", metavar="WORD", help="complete, failed, stopped, left, aborted, refused, looked or decided."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day, or moment, on.")] = None,
    last: Annotated[int, typer.Option("--last", min=0, metavar="N", help="The last N; 0 shows all.")] = 0,
    format: FormatOption = None,
) -> None:
    """Show what was asked: a row a query, in the order in which they began.

    Where the catalog has policies, the role needs `auditor: true`.

    Values are not in the log: every constant of a statement is `?`. A table leaves out what hardly fits; other formats
    have all columns.

    Examples: `cdi audit show --last 20` · `cdi audit show --column pii.email --since 2026-01-01 --format csv`
    """
    from cdi_federate.audit import Asked, asked
    from cdi_federate.cli.rows import show as shown

    def is_wanted(each: Asked) -> bool:
        return (
            user in (None, each.user)
            and (entity is None or entity.lower() in [name.lower() for name in each.entities])
            and (column is None or any(column.lower() in name.lower() for name in each.columns))
            and outcome in (None, each.outcome)
            and (since is None or each.at >= since)
        )

    path, note = _read(ctx)
    found = [each for each in asked(path) if is_wanted(each)]
    found = found[-last:] if last else found
    aside = ("n", "kind", "code", "released", "entities", "sources", "lacks", "query")
    note("show", len(found))
    shown(found, Asked, format, aside=aside)


def verify(
    ctx: typer.Context,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="N:HASH", help="A line and its hash, as they were noted elsewhere (syslog)."),
    ] = None,
) -> int | None:
    """Read the whole log again: was a line changed, left out, exchanged or added, or was its end cut off?

    Says the last line and its hash, which may be noted elsewhere for `--head`. Exit code 1: the log is not whole.

    Examples: `cdi audit verify` · `cdi audit verify --head 4711:9f86d081…`
    """
    from cdi_federate.audit import verify as verified
    from cdi_federate.cli.failures import CHECK_FAILED, counted, say

    place = _place(ctx.obj.audited())
    found = verified(Path(place.path), Path(place.anchor), known=_known(head))
    for finding in found.findings:
        say(finding)
    for note in found.notes:
        say(f"note: {note}")
    if not found.is_whole:
        say(f"the audit log is not whole: {place.path}")
        return CHECK_FAILED
    print(f"{counted(found.lines, 'line')}, whole; the last is {found.head.n}:{found.head.hash}")
    return None


def _known(text: str | None) -> Head | None:
    from cdi_federate.audit.chain import Head
    from cdi_federate.errors import UsageError

    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise UsageError(f"'{text}' is no line and hash", help="Write them as `cdi audit verify` does: 4711:9f86d081…")
    return Head(int(number), digest)


def stats(ctx: typer.Context, format: FormatOption = None) -> None:
    """Count over the log: what each source gave, the fields used most, who asks, what they repeat, what was denied.

    Where the catalog has policies, the role needs `auditor: true`.

    `repeated` are statements that one user asked again with other values, as who narrows an answer down does.
    `seconds` are those in which a source was waited for. Rows and bytes are those that came from it.

    Examples: `cdi audit stats` · `cdi audit stats --format json`
    """
    from cdi_federate.audit import Stat
    from cdi_federate.audit import stats as counted
    from cdi_federate.cli.rows import show as shown

    path, note = _read(ctx)
    found = counted(path)
    note("stats", len(found))
    shown(found, Stat, format)
