"""The checks of a mapping's `options` against those that its kind of source takes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from cdi_federate.catalog.draft import DraftMapping
from cdi_federate.catalog.kinds import PINS, KindSpec
from cdi_federate.catalog.types import UnknownTypeError, normalised
from cdi_federate.errors import Problems, nearest


def check_options(mapping: DraftMapping, kind: KindSpec | None, problems: Problems) -> None:
    """Check the reader's options against the kind's."""
    if kind is None:
        return
    for name, value in mapping.shape.options.items():
        where = mapping.place("options", name, key=True)
        if name in kind.refused:
            problems.add(where, f"the option '{name}' is not taken: {kind.refused[name]}")
        elif name not in kind.options:
            known = kind.options
            guesses = nearest(name, known, limit=1)
            listed = f"known here: {', '.join(known)}" if known else "its tables are read as they are"
            problems.add(where, f"a source of kind {kind.name} has no option '{name}'", candidates=guesses,
                         help="" if guesses else listed)  # fmt: skip
        elif name in PINS:
            _pinned(mapping, name, value, problems)
        elif name in ("columns", "hive_types"):
            _typed(mapping, kind, name, value, problems)


def _pinned(mapping: DraftMapping, option: str, value: Any, problems: Problems) -> None:
    """Check a pin: `pin: {size: bytes, mtime: time}`, `sha256: 64 hexadecimal digits`."""
    where = mapping.place("options", option)
    if option == "sha256":
        if not re.fullmatch(r"[0-9A-Fa-f]{64}", str(value)):
            problems.add(where, "a SHA-256 of 64 hexadecimal digits is wanted")
        return
    if not isinstance(value, dict) or not value or not set(value) <= {"size", "mtime"}:
        problems.add(where, "a size in bytes, a time or both are wanted: {size: 1024, mtime: 2024-01-31T12:00:00Z}")
        return
    if "size" in value and (not isinstance(value["size"], int) or value["size"] < 0):
        problems.add(mapping.place("options", option, "size"), "a number of bytes is wanted")
    try:
        datetime.fromisoformat(str(value.get("mtime", "2000-01-01")))
    except ValueError:
        problems.add(mapping.place("options", option, "mtime"), "a time is wanted, such as 2024-01-31T12:00:00Z")


def _typed(mapping: DraftMapping, kind: KindSpec, option: str, value: Any, problems: Problems) -> None:
    """Check an option that gives columns their types."""
    names_do = option == "columns" and kind.name == "csv"
    if names_do and isinstance(value, list) and all(isinstance(name, str) for name in value):
        return  # names only: every column is text
    if not isinstance(value, dict) or not all(isinstance(type_, str) for type_ in value.values()):
        problems.add(
            mapping.place("options", option),
            "column names and their types are wanted: {id: bigint, name: varchar}",
        )
        return
    for column, type_ in value.items():
        try:
            normalised(type_)
        except UnknownTypeError as error:
            where = mapping.into("options", option, column, offset=error.offset, length=error.length)
            problems.add(where, error.message, candidates=error.candidates)
