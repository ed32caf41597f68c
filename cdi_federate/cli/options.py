"""Options that several verbs share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdi_federate.cli.formats.names import Format

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
SqlFileOption = Annotated[
    Path | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the SQL from a file.", show_default=False),
]
SqlArgument = Annotated[
    str | None,
    typer.Argument(metavar="SQL", help="The SQL; `-` or nothing reads it from standard input.", show_default=False),
]
