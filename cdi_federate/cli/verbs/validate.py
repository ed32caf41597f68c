"""`cdi validate`: is the catalog right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cdi_federate.federation import Federation


def validate(
    ctx: typer.Context,
    connect: Annotated[
        bool, typer.Option("--connect", help="Also ask the sources: tables, columns, types, claims.")
    ] = False,
    test: Annotated[bool, typer.Option("--test", help="Also run the catalog's mapping tests.")] = False,
) -> int | None:
    """Check the catalog and report every mistake at once, with its file, line and column.

    Without options no source is touched. Exit code 2: the catalog cannot be used. Exit code 1: it can be read, but an
    expression cannot be carried to the engine unchanged, a policy does not suit its columns, a source is not what the
    catalog says (--connect), or a mapping test gives another row (--test).

    Examples: `cdi validate` · `cdi validate --connect --test`
    """
    from cdi_federate.cli.failures import CHECK_FAILED, counted, say
    from cdi_federate.errors import Problem

    catalog = ctx.obj.load(resolved=True)
    problems: list[Any] = [*catalog.warnings]
    with (
        ctx.obj.unwalled().connect() if connect or test else ctx.obj.checking() as federation
    ):  # touches no source by itself; the expressions are checked always
        problems += [*federation.validate(connect=connect, test=test), *_of_policies(federation)]
    for problem in problems:
        say(str(problem))
    failed = sum(not problem.warning for problem in problems if isinstance(problem, Problem))
    if failed:
        say(f"{counted(failed, 'check')} failed")
        return CHECK_FAILED
    counts = [
        (len(catalog.entities), "table"),
        (len(catalog.sources), "source"),
        (len([*catalog.mappings()]), "mapping"),
    ]
    counts += [(len(problems), "warning")] if problems else []
    say(f"catalog {catalog.name} is valid: {', '.join(counted(count, word) for count, word in counts)}")
    return None


def _of_policies(federation: Federation) -> list[Any]:
    """Return what is wrong with the policies, and what they leave open, as `cdi policy check` says it."""
    from cdi_federate.errors import CatalogError

    try:
        return [f"warning: {each}" for each in federation.policies.check().warnings]
    except CatalogError as error:
        return list(error.problems)
