"""The ways in which one field is made of a source's row."""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate.errors import Place

Scalar = str | int | float | bool | None
"""A YAML 1.2 scalar."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A mapping written as a scalar SQL expression in DuckDB's dialect over the table's own columns."""

    sql: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """A code list: the text form of a raw value → the field's value. Without `has_else` an unmapped code is NULL."""

    pairs: tuple[tuple[str, Scalar], ...]
    otherwise: Scalar = None
    has_otherwise: bool = False
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One raw column, changed by the steps that are set, in this order.

    trim, lower → null_if (texts that mean NULL) → prefix, suffix (stripped where present) → codes → parse (strptime
    formats, first that fits) or scale (a decimal factor, as text) → default (for NULL) → TRY_CAST to the field's type.
    `codes` leaves NULL as NULL.
    """

    column: str
    trim: bool = False
    lower: bool = False
    null_if: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    codes: Codes | None = None
    parse: tuple[str, ...] = ()
    scale: str = ""
    default: Scalar = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Const:
    """The same value for every row."""

    value: Scalar
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """The key of another mapping's record, held in `columns` here; becomes that record's master id."""

    source: str
    mapping: str
    columns: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Id:
    """The master id of a record of a merged entity whose key, or a reference to it, is held in `columns` here.

    In DuckDB's words over the raw columns: `key` is the key as the crosswalk stores it, `alone` the id of a record that
    the crosswalk does not know. `looked_up` is the alias under which the crosswalk is joined; empty: there is none.
    """

    mapping: str
    entity: str
    columns: tuple[str, ...]
    key: str
    alone: str
    looked_up: str = ""
    place: Place | None = None


Shape = Expression | Column | Const | Ref | Id
"""How one field is made of a source's row."""
