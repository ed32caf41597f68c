"""The shell's loop: read, answer, again. An error is told and does not end it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import has_completions
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from cdi_federate.cli.answering import Question, answer
from cdi_federate.cli.failures import counted, say, told
from cdi_federate.cli.formats.names import Format
from cdi_federate.cli.formats.output import Output
from cdi_federate.cli.shell.commands import Leave, execute
from cdi_federate.cli.shell.complete import SqlCompleter
from cdi_federate.cli.shell.typed import is_complete
from cdi_federate.errors import UsageError

if TYPE_CHECKING:
    from cdi_federate.federation import Federation


def run(federation: Federation, history: Path | None = None, **session: Any) -> None:
    """Ask until the user leaves. `history` keeps what was typed; `session` goes to the prompt (a test's pipe)."""
    catalog = federation.catalog
    prompt: PromptSession[str] = PromptSession(
        multiline=True,
        key_bindings=_keys(),
        completer=SqlCompleter(catalog),
        complete_while_typing=False,
        history=_history(history),
        lexer=PygmentsLexer(SqlLexer),
        prompt_continuation="   … ",
        **session,
    )
    size = f"{counted(len(catalog.entities), 'table')} of {counted(len(catalog.sources), 'source')}"
    say(f"{catalog.name}: {size}. `.help` lists the commands.")
    while True:
        try:
            text = prompt.prompt("cdi> ")
        except KeyboardInterrupt:
            continue  # what was typed is thrown away
        except EOFError:
            return
        try:
            one(federation, text)
        except Leave:
            return


def one(federation: Federation, text: str) -> None:
    """Answer one statement or dot command; whatever goes wrong is told. Raises `Leave` only."""
    stripped = text.strip()
    if not stripped:
        return
    try:
        if stripped.startswith("."):
            execute(federation, stripped)
        else:
            answer(federation, Question(stripped), Output.chosen(Format.TABLE, limit=40))
    except Leave:
        raise
    except (Exception, KeyboardInterrupt) as error:
        told(error)


def _keys() -> KeyBindings:
    """Enter runs a complete statement and otherwise begins a new line."""
    keys = KeyBindings()

    @keys.add("enter", filter=~has_completions)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def _history(file: Path | None) -> History:
    if file is None:
        return InMemoryHistory()
    file = file.expanduser()
    try:
        # what was typed holds customers' values: nobody else may read it
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError as error:
        raise UsageError(f"cannot write the history {file}: {error.strerror}") from None
    return FileHistory(str(file))
