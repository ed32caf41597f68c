"""`cdi identity build`: bring the crosswalk up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.verbs.identity.entity import EntityOption, chosen

if TYPE_CHECKING:
    from cdi_federate.identity import Built


def build(
    ctx: typer.Context,
    entity: EntityOption = None,
    full: Annotated[bool, typer.Option("--full", help="Link all records anew, not only what changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Link the records of a merged table, and keep who is who in `.cdi/` beside the catalog: keys and ids, no values.

    Only what is new, changed or gone since the last build is linked anew, with all whom that may concern. Whatever
    happens meanwhile, queries see the last crosswalk until the new one is whole.

    Examples: `cdi identity build` · `cdi identity build --dry-run` · `cdi identity build --full`
    """
    from cdi_federate.cli.failures import say
    from cdi_federate.cli.work import Work
    from cdi_federate.identity import build as built

    with ctx.obj.unwalled().connect() as federation, Work() as work:
        name = chosen(federation.catalog, entity)
        limit = ctx.obj.memory_limit or ""
        done = built(federation, name, full=full, dry=dry_run, memory_limit=limit, tell=work)
    for line in told(done):
        say(line)


def told(done: Built) -> list[str]:
    """Return what a build did in words."""
    from cdi_federate.cli.failures import counted

    lines = [
        f"{mapping}: {counted(count, 'row')} without a key, left out"
        for mapping, count in done.findings.without_key.items()
    ]
    lines += [
        f"{mapping}: {counted(count, 'row')} with a key that another row has, left out"
        for mapping, count in done.findings.repeated.items()
    ]
    if done.kind == "unchanged":
        return [*lines, f"nothing changed: {counted(done.records, 'record')}, {counted(done.customers, 'customer')}"]
    would = "would be " if done.dry else ""
    lines.append(
        f"{counted(done.looked_at, 'record')} {would}linked anew: {done.new:,} new, {done.changed:,} changed, "
        f"{done.gone:,} gone"
    )
    if done.joined or done.split:
        lines.append(
            f"{counted(done.joined, 'customer')} {'would join' if done.dry else 'joined'} another, {done.split:,} split"
        )
    if done.quarantined:
        things = "value or group" if done.quarantined == 1 else "values and groups"
        held = f"{done.quarantined:,} {things} of these"
        lines.append(
            f"{held} would go to quarantine" if done.dry else f"{held} in quarantine: `cdi identity quarantine`"
        )
    rest = "" if done.dry else f", in {done.seconds:.1f} s"
    lines.append(f"{counted(done.records, 'record')} of {counted(done.customers, 'customer')}{rest}")
    return lines
