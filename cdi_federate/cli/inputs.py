"""What a user gives a query: its text, from wherever it stands, and its parameters."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cdi_federate.errors import UsageError, nearest


def sql_text(argument: str | None, file: Path | None) -> str:
    """Return the SQL of an argument, of a file, or of standard input (`-`, or nothing said and no terminal)."""
    if argument not in (None, "-") and file is not None:
        raise UsageError("the SQL is given twice, as an argument and as a file")
    if file is not None and str(file) != "-":
        return _file(file)
    if argument not in (None, "-"):
        return str(argument)
    if argument is None and file is None and sys.stdin.isatty():
        raise UsageError("no SQL", help='Give it as an argument, `cdi query "SELECT …"`, with -f FILE, or pipe it in.')
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise UsageError("standard input is not UTF-8 text") from None


def parameters(given: Iterable[str] | None) -> dict[str, Any]:
    """Return the values of `name=value` and `name:type=value`; raises `UsageError` that does not show the value."""
    result: dict[str, Any] = {}
    for item in given or ():
        left, sign, text = item.partition("=")
        name, colon, kind = left.partition(":")
        name = name.removeprefix("$")
        if not sign or not name.isidentifier():
            raise UsageError(
                "a parameter is written name=value", help="For example `-p country=DE` or `-p since:date=2026-01-31`."
            )
        if name in result:
            raise UsageError(f"parameter '{name}' is given twice")
        result[name] = _value(name, kind if colon else "text", text)
    return result


def assignments(given: Iterable[str] | None, option: str) -> dict[str, str]:
    """Return the texts of `name=value`; raises `UsageError` that does not show the value."""
    result: dict[str, str] = {}
    for item in given or ():
        name, sign, text = item.partition("=")
        if not sign or not name:
            raise UsageError(f"{option} is written FIELD=VALUE", help=f"For example `{option} last_name=Smith`.")
        if name in result:
            raise UsageError(f"{option} {name} is given twice")
        result[name] = text
    return result


def moment(text: str | None) -> datetime | None:
    """Return a day, or a moment of it, as ISO writes them; None for None."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day", help="Write 2025-01-31, or 2025-01-31T08:30.") from None


def _value(name: str, kind: str, text: str) -> Any:
    if kind not in _READERS:
        raise UsageError(
            f"parameter '{name}' has an unknown type '{kind}'",
            candidates=nearest(kind, _READERS),
            help=f"Types are {', '.join(_READERS)}.",
        )
    try:
        return _READERS[kind](text)
    except (ValueError, InvalidOperation):
        raise UsageError(f"the value of parameter '{name}' is not of type {kind}", help=_EXAMPLES[kind]) from None


def _bool(text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise ValueError from None


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "int": int,
    "float": float,
    "decimal": Decimal,
    "bool": _bool,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "json": json.loads,
}
_EXAMPLES = {
    "int": "Write `-p n:int=5`.",
    "float": "Write `-p x:float=0.5`.",
    "decimal": "Write `-p amount:decimal=19.90`.",
    "bool": "Write `-p active:bool=true` or false.",
    "date": "Write `-p since:date=2026-01-31`.",
    "timestamp": "Write `-p since:timestamp=2026-01-31T08:30:00`.",
    "json": """Write `-p countries:json='["DE", "FR"]'`; null binds NULL.""",
}


def _file(file: Path) -> str:
    try:
        return file.expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
