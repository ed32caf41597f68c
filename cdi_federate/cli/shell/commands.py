"""The dot commands of the shell: a name, what it takes, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdi_federate.cli.answering import Question, run_through, told
from cdi_federate.cli.formats.names import Format
from cdi_federate.cli.rows import show
from cdi_federate.errors import UsageError, nearest
from cdi_federate.explain import lineage, listing, search
from cdi_federate.query.virtual import schema_of

if TYPE_CHECKING:
    from cdi_federate.federation import Federation


class Leave(Exception):  # noqa: N818 - a wish, not an error
    """The user wants to leave the shell."""


@dataclass(frozen=True, slots=True)
class Command:
    """One dot command. `takes` names its argument, empty for none."""

    name: str
    takes: str
    help: str
    run: Callable[[Federation, str], None]


def execute(federation: Federation, line: str) -> None:
    """Run one line that begins with a dot; raises `CdiError` for a wrong one and `Leave` for `.quit`."""
    name, _, argument = line.strip().partition(" ")
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        names = [command.name for command in COMMANDS]
        raise UsageError(f"no command '{name}'", candidates=nearest(name, names), help="`.help` lists them.")
    argument = argument.strip().removesuffix(";").strip()
    if command.takes and not argument:
        raise UsageError(f"{name} needs {command.takes}", help=f"Write {name} {command.takes}.")
    command.run(federation, argument)


def _tables(federation: Federation, _: str) -> None:
    show(listing.tables(federation.catalog), listing.TableRow, Format.TABLE)


def _sources(federation: Federation, _: str) -> None:
    show(listing.sources(federation.catalog), listing.SourceRow, Format.TABLE)


def _describe(federation: Federation, name: str) -> None:
    catalog = federation.catalog
    origin = schema_of(lineage.entity_of(catalog, name)).values()
    show(listing.describe(catalog, name, origin), listing.FieldRow, Format.TABLE)


def _search(federation: Federation, words: str) -> None:
    show(search.search(federation.catalog, words), search.Found, Format.TABLE, aside=("matched",))


def _lineage(federation: Federation, name: str) -> None:
    show(federation.lineage(name), lineage.Origin, Format.TABLE, aside=("entity", "mapping", "standard"))


def _explain(federation: Federation, sql: str) -> None:
    print(told(federation, Question(sql), analyze=False), end="")


def _analyze(federation: Federation, sql: str) -> None:
    result, _ = run_through(federation, Question(sql))
    print(result.explain(analyze=True), end="")


def _help(_: Federation, __: str) -> None:
    width = max(len(f"{command.name} {command.takes}") for command in COMMANDS)
    for command in COMMANDS:
        print(f"{f'{command.name} {command.takes}':<{width}}  {command.help}")
    print("\nSQL ends with a semicolon and may take several lines. Ctrl-C stops a query, Ctrl-D leaves.")


def _quit(_: Federation, __: str) -> None:
    raise Leave


COMMANDS = (
    Command(".tables", "", "the tables that SQL can ask", _tables),
    Command(".describe", "TABLE", "a table's fields", _describe),
    Command(".sources", "", "the departmental systems", _sources),
    Command(".search", "WORD", "find sources, tables and fields by a word or tag:NAME", _search),
    Command(".lineage", "TABLE.FIELD", "the source columns that feed a field", _lineage),
    Command(".explain", "SQL", "what each source would be sent, and why", _explain),
    Command(".analyze", "SQL", "the same, and what each source really gave; runs the query", _analyze),
    Command(".help", "", "this list", _help),
    Command(".quit", "", "leave", _quit),
)
