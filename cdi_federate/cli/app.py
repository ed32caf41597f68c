"""The verbs of `cdi`, in the order in which a newcomer meets them, and the options that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdi_federate.cli.failures import reported
from cdi_federate.cli.scope import Scope
from cdi_federate.cli.verbs.audit import show as audit_show
from cdi_federate.cli.verbs.audit import stats, verify
from cdi_federate.cli.verbs.customer import customer
from cdi_federate.cli.verbs.describe import describe
from cdi_federate.cli.verbs.diff import diff
from cdi_federate.cli.verbs.doctor import doctor
from cdi_federate.cli.verbs.explain import explain
from cdi_federate.cli.verbs.identity.build import build
from cdi_federate.cli.verbs.identity.decide import pin, split
from cdi_federate.cli.verbs.identity.evaluate import eval
from cdi_federate.cli.verbs.identity.look import export, quarantine, show, status, why, why_not
from cdi_federate.cli.verbs.init import init
from cdi_federate.cli.verbs.lineage import lineage
from cdi_federate.cli.verbs.policy import policy_check, policy_show, policy_test
from cdi_federate.cli.verbs.query import query
from cdi_federate.cli.verbs.schema import schema
from cdi_federate.cli.verbs.search import search
from cdi_federate.cli.verbs.shell import shell
from cdi_federate.cli.verbs.sources import sources
from cdi_federate.cli.verbs.tables import tables
from cdi_federate.cli.verbs.validate import validate
from cdi_federate.cli.verbs.version import version

GLOBAL_FLAGS = ("--sandbox",)
GLOBAL_OPTIONS = ("-C", "--catalog", "--target", "--as", "--purpose", "--memory-limit")


class Anywhere(TyperGroup):
    """A group whose own options may also stand after the verb: `cdi query -C demo …` is `cdi -C demo query …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Bring the options that hold for all verbs to the front; what stands after `--` is left alone."""
        front, rest = [], []
        pending = list(args)
        while pending:
            word = pending.pop(0)
            if word == "--":
                rest += [word, *pending]
                break
            if word in GLOBAL_FLAGS:
                front.append(word)
            elif word in GLOBAL_OPTIONS and pending:
                front += [word, pending.pop(0)]
            elif word.startswith(tuple(f"{option}=" for option in GLOBAL_OPTIONS[1:])):
                front.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, front + rest)


app = typer.Typer(
    name="cdi",
    cls=Anywhere,
    help="""One SQL schema of the customer over the departmental systems that already hold the data.

    Start with `cdi init`, check the catalog with `cdi validate`, the systems with `cdi doctor`, then ask:

    cdi query "SELECT country, count(*) FROM customer GROUP BY country"
    """,
    epilog="Exit codes: 0 ok · 1 a check failed · 2 usage, SQL or catalog error · 3 a source or execution failed · "
    "4 partial answer · 130 interrupted",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def scope(
    ctx: typer.Context,
    catalog: Annotated[
        Path | None,
        typer.Option(
            "-C",
            "--catalog",
            envvar="CDI_CATALOG",
            metavar="FOLDER",
            help="The catalog's folder. Otherwise ./catalog, or this folder if it has a catalog.yaml.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME", help="Which variant of the connections: dev, prod, …")
    ] = None,
    role: Annotated[str | None, typer.Option("--as", metavar="ROLE", help="The role to ask as.")] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="WORD", help="What the answer is for: marketing, audit, …")
    ] = None,
    memory_limit: Annotated[
        str | None, typer.Option("--memory-limit", metavar="SIZE", help="What DuckDB may hold before it spills: 4GB.")
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Ask in a process of its own that can open nothing but the sources."),
    ] = False,
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the versions and exit.")
    ] = False,
) -> None:
    """Keep the options that hold for every verb."""
    del show_version  # its callback has done its work
    ctx.obj = Scope(catalog, target, role, purpose, memory_limit, sandbox)


identity = typer.Typer(
    name="identity",
    help="Who is one customer: link records, ask why, decide.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

audit = typer.Typer(
    name="audit",
    help="Who asked what: show the audit log, verify that it is whole, count over it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


policy = typer.Typer(
    name="policy",
    help="Who may see what: check the policies, show what a role sees, test them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


def _add(panel: str, *verbs: Callable[..., int | None], group: typer.Typer = app) -> None:
    for verb in verbs:
        _named(panel, verb.__name__.replace("_", "-"), verb, group=group)


def _named(panel: str, name: str, verb: Callable[..., int | None], *, group: typer.Typer) -> None:
    note = "What `cdi --help` lists (-C/--catalog, --target, …) holds for every verb, before or after it."
    group.command(name, rich_help_panel=panel, epilog=note)(reported(verb))


_add("The catalog", init, validate, schema, doctor, diff)
_add("What is there", sources, tables, describe, search, lineage)
_add("Ask", query, explain, shell, customer)
_add("Link", build, group=identity)
_add("Look", status, show, why, why_not, quarantine, export, eval, group=identity)
_add("Decide", pin, split, group=identity)
_add("Who asked what", audit_show, verify, stats, group=audit)
_named("Who sees what", "check", policy_check, group=policy)
_named("Who sees what", "test", policy_test, group=policy)
_named("Who sees what", "show", policy_show, group=policy)
app.add_typer(identity, rich_help_panel="One customer")
app.add_typer(policy, rich_help_panel="Who may see what")
app.add_typer(audit, rich_help_panel="Who asked what")
_add("This program", version)
