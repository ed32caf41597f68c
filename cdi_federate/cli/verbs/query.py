"""`cdi query SQL`: the answer, in the format asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from cdi_federate.cli.options import (
    DeadlineOption,
    DialectOption,
    FailureOption,
    FormatOption,
    OutputOption,
    ParameterOption,
    SqlArgument,
    SqlFileOption,
    on_failure_of,
)


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
    deadline: DeadlineOption = None,
    on_failure: FailureOption = None,
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
    question = Question(
        sql_text(sql, file), parameters(param), dialect, deadline, on_failure_of(on_failure), allow_wrong
    )
    with ctx.obj.connect() as federation:
        return answer(federation, question, target, verbose=verbose)
