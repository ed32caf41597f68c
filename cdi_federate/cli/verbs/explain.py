"""`cdi explain SQL`: what would be asked of whom, and why; with `--analyze`, what really came."""

from __future__ import annotations

import json as json_
from typing import Annotated

import typer

from cdi_federate.cli.failures import OK
from cdi_federate.cli.options import DeadlineOption, DialectOption, ParameterOption, SqlArgument, SqlFileOption


def explain(
    ctx: typer.Context,
    sql: SqlArgument = None,
    file: SqlFileOption = None,
    param: ParameterOption = None,
    dialect: DialectOption = "duckdb",
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Run the query, drop its rows, and show what each source gave.")
    ] = False,
    deadline: DeadlineOption = None,
    json: Annotated[bool, typer.Option("--json", help="The same as JSON, in a stable shape.")] = False,
) -> int:
    """Show what each system would be sent for a query, what was pushed and by which proof, and what was not.

    Nothing is run, except with `--analyze`, which runs the query, drops its rows and tells what each source gave. A
    condition that was not pushed comes with the reason and what would mend it.

    Example: `cdi explain "SELECT * FROM customer WHERE country = 'DE'"`
    """
    from cdi_federate.cli.answering import Question, run_through, told
    from cdi_federate.cli.inputs import parameters, sql_text
    from cdi_federate.errors import UsageError
    from cdi_federate.explain.document import document
    from cdi_federate.explain.text import render

    question = Question(sql_text(sql, file), parameters(param), dialect, deadline)
    with ctx.obj.connect() as federation:
        if ctx.obj.sandbox:  # the plan stays in the process that made it
            if json:
                raise UsageError("in the sandbox a plan is told in words", help="Leave out --json, or --sandbox.")
            print(told(federation, question, analyze=analyze), end="")
            return OK
        if analyze:
            result, code = run_through(federation, question)
            plan, ran = result.plan, result.ran
        else:
            plan = federation.prepare(question.sql, dialect=dialect, parameters=dict(question.parameters)).plan
            ran, code = None, OK
    if json:
        print(json_.dumps(document(plan, plan.residual.text, ran), indent=2, ensure_ascii=False, default=str))
    else:
        print(render(plan, plan.residual.text, ran), end="")
    return code
