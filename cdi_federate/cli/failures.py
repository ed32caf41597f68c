"""What becomes of an error: its whole message on stderr, the documented exit code, and never a traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from cdi_federate.errors import CdiError

P = ParamSpec("P")

OK, CHECK_FAILED, USAGE, FAILED, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 4, 130


def reported(verb: Callable[P, int | None]) -> Callable[P, None]:
    """Wrap a verb: what it returns is the exit code, and what it raises is told and becomes one."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        import typer

        try:
            code = verb(*args, **kwargs) or OK
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BaseException as error:
            code = told(error)
        if code:
            raise typer.Exit(code)

    return run


def told(error: BaseException) -> int:
    """Print an error to stderr as a person should read it, and return the exit code."""
    match error:
        case BrokenPipeError():
            _close_stdout()
            return OK
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            _close_stdout()
            say(f"cannot write the answer: {error.strerror}")
            return FAILED
        case KeyboardInterrupt():
            say("interrupted")
            return INTERRUPTED
        case CdiError():
            say(str(error))
            return error.exit_code
        case SystemExit():
            raise error
    if os.environ.get("CDI_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    say(f"internal error: {type(error).__name__} at {_where(error)}; set CDI_DEBUG=1 to see all of it")
    return FAILED


def say(text: str) -> None:
    """Write a line to stderr."""
    print(text, file=sys.stderr, flush=True)


def counted(count: int, word: str) -> str:
    """Return `1 row`, `2 rows`, `1,000 rows`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _where(error: BaseException) -> str:
    """Return the place in our own code; the error's text may hold a customer's value and is not shown."""
    package = Path(__file__).parent.parent
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(package)
    ]
    if not frames:
        return "an unknown place"
    return f"{Path(frames[-1].filename).relative_to(package.parent).as_posix()}:{frames[-1].lineno}"


def _close_stdout() -> None:
    """Point stdout to nowhere, so that the interpreter's last flush into the closed pipe stays quiet."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stands until the end
