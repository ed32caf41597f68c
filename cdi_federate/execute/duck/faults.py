"""What went wrong, in our words. DuckDB's own texts quote rows, values, paths and passwords, so none passes through.

A fault is recognised by fixed phrases (`symptoms`). It is the fault of the source whose file or attachment the message
names, or of the only source of that kind; otherwise of the part of the query that runs here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from cdi_federate.errors import (
    BrokenEngineError,
    CdiError,
    DataError,
    DriftError,
    ExecutionError,
    InvariantError,
    LostError,
    OverdueError,
    SourceError,
    UnavailableError,
)
from cdi_federate.query.shapes import STRICT
from cdi_federate.stages.ports import Attachment, Source

E = TypeVar("E", bound=CdiError)

if TYPE_CHECKING:
    from cdi_federate.execute.duck.symptoms import Symptom


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement reads of one source; `marks` are the paths by which an error shows that it is of this source."""

    source: Source
    entities: tuple[str, ...]
    marks: tuple[str, ...]


def details(error: Exception) -> dict[str, Any]:
    """Return the parts of an error that came as JSON (`errors_as_json`), or its message alone."""
    message = str(error)
    if isinstance(error, UnicodeDecodeError):  # the engine cut its message off within a character
        message = error.object.decode("utf-8", "replace")
    start = message.find("{")
    if start >= 0:
        try:
            found, _ = json.JSONDecoder().raw_decode(message[start:])
        except ValueError:
            found = None
        if isinstance(found, dict) and "exception_message" in found:
            return found
    kind, _, rest = message.partition(" Error: ")
    return {"exception_type": kind if rest else type(error).__name__, "exception_message": rest or message}


def _found(message: str) -> tuple[Symptom, dict[str, str]] | None:
    """Return the phrase that a message holds; they are loaded at the first fault, for no good query needs them."""
    from cdi_federate.execute.duck import symptoms

    return symptoms.find(message)


def is_refusal(error: Exception) -> bool:
    """Whether a server answered that it will not, and is there to be asked otherwise."""
    if isinstance(error, duckdb.InterruptException | duckdb.FatalException | duckdb.InternalException):
        return False
    shown = _found(str(details(error)["exception_message"]))
    return shown is None or not issubclass(shown[0].error, LostError | OverdueError)


def of_attaching(error: Exception, attachment: Attachment) -> SourceError:
    """Return what kept a database from being attached."""
    path = attachment.target
    if attachment.credential is None and not Path(path).exists():
        return UnavailableError(f"no file '{path}'", source=attachment.source)
    shown = _found(str(details(error)["exception_message"]))
    if attachment.credential is not None:
        what = UnavailableError("its server could not be reached", source=attachment.source)
        return _said(*shown, "", attachment.source) if shown else what
    if shown is None:
        return UnavailableError(f"'{path}' could not be opened", source=attachment.source)
    return _said(*shown, f"'{path}'", attachment.source)


def of_running(error: Exception, readings: Iterable[Reading]) -> CdiError:
    """Return what stopped a statement, named by the source it came from where that can be told."""
    every = tuple(readings)
    if isinstance(error, CdiError):
        return (_drifted(every) if isinstance(error, InvariantError) else None) or error
    parts = details(error)
    message = str(parts["exception_message"])
    strict = _of_strict(message, every)
    if strict is not None:
        return strict
    shown = _found(message)
    if shown is not None:
        symptom, _ = shown
        named = [reading for reading in every if _path(message, reading)]
        likely = named or [reading for reading in every if _may_have(reading, symptom)]
        if len(likely) == 1:
            (reading,) = likely
            path = _path(message, reading) or (_plain(reading.marks[0], reading) if len(reading.marks) == 1 else "")
            where = f"'{path}'" if path else "one of its files" if reading.marks else "its database"
            said = _said(*shown, where, reading.source.name)
            said = reading.source.look_again(said) if isinstance(said, DriftError) else said
            return owned(said, reading.source, reading.entities)
        drifted = _drifted(likely) if issubclass(symptom.error, DriftError) else None
        if drifted is not None:
            return drifted
        if likely:
            names = " or ".join(f"'{reading.source.name}'" for reading in likely)
            return ExecutionError(f"source {names}: {_said(*shown, 'one of its files', '').message}")
    kind = str(parts.get("exception_type", ""))
    return (_drifted(every) if kind == "Binder" else None) or _of_engine(kind, message)


def _drifted(readings: Iterable[Reading]) -> SourceError | None:
    """Return which source has another table than the plan was made for, if one says so: a plan of ours would fit."""
    for reading in readings:
        known = DriftError("it is no longer what it was", source=reading.source.name)
        seen = reading.source.look_again(known)
        if seen is not known and isinstance(seen, DriftError):
            return owned(seen, reading.source, reading.entities)
    return None


def owned(error: E, source: Source, entities: Iterable[str] = ()) -> E:
    """Complete a source's error with its department, its owner and, where there is only one, the entity."""
    if isinstance(error, SourceError):
        error.department = error.department or source.department
        error.owner = error.owner or source.owner
        known = tuple(dict.fromkeys(entities))
        if not error.entity and len(known) == 1:
            error.entity = known[0]
    return error


def _said(symptom: Symptom, groups: dict[str, str], path: str, source: str) -> SourceError:
    return symptom.error(symptom.message.format(path=path, **groups), source=source, help=symptom.help)


def _path(message: str, reading: Reading) -> str:
    """Return the source's path that the message names, for a person to find the file; empty where it names none."""
    found = re.findall(r'(?:file = |["\'])((?:/|[A-Za-z]:[\\/]|[a-z][\w+.\-]+://)[^"\'\n]+)', message)
    folders = tuple(f"{mark.rstrip('/')}{sign}" for mark in reading.marks for sign in "/\\")
    own = [path for path in found if path in reading.marks or path.startswith(folders)]
    return _plain(own[-1], reading) if own else ""


def _plain(path: str, reading: Reading) -> str:
    """Return a path as the catalog has it: without the source's name in its scheme, and without a query."""
    return path.replace(f"+{reading.source.name}://", "://", 1).partition("?")[0] if "://" in path else path


def _may_have(reading: Reading, symptom: Symptom) -> bool:
    behind_url = any("://" in mark for mark in reading.marks)
    return reading.source.kind in symptom.kinds and (behind_url or not symptom.remote)


def _of_strict(message: str, readings: Iterable[Reading]) -> CdiError | None:
    """Our own words in the engine's error: a value of a strict field that does not fit."""
    found = re.match(rf"(?s)({STRICT} \S+ of ([^\s.]+)\.\S+: the record with key .* does not fit .*)$", message)
    if found is None:
        return None
    source = next((reading for reading in readings if reading.source.name == found[2]), None)
    error = DataError(found[1], source=found[2], help="mend the record at its source, or drop `strict` from the field")
    return owned(error, source.source, source.entities) if source else error


def _of_engine(kind: str, message: str) -> CdiError:
    low = message.lower()
    if kind == "Out of Memory" or low.startswith("out of memory") or "failed to allocate" in low:
        return ExecutionError(
            "the query needs more memory than it may use",
            help="ask for fewer rows or columns, or for more: --memory-limit",
        )
    if "max_temp_directory_size" in low or "no space left" in low:
        return ExecutionError("the query needs more temporary disk space than there is")
    if kind == "Conversion":
        from cdi_federate.execute.duck.symptoms import type_at_end

        wanted = type_at_end(message)
        return ExecutionError(
            f"a value could not be converted{f' to {wanted}' if wanted else ''}",
            help="TRY_CAST gives NULL for values that do not fit",
        )
    if kind == "Out of Range":
        return ExecutionError("a number went out of the range of its type", help="cast to a wider type first")
    if low.startswith("more than one row returned by a subquery"):
        return ExecutionError("a subquery used as a value gave more than one row")
    if kind in ("INTERNAL", "FATAL"):
        return BrokenEngineError("the engine failed by a bug of its own", help="please report the query")
    sentence = {
        "Invalid Input": "a function was given a value that it does not take",
        "IO": "a file could not be read",
        "Permission": "the statement reads what no source of the query provides",
        "Not implemented": "the engine does not know how to do this",
        "Binder": "the engine could not bind the statement",
        "Catalog": "the engine could not find what the statement names",
        "INTERRUPT": "the query was interrupted",
    }.get(kind, "the engine failed")
    return ExecutionError(sentence)
