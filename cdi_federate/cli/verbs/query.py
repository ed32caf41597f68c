"""`cdi query SQL`: the answer, in the format asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.options import (
    DialectOption,
    FormatOption,
    OutputOption,
    ParameterOption,
    SqlArgument,
    SqlFileOption,
)

if TYPE_CHECKING:
    from cdi_federate.execute.partial import OnFailure


class Failing(StrEnum):
    """What becomes of an answer whose source fails."""

    FAIL = "fail"
    PARTIAL = "partial"


def query(
    ctx: typer.Context,
    sql: SqlArgument = None,
    file: SqlFileOption = None,
    param: ParameterOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    limit_rows: Annotated[
        int | None,
        typer.Option(
            "--limit-rows",
            min=0,
            metavar="N",
            help="Rows that a table shows; 0 shows all. On a terminal: 40.",
            show_default=False,
        ),
    ] = None,
    dialect: DialectOption = "duckdb",
    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline",
            min=0.001,
            metavar="SECONDS",
            help="Stop after so long. Otherwise the catalog's deadline, 60.",
            show_default=False,
        ),
    ] = None,
    on_failure: Annotated[
        Failing | None,
        typer.Option(
            "--on-failure",
            help="When a source fails: fail, or partial to answer without it. Otherwise as the catalog says of it.",
            show_default=False,
        ),
    ] = None,
    allow_wrong: Annotated[
        bool, typer.Option("--allow-wrong", help="Give a partial answer even where its rows may be wrong.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show the statements sent, and the time taken, on stderr.")
    ] = False,
) -> int | None:
    """Ask one question of all departments.

    Rows go to standard output, everything else to standard error. Ctrl-C stops the query here and at the sources.
    A partial answer says what it lacks and exits with 4.

    Examples:

    `cdi query "SELECT country, count(*) FROM customer GROUP BY country"`

    `cdi query -f monthly.sql -p month=2026-01 -o monthly.parquet`

    `echo "SELECT 7/2" | cdi query --dialect postgres --format json`

    `cdi query "FROM orders WHERE amount > $least" -p least:int=100 | head`
    """
    from cdi_federate.cli.answering import Question, answer
    from cdi_federate.cli.formats.output import Output
    from cdi_federate.cli.inputs import parameters, sql_text

    target = Output.chosen(format, output, limit_rows)
    failing: OnFailure | None = None if on_failure is None else "partial" if on_failure is Failing.PARTIAL else "fail"
    question = Question(sql_text(sql, file), parameters(param), dialect, deadline, failing, allow_wrong)
    with ctx.obj.connect() as federation:
        return answer(federation, question, target, verbose=verbose)
