"""Options that several verbs share, so that they read the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.formats.names import Format

if TYPE_CHECKING:
    from cdi_federate.execute.partial import OnFailure


class Failing(StrEnum):
    """What becomes of an answer whose source fails."""

    FAIL = "fail"
    PARTIAL = "partial"


def on_failure_of(chosen: Failing | None) -> OnFailure | None:
    """Return what was chosen as the federation says it; None where the catalog says it."""
    return None if chosen is None else "partial" if chosen is Failing.PARTIAL else "fail"


FailureOption = Annotated[
    Failing | None,
    typer.Option(
        "--on-failure",
        help="When a source fails: fail, or partial to answer without it. Otherwise as the catalog says of it.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How rows are written. On a terminal: table. Into a pipe: csv.", show_default=False),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write to a file; its suffix says the format.", show_default=False
    ),
]
DialectOption = Annotated[
    str,
    typer.Option(
        "--dialect",
        metavar="NAME",
        help="The SQL you write: duckdb, postgres, mysql, tsql, snowflake, bigquery or spark.",
    ),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--param",
        metavar="NAME=VALUE",
        help="Bind $name, as text; NAME:TYPE=VALUE as int, float, decimal, bool, date, timestamp or json. Repeatable.",
        show_default=False,
    ),
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        min=0.001,
        metavar="SECONDS",
        help="Stop after so long. Otherwise the catalog's deadline, 60.",
        show_default=False,
    ),
]
SqlFileOption = Annotated[
    Path | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the SQL from a file.", show_default=False),
]
SqlArgument = Annotated[
    str | None,
    typer.Argument(metavar="SQL", help="The SQL; `-` or nothing reads it from standard input.", show_default=False),
]
