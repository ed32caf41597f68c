"""`cdi policy check`, `test`, `show`: whether policies can be carried out, do what is expected, and what they say."""

from __future__ import annotations

import typer

from cdi_federate.cli.options import FormatOption


def policy_check(ctx: typer.Context) -> int | None:
    """Check every policy: what it names, and that each condition and mask suits the columns that it is about.

    No source is touched. Exit code 2: a mistake, with its file, line and column. A warning says what is left open.

    Example: `cdi policy check`
    """
    from cdi_federate.cli.failures import counted, say

    with ctx.obj.checking() as federation:
        roles = federation.policies.check()
    for warning in roles.warnings:
        say(f"warning: {warning}")
    say(f"policies are valid: {counted(len(roles.names), 'role')}: {', '.join(roles.names) or 'none'}")
    return None


def policy_test(ctx: typer.Context) -> int | None:
    """Ask the questions under `tests` in the policy files, each in its role, and compare what comes.

    The sources are asked. Exit code 1: a role got other rows than expected, or was answered where it must be refused.

    Example: `cdi policy test`
    """
    from cdi_federate.cli.failures import CHECK_FAILED, counted, say

    with ctx.obj.unwalled().checking() as federation:
        failed = 0
        outcomes = federation.policies.test(federation)
        for outcome in outcomes:
            if outcome.failure:
                failed += 1
                say(f"{outcome.name}: {outcome.failure}")
    if failed:
        say(f"{counted(failed, 'test')} of {len(outcomes)} failed")
        return CHECK_FAILED
    say(f"{counted(len(outcomes), 'test')} passed" if outcomes else "no policy file has tests")
    return None


def policy_show(ctx: typer.Context, format: FormatOption = None) -> None:
    """Show what a role (`--as`) sees of every table: whole columns, masked ones, denied ones, and of which rows.

    How large its answers may be, and how long they may take, is said beside it.

    Example: `cdi policy show --as analyst`
    """
    from cdi_federate.cli.failures import counted, say
    from cdi_federate.cli.rows import show
    from cdi_federate.federation.policies import Sight

    with ctx.obj.checking() as federation:
        role = ctx.obj.role or ""
        show(federation.policies.show(role, ctx.obj.purpose or ""), Sight, format)
        limits = federation.policies.limits(role)
    said = [counted(each, name) for name, each in (("row", limits.rows), ("byte", limits.bytes)) if each is not None]
    said += [f"{limits.seconds:g} s"] if limits.seconds is not None else []
    if said:
        say(f"answers for '{role}': at most {', '.join(said)}")
