"""`cdi explain SQL`: what would be asked of whom, and why."""

from __future__ import annotations

import json as json_
from typing import Annotated

import typer

from cdi_federate.cli.options import DialectOption, ParameterOption, SqlArgument, SqlFileOption


def explain(
    ctx: typer.Context,
    sql: SqlArgument = None,
    file: SqlFileOption = None,
    param: ParameterOption = None,
    dialect: DialectOption = "duckdb",
    json: Annotated[bool, typer.Option("--json", help="The same as JSON, in a stable shape.")] = False,
) -> None:
    """Show what each system would be sent for a query, what was pushed and by which proof, and what was not.

    Nothing is run. A condition that was not pushed comes with the reason and what would mend it.

    Example: `cdi explain "SELECT * FROM customer WHERE country = 'DE'"`
    """
    from cdi_federate.cli.inputs import parameters, sql_text

    text, values = sql_text(sql, file), parameters(param)
    with ctx.obj.connect() as federation:
        prepared = federation.prepare(text, dialect=dialect, parameters=values)
        if json:
            from cdi_federate.explain.document import document

            print(
                json_.dumps(
                    document(prepared.plan, prepared.plan.residual.text), indent=2, ensure_ascii=False, default=str
                )
            )
        else:
            print(prepared.explain(), end="")
