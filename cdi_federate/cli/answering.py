"""One question answered on the command line or in the shell: run, show progress, write rows, say the rest."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdi_federate.cli.failures import OK, PARTIAL, counted, say
from cdi_federate.cli.fetching import fetching
from cdi_federate.cli.formats.output import Output, load_writers, write_rows
from cdi_federate.cli.progress import Progress

if TYPE_CHECKING:
    from cdi_federate.execute.partial import OnFailure
    from cdi_federate.execute.result import Result
    from cdi_federate.federation import Federation


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the user gave it.

    `deadline` is in seconds, None for the catalog's. `on_failure` is `fail` or `partial`, None for what the catalog
    says of each source; `allow_wrong` takes a partial answer even where its rows may be wrong.
    """

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    dialect: str = "duckdb"
    deadline: float | None = None
    on_failure: OnFailure | None = None
    allow_wrong: bool = False


def answer(federation: Federation, question: Question, output: Output, *, verbose: bool = False) -> int:
    """Write the answer and return the exit code: 0, or 4 where a source was left out."""
    began = time.monotonic()
    progress = Progress()
    result = _asked(federation, question, progress)
    if verbose:
        _say_statements(result)
    try:
        with fetching(result, progress.tick, meanwhile=load_writers) as batches:
            rows = write_rows(output, batches.schema, _clearing(batches.rows, progress, output), _types(result))
    finally:
        progress.close()
    if not rows:
        say("0 rows")
    if verbose:
        say(f"-- {counted(rows, 'row')} in {time.monotonic() - began:.2f} s")
    return _omissions_said(result)


def run_through(federation: Federation, question: Question) -> tuple[Result, int]:
    """Run a query and drop its rows; return it with the exit code, as `answer` does."""
    progress = Progress()
    result = _asked(federation, question, progress)
    try:
        with fetching(result, progress.tick) as batches:
            for _ in batches.rows:
                pass
    finally:
        progress.close()
    return result, _omissions_said(result)


def told(federation: Federation, question: Question, *, analyze: bool) -> str:
    """Return the plan of a query in words, as the answer itself tells it."""
    progress = Progress()
    try:
        return _asked(federation, question, progress).explain(analyze=analyze)
    finally:
        progress.close()


def _asked(federation: Federation, question: Question, progress: Progress) -> Result:
    return federation.sql(
        question.sql,
        dialect=question.dialect,
        deadline=question.deadline,
        parameters=dict(question.parameters),
        listener=progress,
        on_failure=question.on_failure,
        allow_wrong=question.allow_wrong,
    )


def _omissions_said(result: Result) -> int:
    for omission in result.omissions:
        say(f"partial answer: {omission}")
    return PARTIAL if result.omissions else OK


def _clearing(rows: Any, progress: Progress, output: Output) -> Any:
    """Pass the rows on; where they go to the terminal, take the bar away before the first of them."""
    for batch in rows:
        if output.file is None and sys.stdout.isatty():
            progress.close()
        yield batch


def _types(result: Result) -> tuple[str, ...]:
    return tuple(column.type for column in result.columns)


def _say_statements(result: Result) -> None:
    if not result.statement:
        say("-- what is sent is not shown in this role")
        return
    for source, dialect, text in result.sent:
        say(f"-- sent to {source} ({dialect})\n{text}")
    say(f"-- then, in DuckDB\n{result.statement}")
