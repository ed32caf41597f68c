"""The checks of a mapping's `options` against those that its kind of source takes."""

from __future__ import annotations

from typing import Any

from cdi_federate.catalog.draft import DraftMapping
from cdi_federate.catalog.kinds import KindSpec
from cdi_federate.catalog.types import UnknownTypeError, normalised
from cdi_federate.errors import Problems, nearest


def check_options(mapping: DraftMapping, kind: KindSpec | None, problems: Problems) -> None:
    """Check the reader's options against the kind's."""
    if kind is None or kind.later:
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
        elif name in ("columns", "hive_types"):
            _typed(mapping, kind, name, value, problems)


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
