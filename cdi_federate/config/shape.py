"""Fits a document to the shape of its file and says everything that does not fit, each thing once.

A misspelt key is reported, put right (the nearest known key), and the document is fitted again: so one slip gives one
message, not also "missing" for the key that was meant, and everything else in the file is still checked.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from cdi_federate.config.complain import called, complain
from cdi_federate.config.files import Shape
from cdi_federate.config.located import Document, Path
from cdi_federate.config.ways import keys_at, path_of, value_at
from cdi_federate.errors import Problems, nearest

S = TypeVar("S", bound=Shape)
_ROUNDS = 4


def fitted(document: Document, shape: type[S], problems: Problems) -> S | None:
    """Return the file as its shape; None where it cannot be, all reasons noted."""
    if not isinstance(document.data, dict):
        keys = ", ".join(list(shape.model_fields)[:3])
        problems.add(document.place(()), f"keys and values are wanted here ({keys}, …), not {called(document.data)}")
        return None
    data: dict[str, Any] = document.data
    for _ in range(_ROUNDS):
        try:
            return shape.model_validate(data)
        except ValidationError as error:
            wrong = error.errors(include_url=False)
        unknown = [(path_of(data, item["loc"]), item["loc"]) for item in wrong if item["type"] == "extra_forbidden"]
        if not unknown:
            complain(document, data, shape, wrong, problems)
            return None
        for path, where in unknown:
            key, known = str(path[-1]), keys_at(shape, where[:-1])
            around = value_at(data, path[:-1])
            guesses = nearest(key, [name for name in known if name not in around])
            others = "" if guesses else f"known here: {', '.join(known)}"
            if " " in key and value_at(data, path) is None:
                others = "a text that holds a comma must stand in quotes between { and }"
            problems.add(document.place(path, key=True), f"unknown key '{key}'", candidates=guesses[:1], help=others)
            data = _repaired(data, path, guesses[0] if guesses else None)
            if guesses:
                document.renamed(path, guesses[0])
        document.data = data
    return None


def _repaired(data: Any, path: Path, name: str | None) -> Any:
    """Return the data with the key at `path` renamed, or left out."""
    if len(path) > 1:
        inner = _repaired(data[path[0]], path[1:], name)
        if isinstance(data, list):
            return [inner if index == path[0] else item for index, item in enumerate(data)]
        return {key: inner if key == path[0] else item for key, item in data.items()}
    return {name if key == path[0] and name else key: item for key, item in data.items() if key != path[0] or name}
