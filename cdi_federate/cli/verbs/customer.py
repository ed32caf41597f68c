"""`cdi customer ID`: everything about one customer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cdi_federate.cli.options import DeadlineOption, FailureOption, on_failure_of
from cdi_federate.cli.verbs.identity.entity import EntityOption


class Shown(StrEnum):
    """How a customer is written: for people, or for programs."""

    TABLE = "table"
    JSON = "json"


def customer(
    ctx: typer.Context,
    id: Annotated[str | None, typer.Argument(metavar="ID", help="A customer's id, or one of old.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="X", help="Of whom a record has this e-mail.", show_default=False)
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", metavar="X", help="Of whom a record has this phone.", show_default=False)
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="FIELD=VALUE",
            help="Of whom a record has this value, in a field that tells customers apart. Repeatable.",
            show_default=False,
        ),
    ] = None,
    entity: EntityOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="Leave out what happened before: 2025-01-31.", show_default=False),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="Moments of the timeline, and rows of each list.")
    ] = 100,
    format: Annotated[Shown, typer.Option("--format", help="table for people, json for programs.")] = Shown.TABLE,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.", show_default=False)
    ] = None,
    deadline: DeadlineOption = None,
    on_failure: FailureOption = None,
    allow_wrong: Annotated[
        bool, typer.Option("--allow-wrong", help="Show the profile even where a source of it fails.")
    ] = False,
) -> int | None:
    """Show one customer: who it is, each value with its origin, and all that happened.

    The catalog says which tables tell of a customer: those that refer to it by `ref`. What has a time stands in one
    timeline, newest first; the rest in lists. Exit code 4: a department is missing, which standard error names.

    Examples:

    `cdi customer --email ann@example.org`

    `cdi customer c0a1b2c3d4e5f60718293a4b5c --since 2025-01-01 --format json`

    `cdi customer --by last_name=Smith --by birth_date=1980-12-31`
    """
    from cdi_federate.cli.failures import OK, PARTIAL, say
    from cdi_federate.cli.formats.customer import write
    from cdi_federate.cli.inputs import assignments, moment

    asked = {**assignments(by, "--by"), **{name: x for name, x in (("email", email), ("phone", phone)) if x}}
    with ctx.obj.connect() as federation:
        found = federation.customer(
            id, by=asked, entity=entity, since=moment(since), limit=limit, deadline=deadline,
            on_failure=on_failure_of(on_failure), allow_wrong=allow_wrong,
        )  # fmt: skip
        write(found, as_json=format is Shown.JSON, file=output)
    for omission in found.omissions:
        say(f"partial answer: {omission}")
    return PARTIAL if found.omissions else OK
