"""`cdi identity pin | split`: what a person knows better than the rules."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cdi_federate.cli.verbs.identity.entity import EntityOption, RecordArgument, catalog_of, chosen

ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the decision.")]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take the decision back: the rules decide again.")]


def pin(
    ctx: typer.Context,
    left: RecordArgument,
    right: RecordArgument,
    reason: ReasonOption = "",
    undo: UndoOption = False,
    entity: EntityOption = None,
) -> None:
    """Decide that two records are one customer, whatever the rules and guards say. It holds from the next build on.

    Examples: `cdi identity pin crm:4711 shop:9 --reason "called her"` · `cdi identity pin crm:4711 shop:9 --undo`
    """
    _decided(ctx, "pin", "open" if undo else "must", left, right, reason, entity)


def split(
    ctx: typer.Context,
    left: RecordArgument,
    right: RecordArgument,
    reason: ReasonOption = "",
    undo: UndoOption = False,
    entity: EntityOption = None,
) -> None:
    """Decide that two records are not one customer, whatever links them. It holds from the next build on.

    Examples: `cdi identity split crm:4711 shop:9 --reason "father and son"`
    """
    _decided(ctx, "split", "open" if undo else "cannot", left, right, reason, entity)


def _decided(
    ctx: typer.Context,
    verb: str,
    kind: Literal["must", "cannot", "open"],
    left: str,
    right: str,
    reason: str,
    entity: str | None,
) -> None:
    from cdi_federate.audit import Trail
    from cdi_federate.cli.failures import say
    from cdi_federate.identity.decide import decide

    catalog, subject = catalog_of(ctx)
    trail, act = Trail.of(catalog), f"identity {verb}{' --undo' if kind == 'open' else ''}"

    def note(table: str, ids: tuple[str, str]) -> None:
        if trail is not None:
            trail.decided(act, subject, table, ids)

    done = decide(catalog, chosen(catalog, entity), kind, left, right, reason, before=note)
    words = {"must": "are one customer", "cannot": "are not one customer", "open": "are what the rules say"}[kind]
    say(f"{done.left} and {done.right} {words}, from the next `cdi identity build` on")
