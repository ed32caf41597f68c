"""What does not fit a file's shape, in a steward's words."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from cdi_federate.config.files import Shape
from cdi_federate.config.located import Document, Path
from cdi_federate.config.ways import Loc, choices_at, kind_at, path_of, value_at
from cdi_federate.errors import Problems, nearest

_WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}
_BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_HIDDEN = ("connection", "targets")
"""Where a value may be a secret and is not repeated."""


def complain(document: Document, data: Any, shape: type[Shape], wrong: list[Any], problems: Problems) -> None:
    """Note each thing that does not fit once; a value that fits no arm of a union is one thing."""
    kinds: dict[Path, list[str]] = {}
    for item in wrong:
        path = path_of(data, item["loc"])
        if item["type"] in _WANTED:
            wanted = kinds.setdefault(path, [])
            wanted += [word for word in (_WANTED[item["type"]],) if word not in wanted]
        elif item["type"] == "missing":
            _missing(document, data, shape, item["loc"], problems)
        else:
            message, guesses = _said(shape, item, value_at(data, path))
            problems.add(document.place(path), message, candidates=guesses)
    for path, wanted in kinds.items():
        value = value_at(data, path)
        if "a number" in wanted:
            wanted = [word for word in wanted if word != "a whole number"]
        words = "a single value" if len(wanted) > 2 else " or ".join(wanted)
        verb = "are" if words == "keys and values" else "is"
        given = "a text" if isinstance(value, str) and path[0] in _HIDDEN else called(value)
        problems.add(document.place(path), f"{words} {verb} wanted here, not {given}", help=_hint(wanted, value))


def called(value: Any) -> str:
    """Return what a value is, as a person would call it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {_quoted(value)}"
        case list():
            return "a list"
        case dict():
            return "keys and values"
    return "this"


def _missing(document: Document, data: Any, shape: type[Shape], loc: Loc, problems: Problems) -> None:
    model, key = kind_at(shape, loc[:-1]), str(loc[-1])
    about = ""
    if isinstance(model, type) and issubclass(model, BaseModel):
        about = next(
            (info.description or "" for name, info in model.model_fields.items() if (info.alias or name) == key), ""
        )
    place = document.place(path_of(data, loc[:-1]), key=True)
    problems.add(place, f"the key '{key}' is missing", help=f"{key}: {about}" if about else "")


def _said(shape: type[Shape], item: Any, value: Any) -> tuple[str, tuple[str, ...]]:
    match item["type"]:
        case "string_too_short":
            return "a text is wanted here, not nothing", ()
        case "too_short":
            return "at least one entry is wanted here", ()
        case "literal_error":
            known = [str(choice) for choice in choices_at(shape, item["loc"])]
            return f"{_quoted(value)} is not one of {', '.join(known)}", nearest(str(value), known, limit=1)
        case "union_tag_invalid" | "union_tag_not_found":
            return f"an SQL expression, or one of the keys column, const, ref is wanted, not {called(value)}", ()
        case bound if bound in _BOUNDS:
            return f"a number of {_BOUNDS[bound]} {next(iter(item['ctx'].values()))} is wanted", ()
    return "something else is wanted here", ()


def _hint(wanted: list[str], value: Any) -> str:
    if wanted == ["a text"] and isinstance(value, bool | int | float):
        return "put it in quotes"
    words = ("yes", "no", "on", "off", "y", "n", "true", "false")
    return "write true or false, without quotes" if wanted == ["true or false"] and str(value).lower() in words else ""


def _quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text if len(text) <= 40 else text[:37] + '…'}'"
