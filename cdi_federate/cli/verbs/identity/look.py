"""`cdi identity status | show | why | why-not | quarantine | export`: what the crosswalk says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.options import FormatOption, OutputOption
from cdi_federate.cli.verbs.identity.entity import EntityOption, RecordArgument, catalog_of, chosen

if TYPE_CHECKING:
    from cdi_federate.identity.look import Look
    from cdi_federate.stages.subject import Subject


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the status."""

    what: str
    value: str


def _look(ctx: typer.Context, entity: str | None) -> tuple[Look, Subject]:
    from cdi_federate.identity.look import Look

    catalog, subject = catalog_of(ctx)
    return Look(catalog, chosen(catalog, entity)), subject


def _noted(look: Look, subject: Subject, verb: str, rows: int) -> None:
    """Write down, before it is shown, that somebody is shown keys of the crosswalk."""
    from cdi_federate.audit import Trail

    trail = Trail.of(look.catalog)
    if trail is not None:
        trail.looked(f"identity {verb}", subject, look.entity.name, rows)


def status(ctx: typer.Context, entity: EntityOption = None, format: FormatOption = None) -> None:
    """Say which crosswalk is in force: when it was built, how many records and customers, what is in quarantine.

    Examples: `cdi identity status` · `cdi identity status --format json`
    """
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.store import standing

    look, _ = _look(ctx, entity)
    with look:
        now, decisions = look.crosswalk, standing(look.store.decisions())
        seen = now.state.get("seen", {})
        kinds = [decision.kind for decision in decisions]
        late = len(look.store.decisions()) - int(now.state.get("decisions", 0))
        facts = [
            Fact("table", look.entity.name),
            Fact("built", now.created),
            Fact("run", now.run_id),
            *(Fact(f"{name} records", f"{seen[name]['rows']:,}") for name in sorted(seen)),
            *(Fact(f"{name} records", "not linked yet") for name in look.mappings if name not in seen),
            Fact("records", f"{now.counts['records']:,}"),
            Fact("customers", f"{now.counts['customers']:,}"),
            Fact("linked records", f"{now.counts['linked']:,}"),
            Fact("in quarantine", f"{len(look.quarantine()):,}"),
            Fact("pins", f"{kinds.count('must'):,}"),
            Fact("splits", f"{kinds.count('cannot'):,}"),
            *([Fact("decisions since the build", f"{late:,}")] if late else []),
        ]
    shown(facts, Fact, format)


def show(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="ID", help="A customer's id, one of old, or a record.")],
    entity: EntityOption = None,
    format: FormatOption = None,
) -> None:
    """Show the records of one customer, and the rule that holds each of them.

    Examples: `cdi identity show c0a1b2…` · `cdi identity show crm:4711`
    """
    from cdi_federate.cli.failures import say
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.look import Record

    look, subject = _look(ctx, entity)
    with look:
        master, records = look.customer(customer)
        _noted(look, subject, "show", len(records))
    if ":" not in customer and customer != master:
        say(f"{customer} is now {master}")
    shown(records, Record, format)


def why(
    ctx: typer.Context,
    left: RecordArgument,
    right: RecordArgument,
    entity: EntityOption = None,
    format: FormatOption = None,
) -> int | None:
    """Show the links that make two records one customer: the rules, and the fields that agree.

    Exit code 1: they are not one.

    Examples: `cdi identity why crm:4711 shop:9` · `cdi identity why crm.accounts:4711 shop:9 --format json`
    """
    from cdi_federate.cli.failures import CHECK_FAILED, say
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.look import Step

    look, subject = _look(ctx, entity)
    with look:
        steps = look.why(look.named(left), look.named(right))
        _noted(look, subject, "why", len(steps or ()))
    if steps is None:
        say(f"{left} and {right} are not one customer; `cdi identity why-not {left} {right}` says why not")
        return CHECK_FAILED
    shown(steps, Step, format)
    return None


def why_not(
    ctx: typer.Context,
    left: RecordArgument,
    right: RecordArgument,
    entity: EntityOption = None,
    format: FormatOption = None,
) -> None:
    """Say of each rule why it does not make two records one customer, and what forbids it.

    Examples: `cdi identity why-not crm:4711 shop:9`
    """
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.why_not import why_not as reasons

    look, subject = _look(ctx, entity)
    with look:
        found = reasons(look, look.named(left), look.named(right))
        _noted(look, subject, "why-not", len(found))
    shown([Reason(each) for each in found], Reason, format)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps two records apart."""

    reason: str


def quarantine(ctx: typer.Context, entity: EntityOption = None, format: FormatOption = None) -> None:
    """List the values that link nobody because too many records have them, and the groups that are too large.

    A value is not shown; its records are. A group is that of the links of `rule_id`, which were given up.

    Examples: `cdi identity quarantine` · `cdi identity quarantine --format json`
    """
    from cdi_federate.cli.failures import say
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.look import Kept

    look, subject = _look(ctx, entity)
    with look:
        kept = look.quarantine()
        _noted(look, subject, "quarantine", len(kept))
        if not shown(kept, Kept, format):
            say("nothing is in quarantine")


def export(
    ctx: typer.Context, entity: EntityOption = None, format: FormatOption = None, output: OutputOption = None
) -> None:
    """Write the whole crosswalk: a row a record, with its customer's id. It is personal data, if pseudonymous.

    Examples: `cdi identity export -o crosswalk.parquet` · `cdi identity export --format csv`
    """
    from cdi_federate.cli.formats.output import Output, write_rows
    from cdi_federate.hub.layout import XREF_COLUMNS

    look, subject = _look(ctx, entity)
    with look:
        _noted(look, subject, "export", int(look.crosswalk.counts["records"]))
        rows = look.bench.reader(f"SELECT {', '.join(XREF_COLUMNS)} FROM xref ORDER BY mapping, key")
        write_rows(Output.chosen(format, output, limit=0), rows.schema, rows, tuple(XREF_COLUMNS.values()))
