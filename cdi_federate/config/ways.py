"""The ways that pydantic's errors name: to the place in the file, and to the shape that stands there."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from cdi_federate.config.files import TAGS, Shape
from cdi_federate.config.located import Path

Loc = tuple[str | int, ...]
"""A way as pydantic writes it, with names of a union's arms in it."""


def path_of(data: Any, loc: Loc) -> Path:
    """Return the way in the file: without the forms' names, and without steps that a short form left out."""
    path: list[str | int] = []
    at: Any = data
    for step in loc:
        inside = step in at if isinstance(at, dict) else isinstance(at, list) and isinstance(step, int)
        if inside:
            path.append(step)
            at = at[step]
    return tuple(path)


def value_at(data: Any, path: Path) -> Any:
    """Return the value at a path that is there."""
    for step in path:
        data = data[step]
    return data


def keys_at(shape: type[Shape], loc: Loc) -> list[str]:
    """Return the keys that are known at a place."""
    model = kind_at(shape, loc)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [info.alias or name for name, info in model.model_fields.items()]
    return []


def choices_at(shape: type[Shape], loc: Loc) -> tuple[Any, ...]:
    """Return the words that may stand at a place."""
    return get_args(kind_at(shape, loc))


def kind_at(kind: Any, loc: Loc) -> Any:
    """Return the type of what stands at a place."""
    for step in loc:
        if isinstance(step, str) and step in TAGS:
            kind = TAGS[step]
            continue
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = next(
                (info.annotation for name, info in kind.model_fields.items() if (info.alias or name) == step), Any
            )
        else:
            kind = (get_args(kind) or (Any,))[-1]
    return _bare(kind)


def _bare(kind: Any) -> Any:
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind):
            kind = next(arm for arm in get_args(kind) if arm is not type(None))
        else:
            return kind
