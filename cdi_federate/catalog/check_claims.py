"""The checks of what a mapping claims of its raw columns."""

from __future__ import annotations

from cdi_federate.catalog import expressions
from cdi_federate.catalog.check_raw import RawColumns
from cdi_federate.catalog.draft import DraftMapping
from cdi_federate.catalog.words import CLEANING
from cdi_federate.config.files import ClaimsShape, ColumnShape, MappingShape, RefShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Problems, nearest


def check_claims(mapping: DraftMapping, raw: RawColumns, problems: Problems) -> None:
    """Check that claims speak of columns; of a field too, for a constant is claimed by its field's name.

    Where the columns are not known here, a claimed one that is nearly one the mapping reads is warned of.
    """
    claims = mapping.shape.claims
    if claims is None:
        return
    _check_forms(mapping, claims, problems)
    read = _mentioned(mapping.shape) if raw.known is None else set(raw.known.values())
    known = {name.lower(): name for name in (*read, *mapping.shape.fields)}
    for name, way in _claimed(claims):
        if name.lower() in known:
            continue
        where = mapping.place("claims", *way, key=way[0] in ("in", "canonical"))
        guesses = nearest(name, known.values(), limit=1)
        if raw.known is not None:
            problems.add(where, f"there is no column '{name}'", candidates=guesses)
        elif guesses:
            message = f"no column '{name}' is read by this mapping"
            problems.add(where, message, candidates=guesses, warning=True)


def _check_forms(mapping: DraftMapping, claims: ClaimsShape, problems: Problems) -> None:
    """Warn of a column claimed to be clean in a way in which no field cleans it: what is clean nobody could tell."""
    calls = [field.lower() for field in mapping.shape.fields.values() if isinstance(field, str)]
    for column, forms in claims.canonical.items():
        for index, form in enumerate(forms):
            if form in CLEANING and not any(sql.startswith(f"{form}(") and column.lower() in sql for sql in calls):
                where = mapping.place("claims", "canonical", column, index)
                message = f"no field of this mapping is {form}({column})"
                problems.add(where, message, help="the claim says what such a field finds", warning=True)


def _mentioned(shape: MappingShape) -> set[str]:
    """Return the raw columns that the mapping reads, as they are written."""
    names = {*(shape.key.column if shape.key else ()), shape.updated} - {""}
    names |= {name for name, _, _ in expressions.read(shape.where).columns} if shape.where else set()
    for field in shape.fields.values():
        match field:
            case str():
                names |= {name for name, _, _ in expressions.read(field).columns}
            case ColumnShape():
                names.add(field.column)
            case RefShape():
                names |= set(field.column)
    return names


def _claimed(claims: ClaimsShape) -> list[tuple[str, Way]]:
    """Return every column that claims name, and the way to it."""
    found: list[tuple[str, Way]] = []
    for index, columns in enumerate(claims.unique):
        found += [(name, ("unique", index)) for name in columns]
    found += [(name, ("not_null", index)) for index, name in enumerate(claims.not_null)]
    found += [(name, ("in", name)) for name in claims.in_]
    found += [(name, ("canonical", name)) for name in claims.canonical]
    return found
