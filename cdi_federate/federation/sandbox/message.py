"""Errors, columns and omissions as JSON.

The parent believes a process that met users' SQL as little as it can: it takes plain values of known shapes, and makes
an error of its own of them. Nothing that could run is ever unpacked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cdi_federate import errors
from cdi_federate.errors import CatalogError, CdiError, InvariantError, Place, SourceError
from cdi_federate.execute.partial import Omission
from cdi_federate.execute.result import Origin, Result

_KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, CdiError) and kind is not CatalogError
}


def packed(said: Mapping[str, Any]) -> bytes:
    """Return a message."""
    return json.dumps(said).encode()


def unpacked(raw: bytes) -> dict[str, Any]:
    """Return what a message says; raises `InvariantError` for one that is none."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvariantError("the sandbox's process sent what is no message")
    return found


def told(error: BaseException) -> dict[str, Any]:
    """Return what is said of an error; of one that is not ours only its kind, for its text may hold anything."""
    if not isinstance(error, CdiError):
        return {"kind": "InvariantError", "message": f"internal error in the sandbox: {type(error).__name__}"}
    place = error.place if isinstance(error.place, Place) else None
    said: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": error.message,
        "candidates": list(error.candidates),
        "help": error.help,
        "place": None
        if place is None
        else [place.line, place.column, place.file, place.path, place.text, place.length],
    }
    if isinstance(error, SourceError):
        said["source"] = [error.source, error.department, error.owner, error.entity]
    return said


def raised(said: Any) -> CdiError:
    """Return the error that a message speaks of."""
    try:
        return _raised(said)
    except (TypeError, ValueError, KeyError, AttributeError):
        return InvariantError("the sandbox's process told of an error in no way that is known")


def _raised(said: Mapping[str, Any]) -> CdiError:
    kind = _KINDS.get(str(said.get("kind")), InvariantError)
    message, help_ = str(said.get("message", "")), str(said.get("help", ""))
    candidates = [str(each) for each in said.get("candidates") or ()]
    place = _place(said.get("place"))
    if issubclass(kind, SourceError):
        source, department, owner, entity = (str(each) for each in said["source"])
        return kind(
            message, source=source, department=department, owner=owner, entity=entity, place=place,
            candidates=candidates, help=help_,
        )  # fmt: skip
    return kind(message, place=place, candidates=candidates, help=help_)


def _place(said: Any) -> Place | None:
    if said is None:
        return None
    line, column, file, path, text, length = said
    return Place(int(line), int(column), str(file), str(path), str(text), int(length))


def plan_told(result: Result) -> dict[str, Any]:
    """Return what is known of an answer before it runs."""
    return {
        "columns": [[column.name, column.type] for column in result.columns],
        "statement": result.statement,
        "sent": [list(each) for each in result.sent],
        "sources": [[each.name, each.kind, each.department, each.owner] for each in result.sources],
        "lineage": {name: list(each) for name, each in result.lineage().items()},
        "omissions": omissions_told(result),
        "kept": result.plan_was_kept,
    }


def omissions_told(result: Result) -> list[list[Any]]:
    """Return what an answer lacks."""
    return [[o.source, o.department, o.owner, list(o.entities), o.reason, o.harm] for o in result.omissions]


def omissions(said: Any) -> tuple[Omission, ...]:
    """Return what a message says that an answer lacks."""
    return tuple(
        Omission(str(source), str(department), str(owner), tuple(map(str, entities)), str(reason), str(harm))
        for source, department, owner, entities, reason, harm in said or ()
    )


def origins(said: Any) -> tuple[Origin, ...]:
    """Return the sources that a message names."""
    return tuple(
        Origin(str(name), str(kind), str(department), str(owner)) for name, kind, department, owner in said or ()
    )
